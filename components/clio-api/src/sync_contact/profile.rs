//! Who a contact is, in the form in which contacts are compared.
//!
//! The same functions make it of what is asked for and of what stands in Clio,
//! so that the look, the read-back and the next run agree. Pure.

use crate::prelude::*;

use super::check::{Kind, Wanted};
use super::wire::Row;
use super::{Contact, Person, Phone, PhoneLabel, SyncRequest, parts};
use crate::association::{id_of, is_hidden};
use crate::ids::ContactId;
use crate::input::said;

/// A contact by its keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    pub(super) kind: Option<Kind>,
    name: Name,
    prefix: String,
    title: String,
    company: Option<ContactId>,
    emails: Vec<String>,
    /// As they are written: a number has one key with its country and another
    /// without.
    phones: Vec<String>,
    /// The parts of each, one behind the other.
    addresses: Vec<String>,
}

/// A name. A company has a whole one alone, and so has a person whose parts
/// Clio does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Name {
    first: String,
    middle: String,
    last: String,
    whole: String,
}

/// The key of a name of a person or a company.
fn name_key(name: Option<&str>) -> String {
    name.map(clio_text::name_key).unwrap_or_default()
}

/// The key of any other text.
fn text_key(text: Option<&str>) -> String {
    text.map(clio_text::label_key).unwrap_or_default()
}

/// Whether there is a number in it.
fn is_number(phone: &str) -> bool {
    clio_text::phone_key(phone).is_some()
}

/// Whether two phone numbers are the same. Those in which there is no number,
/// such as the name of an account, are texts.
fn same_phone(one: &str, other: &str) -> bool {
    match is_number(one) && is_number(other) {
        true => clio_text::same_phone(one, other),
        false => text_key(Some(one)) == text_key(Some(other)),
    }
}

/// Whether a phone number of the input is written. `N/A` is no number, and is
/// nothing; an account of Skype has a name.
pub(super) fn is_written(phone: &Phone) -> bool {
    is_number(&phone.number)
        || phone.label == Some(PhoneLabel::Skype) && !text_key(Some(&phone.number)).is_empty()
}

/// The key of a postal address. One that says nothing has none.
pub(super) fn address_key(parts: [&Option<String>; 5]) -> Option<String> {
    let mut key = String::new();
    let mut blank = true;
    for part in parts {
        let part = text_key(said(part));
        blank &= part.is_empty();
        key.push_str(&part);
        // No key of a text holds a line end.
        key.push('\n');
    }
    (!blank).then_some(key)
}

/// Whether two lists hold the same, in whatever order and however often.
fn same<T>(one: &[T], other: &[T], alike: fn(&T, &T) -> bool) -> bool {
    let all = |one: &[T], other: &[T]| {
        let mut one = one.iter();
        one.all(|it| other.iter().any(|that| alike(it, that)))
    };
    all(one, other) && all(other, one)
}

impl Profile {
    /// What stands in Clio once this request has written it.
    pub(super) fn asked(request: &SyncRequest, kind: Kind, emails: Vec<String>) -> Self {
        let (person, whole) = match &request.contact {
            Contact::Person(person) => (person.clone(), String::new()),
            Contact::Company(company) => (Person::default(), name_key(Some(&company.name))),
        };
        Self {
            kind: Some(kind),
            name: Name {
                first: name_key(said(&person.first_name)),
                middle: name_key(said(&person.middle_name)),
                last: name_key(said(&person.last_name)),
                whole,
            },
            prefix: text_key(said(&person.prefix)),
            title: text_key(said(&person.title)),
            company: person.company.map(ContactId),
            emails,
            phones: request
                .phones
                .iter()
                .filter(|phone| is_written(phone))
                .map(|phone| phone.number.clone())
                .collect(),
            addresses: request
                .addresses
                .iter()
                .filter_map(|address| address_key(parts(address)))
                .collect(),
        }
    }

