//! The case file: one client, one matter and their documents.
//!
//! A case file is read whole and checked whole before anything is sent, because
//! a mistake that is found half-way leaves a half-made case behind. The schema
//! (`case.schema.json`, printed by `clio sync --schema`) says what it may hold;
//! [`check`] finds what a schema cannot say. Before either, what may be written
//! in several ways is brought into one ([`numbers`], [`forms`]).

mod check;
mod forms;
mod mistakes;
mod numbers;
mod pointers;
mod schema;

use clio_host::{actions::custom_fields, actions::upload_document};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::encoding;
use crate::files::Folder;
pub use mistakes::{Mistake, Pointer};
pub use schema::{SCHEMA, against};

/// One case, checked.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    pub source_id: String,
    pub began: Option<Timestamp>,
    pub client: Client,
    pub matter: Matter,
    #[serde(default)]
    pub documents: Vec<Document>,
}

/// The client: a person or a company.
#[derive(Debug, Clone, Deserialize)]
pub struct Client {
    source_id: Option<String>,
    /// The contact in Clio that is meant.
    pub id: Option<u64>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub middle_name: Option<String>,
    pub prefix: Option<String>,
    pub title: Option<String>,
    pub company_id: Option<u64>,
    pub company_name: Option<String>,
    email: Option<String>,
    // An element that says nothing is none, and keeps the places of the others.
    #[serde(default)]
    emails: Vec<Option<Email>>,
    phone: Option<String>,
    #[serde(default)]
    phones: Vec<Option<Phone>>,
    #[serde(default)]
    pub addresses: Vec<Option<Address>>,
    pub on_name_conflict: Option<NameConflict>,
    pub on_removed: Option<OnRemoved>,
    pub marker_field: Option<u64>,
    /// Values by the platform's names of fields.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// What became of `fields` in the firm's terms, each with its own name.
    #[serde(skip)]
    pub values: Vec<(String, custom_fields::NewValue)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Email {
    pub address: String,
    pub label: Option<EmailLabel>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Phone {
    pub number: String,
    pub label: Option<PhoneLabel>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Address {
    pub street: Option<String>,
    pub city: Option<String>,
    pub province: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub label: Option<AddressLabel>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailLabel {
    Work,
    Home,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneLabel {
    Work,
    Home,
    Mobile,
    Fax,
    Pager,
    Skype,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressLabel {
    Work,
    Home,
    Billing,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameConflict {
    Link,
    Create,
}

/// The matter.
#[derive(Debug, Clone, Deserialize)]
pub struct Matter {
    /// The matter in Clio that is meant.
    pub id: Option<u64>,
    pub title: String,
    pub case_number: Option<String>,
    pub numbering: Option<Numbering>,
    pub case_type: Option<String>,
    pub practice_area_id: Option<u64>,
    pub stage: Option<String>,
    pub stage_id: Option<u64>,
    pub status: Option<Status>,
    pub marker_field: Option<u64>,
    pub on_removed: Option<OnRemoved>,
    /// Values by the platform's names of fields.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// What became of `fields` in the firm's terms, each with its own name.
    #[serde(skip)]
    pub values: Vec<(String, custom_fields::NewValue)>,
    /// Which members name the practice area and the stage in the file: the
    /// mapping puts others in their place.
    #[serde(skip)]
    given: Given,
}

#[derive(Debug, Clone, Copy, Default)]
struct Given {
    practice_area_id: bool,
    stage: bool,
    stage_id: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbering {
    Automatic,
    Manual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    Pending,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRemoved {
    Create,
}

/// One document.
#[derive(Debug, Clone, Deserialize)]
pub struct Document {
    /// Within the case; [`Case::document_source_id`] is the one in Clio.
    pub source_id: String,
    /// None: it is a draft.
    pub file: Option<String>,
    /// The draft in the journal's queue that it is.
    pub draft: Option<String>,
    name: Option<String>,
    /// Only what a person approved goes into Clio. Absent: not approved.
    #[serde(default)]
    pub approved: bool,
    pub media_type: Option<String>,
    pub folder: Option<u64>,
    pub category: Option<u64>,
    /// The platform's kind of it.
    pub kind: Option<String>,
    /// The folders below the matter's that its kind goes into.
    #[serde(skip)]
    pub folder_path: Vec<String>,
    /// The category of its kind.
    #[serde(skip)]
    pub category_target: Option<upload_document::Category>,
    pub received_at: Option<Timestamp>,
}

impl Case {
    /// Reads and checks a case file. The files of its approved documents are
    /// looked for in `folder`. All mistakes are told at once.
    pub fn parse(text: &[u8], folder: &Folder) -> Result<Self, Vec<Mistake>> {
        let wrong = |what: String| vec![Mistake::new(Pointer::root(), what)];
        let text = encoding::text(text).map_err(wrong)?;
        // Read as it stands first: then a mistake is told at its own line.
        encoding::json::<IgnoredAny>(text.as_bytes()).map_err(wrong)?;
        let mut value: Value = encoding::json(&numbers::quoted(text.as_bytes())).map_err(wrong)?;
        let schema = schema::of_case()?;
        forms::settle(&mut value, &schema);
        compose_source_ids(&mut value);
        let mut mistakes = schema::check(&value);
        mistakes.extend(check::check(&value, folder));
        if !mistakes.is_empty() {
            mistakes::order(&mut mistakes);
            return Err(mistakes);
        }
        let mut case: Self = serde_json::from_value(value)
            .map_err(|error| vec![Mistake::new(Pointer::root(), error.to_string())])?;
        case.matter.given = Given {
            practice_area_id: case.matter.practice_area_id.is_some(),
            stage: case.matter.stage.is_some(),
            stage_id: case.matter.stage_id.is_some(),
        };
        Ok(case)
    }

    /// What the client is known by in Clio's marker field and to later runs.
    pub fn client_source_id(&self) -> String {
        let own = self.client.source_id.clone();
        own.unwrap_or_else(|| format!("{}/client", self.source_id))
    }

    /// What a document is known by in Clio. Identifiers of documents count
    /// within their case, and Clio's external properties within the account:
    /// the case's identifier before it keeps two cases apart.
    pub fn document_source_id(&self, document: &Document) -> String {
        format!("{}/{}", self.source_id, document.source_id)
    }
}

impl Client {
    /// All e-mail addresses, the main one first, each once.
    pub fn emails(&self) -> Vec<Email> {
        let main = self.email.iter().map(|address| Email {
            address: address.clone(),
            label: None,
        });
        let mut all: Vec<Email> = Vec::new();
        for email in main.chain(self.emails.iter().flatten().cloned()) {
            let key = clio_text::email_key(&email.address);
            let same = |known: &Email| clio_text::email_key(&known.address) == key;
            match all.iter_mut().find(|known| same(known)) {
                Some(known) => known.label = known.label.or(email.label),
                None => all.push(email),
            }
        }
        all
    }

    /// All phone numbers, the main one first, each once.
    pub fn phones(&self) -> Vec<Phone> {
        let main = self.phone.iter().map(|number| Phone {
            number: number.clone(),
            label: None,
        });
        let mut all: Vec<Phone> = Vec::new();
        for phone in main.chain(self.phones.iter().flatten().cloned()) {
            let same = |known: &Phone| {
                known.number == phone.number || clio_text::same_phone(&known.number, &phone.number)
            };
            match all.iter_mut().find(|known| same(known)) {
                Some(known) => known.label = known.label.or(phone.label),
                None => all.push(phone),
            }
        }
        all
    }
}

impl Document {
    /// Its name in Clio: as given, or that of the file.
    pub fn name(&self) -> &str {
        self.name
            .as_deref()
            .unwrap_or_else(|| self.file.as_deref().map_or("", base_name))
    }
}

/// Puts the identifiers of a case into Unicode's composed form: its equivalents
/// are the same identifier, and Clio compares bytes.
fn compose_source_ids(case: &mut Value) {
    let compose = |of: &mut Value| {
        if let Some(Value::String(id)) = of.get_mut("source_id") {
            *id = clio_text::composed(id);
        }
    };
    compose(case);
    if let Some(client) = case.get_mut("client") {
        compose(client);
    }
    if let Some(Value::Array(documents)) = case.get_mut("documents") {
        documents.iter_mut().for_each(compose);
    }
}

/// The last part of a path.
fn base_name(path: &str) -> &str {
    path.rsplit(std::path::is_separator).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Result<Case, Vec<Mistake>> {
        let folder = tempfile::tempdir().unwrap();
        Case::parse(text.as_bytes(), &Folder::open(folder.path()).unwrap())
    }

    #[test]
    fn the_smallest_case_is_taken() {
        let case = parse(
            r#"{"source_id":"intake:17","client":{"last_name":"Lee"},"matter":{"title":"Lee"}}"#,
        )
        .unwrap();
        assert_eq!(case.client_source_id(), "intake:17/client");
        assert!(case.documents.is_empty());
    }

    #[test]
    fn a_document_is_not_approved_until_the_file_says_so() {
        let case = parse(
            r#"{"source_id":"intake:17","client":{"last_name":"Lee"},"matter":{"title":"Lee"},
                "documents":[{"source_id":"draft","file":"scans/draft.docx"}]}"#,
        )
        .unwrap();
        let document = &case.documents[0];
        assert!(!document.approved);
        assert_eq!(document.name(), "draft.docx");
        assert_eq!(case.document_source_id(document), "intake:17/draft");
    }

    #[test]
    fn addresses_and_numbers_of_both_forms_are_one_list_without_repetitions() {
        let case = parse(
            r#"{"source_id":"i:1","matter":{"title":"t"},"client":{"source_id":"crm:4",
                "company_name":"Acme","email":"a@example.com","phone":"1",
                "emails":[{"address":"A@example.com","label":"work"},{"address":"b@example.com"}],
                "phones":[{"number":"2","label":"fax"},{"number":"1"}]}}"#,
        )
        .unwrap();
        let emails = case.client.emails();
        assert_eq!(emails.len(), 2);
        assert_eq!(emails[0].address, "a@example.com");
        assert_eq!(emails[0].label, Some(EmailLabel::Work));
        let phones: Vec<_> = case.client.phones().into_iter().map(|p| p.number).collect();
        assert_eq!(phones, ["1", "2"]);
        assert_eq!(case.client_source_id(), "crm:4");
    }

    #[test]
    fn what_is_no_json_says_where() {
        let mistakes = parse("{\n  \"source_id\": }").unwrap_err();
        assert!(mistakes[0].to_string().contains("line 2"), "{mistakes:?}");
    }
}
