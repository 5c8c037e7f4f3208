//! Records to put into the account, as a person at Clio's own pages would.
//!
//! What stands here is not checked the way the API checks a write: an account
//! also holds what imports and old versions left behind.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::switches::millis;

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewContact {
    /// A company's name; with it the contact is a company.
    pub company_name: Option<String>,
    /// A person's first name.
    pub first_name: String,
    /// A person's last name.
    pub last_name: String,
    /// E-mail addresses; the first is the primary one.
    pub emails: Vec<NewRow>,
    /// Phone numbers; the first is the primary one.
    pub phones: Vec<NewRow>,
    /// The id of the company a person belongs to.
    pub company: Option<u64>,
    /// Custom field values: the definition's id and the value.
    pub values: Vec<(u64, Option<String>)>,
    /// When it was made; absent: now.
    pub created_at: Option<Timestamp>,
}

/// A labelled address or number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRow {
    /// Any label: reads may show others than writes allow.
    pub label: String,
    /// The address or number.
    pub value: String,
}

impl NewContact {
    /// A person.
    pub fn person(first_name: &str, last_name: &str) -> Self {
        Self {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            ..Self::default()
        }
    }

    /// A company.
    pub fn company(name: &str) -> Self {
        Self {
            company_name: Some(name.to_owned()),
            ..Self::default()
        }
    }

    /// Adds an e-mail address labelled `Work`.
    #[must_use]
    pub fn email(self, address: &str) -> Self {
        self.labelled_email("Work", address)
    }

    /// Adds an e-mail address with any label.
    #[must_use]
    pub fn labelled_email(mut self, label: &str, address: &str) -> Self {
        self.emails.push(NewRow {
            label: label.to_owned(),
            value: address.to_owned(),
        });
        self
    }

    /// Adds a phone number labelled `Mobile`.
    #[must_use]
    pub fn phone(mut self, number: &str) -> Self {
        self.phones.push(NewRow {
            label: "Mobile".to_owned(),
            value: number.to_owned(),
        });
        self
    }

    /// Adds a custom field value; `None` makes a row whose value is null.
    #[must_use]
    pub fn value(mut self, field: u64, value: Option<&str>) -> Self {
        self.values.push((field, value.map(str::to_owned)));
        self
    }

    /// Makes it earlier than now.
    #[must_use]
    pub fn created_at(mut self, at: Timestamp) -> Self {
        self.created_at = Some(at);
        self
    }
}

/// A matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewMatter {
    /// The id of the client.
    pub client: u64,
    /// Description.
    pub description: String,
    /// `open`, `pending` or `closed`; absent: open.
    pub status: Option<String>,
    /// The id of a practice area.
    pub practice_area: Option<u64>,
    /// The id of a stage.
    pub stage: Option<u64>,
    /// A caller's reference.
    pub client_reference: Option<String>,
    /// Its number, as the firm writes it; absent: Clio's scheme.
    pub display_number: Option<String>,
    /// The id of a user.
    pub responsible_attorney: Option<u64>,
    /// Custom field values: the definition's id and the value.
    pub values: Vec<(u64, Option<String>)>,
    /// When it was made; absent: now.
    pub created_at: Option<Timestamp>,
}

impl NewMatter {
    /// A matter of a client.
    pub fn of(client: u64, description: &str) -> Self {
        Self {
            client,
            description: description.to_owned(),
            ..Self::default()
        }
    }
}

/// Where a document lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The root folder of a matter.
    Matter(u64),
    /// The root folder of a contact.
    Contact(u64),
    /// A folder.
    Folder(u64),
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewDocument {
    /// Its name, also the file's.
    pub name: String,
    /// Its bytes, base64 in JSON; absent: it is incomplete.
    #[serde(with = "base64_bytes")]
    pub content: Option<Vec<u8>>,
    /// The id of a category.
    pub category: Option<u64>,
    /// External properties: name and value.
    pub external_properties: Vec<(String, String)>,
    /// When it was made; absent: now.
    pub created_at: Option<Timestamp>,
}

impl NewDocument {
    /// A finished document.
    pub fn complete(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            content: Some(content.to_vec()),
            ..Self::default()
        }
    }

    /// A document whose upload was begun and not finished.
    pub fn incomplete(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Adds an external property.
    #[must_use]
    pub fn external_property(mut self, name: &str, value: &str) -> Self {
        self.external_properties
            .push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A custom field definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCustomField {
    /// Its name.
    pub name: String,
    /// `Contact` or `Matter`.
    pub parent_type: String,
    /// As Clio names it: `text_line`, `picklist`, …
    pub field_type: String,
    /// Whether records without a value show it with a null id.
    #[serde(default = "yes")]
    pub displayed: bool,
    /// The options of a picklist.
    #[serde(default)]
    pub options: Vec<String>,
}

fn yes() -> bool {
    true
}

impl NewCustomField {
    /// A displayed field.
    pub fn new(name: &str, parent_type: &str, field_type: &str) -> Self {
        Self {
            name: name.to_owned(),
            parent_type: parent_type.to_owned(),
            field_type: field_type.to_owned(),
            displayed: true,
            options: Vec::new(),
        }
    }

    /// A displayed picklist.
    pub fn picklist(name: &str, parent_type: &str, options: &[&str]) -> Self {
        Self {
            options: options.iter().map(|o| (*o).to_owned()).collect(),
            ..Self::new(name, parent_type, "picklist")
        }
    }
}

/// A stage automation: documents for matters that come to a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAutomation {
    /// The id of the stage.
    pub stage: u64,
    /// The name of the document.
    pub name: String,
    /// Its bytes, base64 in JSON.
    #[serde(with = "base64_bytes")]
    pub content: Option<Vec<u8>>,
    /// How long after the stage is reached, by the sandbox's clock.
    #[serde(with = "millis", rename = "after_ms")]
    pub after: Duration,
}

/// A time entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    /// The id of the matter.
    pub matter: u64,
    /// How long, in seconds.
    pub quantity: f64,
    /// Whether it stands on a bill: its time then stays as it is.
    #[serde(default)]
    pub billed: bool,
}

/// A contact that is related to a matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRelationship {
    /// The id of the matter.
    pub matter: u64,
    /// The id of the contact.
    pub contact: u64,
    /// What the contact is there, such as `Opposing counsel`.
    #[serde(default)]
    pub description: String,
}

mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(b: &Option<Vec<u8>>, s: S) -> Result<S::Ok, S::Error> {
        match b {
            Some(bytes) => s.serialize_str(&STANDARD.encode(bytes)),
            None => s.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        Option::<String>::deserialize(d)?
            .map(|text| STANDARD.decode(text).map_err(serde::de::Error::custom))
            .transpose()
    }
}