    /// What stands in Clio, as far as the row tells.
    pub(super) fn standing(row: &Row) -> Self {
        let kind = match row.kind.as_deref() {
            Some("Person") => Some(Kind::Person),
            Some("Company") => Some(Kind::Company),
            _ => None,
        };
        let mut name = Name {
            first: name_key(row.first_name.as_deref()),
            middle: name_key(row.middle_name.as_deref()),
            last: name_key(row.last_name.as_deref()),
            whole: String::new(),
        };
        if name.first.is_empty() && name.last.is_empty() {
            name.whole = name_key(row.name.as_deref());
        }
        let listed = row.email_addresses.visible().iter();
        let listed = listed.filter_map(|row| row.address.as_deref());
        Self {
            kind,
            name,
            prefix: text_key(row.prefix.as_deref()),
            title: text_key(row.title.as_deref()),
            company: id_of(&row.company),
            emails: listed
                .chain(row.primary_email_address.as_deref())
                .map(clio_text::email_key)
                .filter(|key| !key.is_empty())
                .collect(),
            phones: row
                .phone_numbers
                .visible()
                .iter()
                .filter_map(|row| said(&row.number))
                .map(ToOwned::to_owned)
                .collect(),
            addresses: row
                .addresses
                .visible()
                .iter()
                .filter_map(|row| address_key(row.parts()))
                .collect(),
        }
    }

    /// Whether both are persons or both companies, as far as is told.
    pub(super) fn same_kind(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    /// Whether the names agree. A middle name may be missing on one side or be
    /// an initial; one that contradicts tells two people apart.
    pub(super) fn same_name(&self, other: &Self) -> bool {
        let forms = self.name.forms();
        let any = other.name.forms().iter().any(|form| forms.contains(form));
        any && !contradict(&self.name.middle, &other.name.middle)
    }

    /// Whether an e-mail address of theirs is the same.
    pub(super) fn shares_email(&self, other: &Self) -> bool {
        self.emails.iter().any(|it| other.emails.contains(it))
    }

    /// Whether a phone number of theirs is the same.
    fn shares_number(&self, other: &Self) -> bool {
        let mut numbers = self.phones.iter().filter(|phone| is_number(phone));
        numbers.any(|phone| other.phones.iter().any(|that| same_phone(phone, that)))
    }

    /// Whether every value of theirs is the same, and none is missing.
    fn agrees(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.name == other.name
            && self.prefix == other.prefix
            && self.title == other.title
            && self.company == other.company
            && same(&self.emails, &other.emails, |one, other| one == other)
            && same(&self.phones, &other.phones, |one, other| {
                same_phone(one, other)
            })
            && same(&self.addresses, &other.addresses, |one, other| one == other)
    }

    /// Whether what stands behind an identifier can be who is asked for: the
    /// name, an e-mail address or a number agrees. What cannot be seen does not.
    pub(super) fn fits(&self, other: &Self) -> bool {
        self.same_kind(other)
            && (self.same_name(other) || self.shares_email(other) || self.shares_number(other))
    }

    /// How near two names are to each other that do not agree.
    pub(super) fn nearness(&self, other: &Self) -> u8 {
        let (one, other) = (&self.name, &other.name);
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        let begins = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && a.starts_with(b);
        let initial = one.first.chars().next();
        let mut nearness = 0;
        if same(&one.last, &other.last) {
            nearness += 4;
        }
        if same(&one.first, &other.first) {
            nearness += 2;
        }
        if initial.is_some() && initial == other.first.chars().next() {
            nearness += 1;
        }
        if begins(&one.whole, &other.whole) || begins(&other.whole, &one.whole) {
            nearness += 1;
        }
        nearness
    }
}

impl Name {
    /// The forms in which a whole name may be written.
    fn forms(&self) -> Vec<String> {
        let mut forms = vec![
            self.whole.clone(),
            [&*self.first, &*self.last].concat(),
            [&*self.first, &*self.middle, &*self.last].concat(),
        ];
        // Nothing is no name.
        forms.retain(|form| !form.is_empty());
        forms
    }
}

/// Whether neither of two middle names can stand for the other.
fn contradict(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_end_matches('.'), other.trim_end_matches('.'));
    !one.starts_with(other) && !other.starts_with(one)
}

/// Whether a row is, to every value, what this request would have written.
/// Nothing of it may be hidden.
pub(super) fn agrees_in_everything(wanted: &Wanted<'_>, row: &Row) -> bool {
    let hidden = !row.email_addresses.is_visible()
        || !row.phone_numbers.is_visible()
        || !row.addresses.is_visible()
        || is_hidden(&row.company);
    !hidden && wanted.profile.agrees(&Profile::standing(row))
}
