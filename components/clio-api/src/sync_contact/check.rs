//! The checks of a contact before the first request, and what of it is written.

use super::profile::{self, Profile};
use super::{Address, Contact, Email, EmailLabel, Phone, SyncRequest, parts};
use crate::ids::{ContactId, CustomFieldId};
use crate::prelude::*;
use crate::{Failure, Instant, input, instant};

/// A checked request: what is looked for, in the form in which it is compared,
/// and what is written.
#[derive(Debug)]
pub(super) struct Wanted<'r> {
    pub(super) source_id: &'r str,
    pub(super) began: Instant,
    pub(super) kind: Kind,
    pub(super) profile: Profile,
    /// The e-mail addresses as they are written, each once.
    pub(super) emails: Written,
    /// The phone numbers that are written.
    pub(super) phones: Vec<&'r Phone>,
    /// The postal addresses that say something.
    pub(super) addresses: Vec<&'r Address>,
    pub(super) known_id: Option<ContactId>,
    pub(super) known_others: &'r [u64],
    pub(super) find_others: bool,
    pub(super) marker_field: Option<CustomFieldId>,
}

impl Wanted<'_> {
    /// Whether only its values recognise the contact: there is neither a marker
    /// nor an e-mail address.
    pub(super) fn by_values_alone(&self) -> bool {
        self.marker_field.is_none() && self.emails.is_empty()
    }
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
    let kind = who(&request.contact)?;
    let (emails, keys) = emails(&request.emails)?;
    let phones = phones(&request.phones)?;
    let addresses = addresses(&request.addresses)?;
    if let Some(id) = request.known_id {
        input::id("/known_id", id)?;
    }
    for (index, id) in request.known_others.iter().enumerate() {
        input::id(&format!("/known_others/{index}"), *id)?;
    }
    if let Some(id) = request.marker_field {
        input::id("/marker_field", id)?;
        input::marker(&request.source_id)?;
    }
    Ok(Wanted {
        source_id: &request.source_id,
        began,
        kind,
        profile: Profile::asked(request, kind, keys),
        emails,
        phones,
        addresses,
        known_id: request.known_id.map(ContactId),
        known_others: &request.known_others,
        find_others: request.find_others.unwrap_or(false),
        marker_field: request.marker_field.map(CustomFieldId),
    })
}

/// E-mail addresses as they are written.
type Written = Vec<(String, Option<EmailLabel>)>;

/// The addresses as they are written, and their keys. A blank one is nothing.
fn emails(emails: &[Email]) -> Result<(Written, Vec<String>), Failure> {
    let (mut written, mut keys) = (Vec::new(), Vec::new());
    for (index, email) in emails.iter().enumerate() {
        if clio_text::is_blank(&email.address) {
            continue;
        }
        let address = input::email(&format!("/emails/{index}/address"), &email.address)?;
        let key = clio_text::email_key(&address);
        if !keys.contains(&key) {
            keys.push(key);
            written.push((address, email.label));
        }
    }
    Ok((written, keys))
}

fn phones(phones: &[Phone]) -> Result<Vec<&Phone>, Failure> {
    for (index, phone) in phones.iter().enumerate() {
        input::no_controls(&format!("/phones/{index}/number"), &phone.number)?;
    }
    Ok(phones
        .iter()
        .filter(|phone| profile::is_written(phone))
        .collect())
}

fn addresses(addresses: &[Address]) -> Result<Vec<&Address>, Failure> {
    let mut written = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let members = ["street", "city", "province", "postal_code", "country"];
        for (member, text) in members.iter().zip(parts(address)) {
            // A street may have two lines.
            let odd = |c: char| c.is_control() && c != '\n' && c != '\r';
            if text.as_deref().is_some_and(|text| text.contains(odd)) {
                return Err(Failure::input(
                    format!("/addresses/{index}/{member}"),
                    "The text holds a control character.",
                ));
            }
        }
        if profile::address_key(parts(address)).is_some() {
            written.push(address);
        }
    }
    Ok(written)
}

fn who(contact: &Contact) -> Result<Kind, Failure> {
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
                input::id("/contact/person/company", company)?;
            }
            if input::said(&person.first_name).is_none() && input::said(&person.last_name).is_none()
            {
                return Err(Failure::input(
                    "/contact/person",
                    "The person has neither a first nor a last name.",
                ));
            }
            Ok(Kind::Person)
        }
        Contact::Company(company) => {
            input::not_blank("/contact/company/name", &company.name)?;
            Ok(Kind::Company)
        }
    }
}
