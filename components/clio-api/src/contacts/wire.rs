//! Contacts as they stand in requests and answers.

use crate::prelude::*;
use serde::{Deserialize, Serialize};

use super::check::Wanted;
use super::{Address, AddressLabel, Contact, EmailLabel, PhoneLabel, SyncRequest};
use crate::association::{Linked, Rows};
use crate::custom_fields::{Definition, FieldValue, NewFieldValue};
use crate::fields::{Fields, fields};
use crate::ids::ContactId;
use crate::input::said;

/// What a look by id reads.
pub(super) const KNOWN: Fields = fields!(id, etag);

/// What a search reads: every address of a row, and its name.
pub(super) const SEARCHED: Fields = fields!(
    id,
    type,
    name,
    first_name,
    last_name,
    primary_email_address,
    email_addresses { address },
);

/// What a look at those created lately reads.
pub(super) const RECENT: Fields = fields!(
    id,
    type,
    name,
    first_name,
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
    pub(super) last_name: Option<String>,
    #[serde(default)]
    pub(super) primary_email_address: Option<String>,
    #[serde(default)]
    pub(super) email_addresses: Rows<EmailRow>,
    #[serde(default)]
    pub(super) phone_numbers: Rows<PhoneRow>,
    #[serde(default)]
    pub(super) custom_field_values: Rows<FieldValue>,
    #[serde(default)]
    pub(super) company: Option<Linked<ContactId>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct EmailRow {
    #[serde(default)]
    pub(super) address: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PhoneRow {
    #[serde(default)]
    pub(super) number: Option<String>,
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
    email_addresses: Vec<NewEmail>,
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
struct NewEmail {
    name: &'static str,
    address: String,
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
    pub(super) fn new(request: &'r SyncRequest, wanted: &Wanted<'r>) -> Self {
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
                .map(|id| Association { id }),
            email_addresses: request
                .emails
                .iter()
                .enumerate()
                .map(|(index, email)| NewEmail {
                    name: email_label(email.label),
                    // Checked before.
                    address: clio_text::email(&email.address).unwrap_or_default(),
                    default_email: index == 0,
                })
                .collect(),
            phone_numbers: request
                .phones
                .iter()
                .enumerate()
                .map(|(index, phone)| NewPhone {
                    name: phone_label(phone.label),
                    number: phone.number.trim(),
                    default_number: index == 0,
                })
                .collect(),
            addresses: request.addresses.iter().map(new_address).collect(),
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
