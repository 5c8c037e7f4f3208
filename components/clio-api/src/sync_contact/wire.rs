//! Contacts as they stand in requests and answers.

use crate::prelude::*;
use serde::{Deserialize, Serialize};

use super::check::Wanted;
use super::{Address, AddressLabel, Contact, EmailLabel, PhoneLabel, SyncRequest};
use crate::association::{Linked, Rows};
use crate::fields::{Fields, fields};
use crate::ids::ContactId;
use crate::input::said;
use crate::instant::Instant;
use crate::marker::{Definition, FieldValue, NewFieldValue};

/// What a look by id and a search read: what tells one contact from another.
pub(super) const PROFILE: Fields = fields!(
    id,
    type,
    name,
    first_name,
    middle_name,
    last_name,
    primary_email_address,
    email_addresses { address },
    phone_numbers { number },
);

/// The same, with markers. The definition of a value is named bare, because a
/// second level of braces is refused; bare, it holds its id.
pub(super) const MARKED: Fields = fields!(
    id,
    type,
    name,
    first_name,
    middle_name,
    last_name,
    primary_email_address,
    email_addresses { address },
    phone_numbers { number },
    custom_field_values {
        id,
        field_type,
        value,
        custom_field
    },
);

/// What a look by values alone reads: all that a request writes, and when.
pub(super) const WHOLE: Fields = fields!(
    id,
    type,
    name,
    first_name,
    middle_name,
    last_name,
    prefix,
    title,
    company { id },
    primary_email_address,
    email_addresses { address },
    phone_numbers { number },
    addresses {
        street,
        city,
        province,
        postal_code,
        country
    },
    created_at,
);

/// What a creation reads back.
pub(super) const CREATED: Fields =
    fields!(id, etag, type, company { id }, email_addresses { address },);

/// The same, with markers.
pub(super) const CREATED_MARKED: Fields = fields!(
    id,
    etag,
    type,
    company { id },
    email_addresses { address },
    custom_field_values {
        id,
        field_type,
        value,
        custom_field
    },
);

/// A contact in an answer. Labels are free text there, and are not read.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: ContactId,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) first_name: Option<String>,
    #[serde(default)]
    pub(super) middle_name: Option<String>,
    #[serde(default)]
    pub(super) last_name: Option<String>,
    #[serde(default)]
    pub(super) prefix: Option<String>,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) primary_email_address: Option<String>,
    #[serde(default)]
    pub(super) email_addresses: Rows<Line>,
    #[serde(default)]
    pub(super) phone_numbers: Rows<Line>,
    #[serde(default)]
    pub(super) addresses: Rows<Line>,
    #[serde(default)]
    pub(super) custom_field_values: Rows<FieldValue>,
    #[serde(default)]
    pub(super) company: Option<Linked<ContactId>>,
}

impl Row {
    /// When it was created, where that is told.
    pub(super) fn created(&self) -> Option<Instant> {
        self.created_at.as_deref().and_then(Instant::parse)
    }
}

/// A row of a contact: an e-mail address, a phone number or a postal address.
/// One type for the three, because each is compiled into the component.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    /// The e-mail address.
    #[serde(default)]
    pub(super) address: Option<String>,
    #[serde(default)]
    pub(super) number: Option<String>,
    #[serde(default)]
    street: Option<String>,
    #[serde(default)]
    city: Option<String>,
    #[serde(default)]
    province: Option<String>,
    #[serde(default)]
    postal_code: Option<String>,
    #[serde(default)]
    country: Option<String>,
}

impl Line {
    /// What a postal address says, in the order of [`Address`].
    pub(super) fn parts(&self) -> [&Option<String>; 5] {
        [
            &self.street,
            &self.city,
            &self.province,
            &self.postal_code,
            &self.country,
        ]
    }
}

/// The body that creates a contact.
#[derive(Debug, Serialize)]
pub(super) struct NewContact<'r> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle_name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<Association>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    email_addresses: Vec<NewEmail<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    phone_numbers: Vec<NewPhone<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<NewAddress<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_field_values: Option<[NewFieldValue<'r>; 1]>,
}

#[derive(Debug, Serialize)]
struct Association {
    id: ContactId,
}

#[derive(Debug, Serialize)]
struct NewEmail<'r> {
    name: &'static str,
    address: &'r str,
    default_email: bool,
}

#[derive(Debug, Serialize)]
struct NewPhone<'r> {
    name: &'static str,
    number: &'r str,
    default_number: bool,
}

#[derive(Debug, Serialize)]
struct NewAddress<'r> {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    province: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'r str>,
}

impl<'r> NewContact<'r> {
    pub(super) fn new(request: &'r SyncRequest, wanted: &'r Wanted<'r>) -> Self {
        let (person, company) = match &request.contact {
            Contact::Person(person) => (Some(person), None),
            Contact::Company(company) => (None, Some(company)),
        };
        Self {
            kind: wanted.kind.name(),
            name: company.map(|company| company.name.trim()),
            first_name: person.and_then(|person| said(&person.first_name)),
            middle_name: person.and_then(|person| said(&person.middle_name)),
            last_name: person.and_then(|person| said(&person.last_name)),
            prefix: person.and_then(|person| said(&person.prefix)),
            title: person.and_then(|person| said(&person.title)),
            company: person
                .and_then(|person| person.company)
                .map(|id| Association { id: ContactId(id) }),
            email_addresses: wanted
                .emails
                .iter()
                .enumerate()
                .map(|(index, (address, label))| NewEmail {
                    name: email_label(*label),
                    address,
                    default_email: index == 0,
                })
                .collect(),
            phone_numbers: wanted
                .phones
                .iter()
                .enumerate()
                .map(|(index, phone)| NewPhone {
                    name: phone_label(phone.label),
                    number: phone.number.trim(),
                    default_number: index == 0,
                })
                .collect(),
            addresses: wanted.addresses.iter().copied().map(new_address).collect(),
            custom_field_values: wanted.marker_field.map(|id| {
                [NewFieldValue {
                    custom_field: Definition { id },
                    value: wanted.source_id,
                }]
            }),
        }
    }
}

fn new_address(address: &Address) -> NewAddress<'_> {
    NewAddress {
        name: match address.label {
            Some(AddressLabel::Work) => "Work",
            Some(AddressLabel::Home) => "Home",
            Some(AddressLabel::Billing) => "Billing",
            Some(AddressLabel::Other) | None => "Other",
        },
        street: said(&address.street),
        city: said(&address.city),
        province: said(&address.province),
        postal_code: said(&address.postal_code),
        country: said(&address.country),
    }
}

fn email_label(label: Option<EmailLabel>) -> &'static str {
    match label {
        Some(EmailLabel::Work) => "Work",
        Some(EmailLabel::Home) => "Home",
        Some(EmailLabel::Other) | None => "Other",
    }
}

fn phone_label(label: Option<PhoneLabel>) -> &'static str {
    match label {
        Some(PhoneLabel::Work) => "Work",
        Some(PhoneLabel::Home) => "Home",
        Some(PhoneLabel::Mobile) => "Mobile",
        Some(PhoneLabel::Fax) => "Fax",
        Some(PhoneLabel::Pager) => "Pager",
        Some(PhoneLabel::Skype) => "Skype",
        Some(PhoneLabel::Other) | None => "Other",
    }
}
