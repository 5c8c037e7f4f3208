//! The checks of a contact before the first request, and what is compared.

use super::{Contact, SyncRequest};
use crate::ids::{ContactId, CustomFieldId};
use crate::prelude::*;
use crate::{Failure, Instant, input, instant};

/// A checked request: what is looked for, in the form in which it is compared.
#[derive(Debug)]
pub(super) struct Wanted<'r> {
    pub(super) source_id: &'r str,
    pub(super) began: Instant,
    pub(super) kind: Kind,
    /// The name, folded.
    pub(super) name: String,
    /// The e-mail addresses as they are sent, and their keys, each once.
    pub(super) emails: Vec<(String, String)>,
    /// The phone numbers as given, less what holds none ("on request"): it
    /// recognises nobody.
    pub(super) phones: Vec<&'r str>,
    pub(super) known_id: Option<ContactId>,
    pub(super) marker_field: Option<CustomFieldId>,
}

/// The two kinds of contact. A person is never taken for a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Person,
    Company,
}

impl Kind {
    /// Clio's name for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Person => "Person",
            Kind::Company => "Company",
        }
    }
}

pub(super) fn check(request: &SyncRequest, now: Instant) -> Result<Wanted<'_>, Failure> {
    input::source_id("/source_id", &request.source_id)?;
    let began = instant::began(request.began.as_deref(), now)?;
    let (kind, name) = who(&request.contact)?;

    let mut emails: Vec<(String, String)> = Vec::new();
    for (index, email) in request.emails.iter().enumerate() {
        let address = input::email(&format!("/emails/{index}/address"), &email.address)?;
        let key = clio_text::email_key(&address);
        if emails.iter().all(|(_, seen)| *seen != key) {
            emails.push((address, key));
        }
    }
    let mut phones = Vec::new();
    for (index, phone) in request.phones.iter().enumerate() {
        input::not_blank(&format!("/phones/{index}/number"), &phone.number)?;
        if clio_text::phone_key(&phone.number).is_some() {
            phones.push(phone.number.as_str());
        }
    }
    for (index, address) in request.addresses.iter().enumerate() {
        let members = [
            ("street", &address.street),
            ("city", &address.city),
            ("province", &address.province),
            ("postal_code", &address.postal_code),
            ("country", &address.country),
        ];
        for (member, text) in members {
            // A street may have two lines.
            if let Some(text) = text
                && text
                    .chars()
                    .any(|c| c.is_control() && c != '\n' && c != '\r')
            {
                return Err(Failure::input(
                    format!("/addresses/{index}/{member}"),
                    "The text holds a control character.",
                ));
            }
        }
        if members.iter().all(|(_, text)| input::said(text).is_none()) {
            return Err(Failure::input(
                format!("/addresses/{index}"),
                "The address is empty.",
            ));
        }
    }
    if let Some(id) = request.known_id {
        input::id("/known_id", id.0)?;
    }
    if let Some(id) = request.marker_field {
        input::id("/marker_field", id.0)?;
        input::marker(&request.source_id)?;
    }
    Ok(Wanted {
        source_id: &request.source_id,
        began,
        kind,
        name,
        emails,
        phones,
        known_id: request.known_id,
        marker_field: request.marker_field,
    })
}

fn who(contact: &Contact) -> Result<(Kind, String), Failure> {
    match contact {
        Contact::Person(person) => {
            for (member, text) in [
                ("first_name", &person.first_name),
                ("last_name", &person.last_name),
                ("middle_name", &person.middle_name),
                ("prefix", &person.prefix),
                ("title", &person.title),
            ] {
                if let Some(text) = text {
                    input::no_controls(&format!("/contact/person/{member}"), text)?;
                }
            }
            if let Some(company) = person.company {
                input::id("/contact/person/company", company.0)?;
            }
            let (first, last) = (
                input::said(&person.first_name),
                input::said(&person.last_name),
            );
            if first.is_none() && last.is_none() {
                return Err(Failure::input(
                    "/contact/person",
                    "The person has neither a first nor a last name.",
                ));
            }
            Ok((Kind::Person, person_key(first, last)))
        }
        Contact::Company(company) => {
            input::not_blank("/contact/company/name", &company.name)?;
            Ok((Kind::Company, clio_text::name_key(&company.name)))
        }
    }
}

/// The name of a person as it is compared: first and last name, folded.
pub(super) fn person_key(first: Option<&str>, last: Option<&str>) -> String {
    let mut key = clio_text::name_key(first.unwrap_or_default());
    key.push_str(&clio_text::name_key(last.unwrap_or_default()));
    key
}
