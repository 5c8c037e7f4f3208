//! People and companies: `contacts.sync`.
//!
//! Clio has no key that makes a repetition harmless, so the action looks first,
//! writes once, and after a lost answer looks again.

use crate::prelude::*;
mod check;
mod create;
mod look;
mod matching;
mod profile;
mod sync;
#[cfg(test)]
mod tests;
mod wire;

use crate::Disposition;
use crate::ids::{ContactId, CustomFieldId};

pub use sync::sync;

/// A contact that should stand in Clio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRequest {
    /// The caller's identifier for the contact.
    pub source_id: String,
    /// When the caller first began this request (RFC 3339). Absent: now.
    pub began: Option<String>,
    /// Who it is.
    pub contact: Contact,
    /// E-mail addresses, the main one first.
    pub emails: Vec<Email>,
    /// Phone numbers, the main one first.
    pub phones: Vec<Phone>,
    /// Postal addresses, the main one first.
    pub addresses: Vec<Address>,
    /// The contact that an earlier call returned.
    pub known_id: Option<ContactId>,
    /// Contacts that the caller knows under another source id.
    pub known_others: Vec<ContactId>,
    /// Whether to look for all that match, and settle on the lowest id.
    pub find_others: bool,
    /// The text custom field that holds the source id.
    pub marker_field: Option<CustomFieldId>,
    /// What to do when an address stands under another name. Absent: fail.
    pub on_name_conflict: Option<NameConflict>,
}

/// Who a contact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// A natural person.
    Person(Person),
    /// A company.
    Company(Company),
}

/// A natural person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The middle name.
    pub middle_name: Option<String>,
    /// The form of address.
    pub prefix: Option<String>,
    /// The job title.
    pub title: Option<String>,
    /// The company that the person belongs to.
    pub company: Option<ContactId>,
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// The full name.
    pub name: String,
}

/// An e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Its label. Absent: other.
    pub label: Option<EmailLabel>,
}

/// A phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// The number, as people write it.
    pub number: String,
    /// Its label. Absent: other.
    pub label: Option<PhoneLabel>,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The street and number.
    pub street: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The province or state.
    pub province: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// Its label. Absent: other.
    pub label: Option<AddressLabel>,
}

impl Address {
    /// What it says.
    fn parts(&self) -> [&Option<String>; 5] {
        [
            &self.street,
            &self.city,
            &self.province,
            &self.postal_code,
            &self.country,
        ]
    }
}

/// The labels that Clio takes for e-mail addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EmailLabel {
    Work,
    Home,
    Other,
}

/// The labels that Clio takes for phone numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PhoneLabel {
    Work,
    Home,
    Mobile,
    Fax,
    Pager,
    Skype,
    Other,
}

/// The labels that Clio takes for postal addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AddressLabel {
    Work,
    Home,
    Billing,
    Other,
}

/// What to do when an address stands in Clio under another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameConflict {
    /// Link the contact that has the address and the nearest name, of several
    /// the oldest.
    Link,
    /// Create another contact with the same address.
    Create,
}

/// The contact that stands in Clio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncOutcome {
    /// Its id.
    pub id: ContactId,
    /// Whether this call created it.
    pub disposition: Disposition,
    /// How an existing contact was recognised.
    pub matched_by: Option<ContactMatch>,
    /// Other contacts that match as well, oldest first.
    pub others: Vec<ContactId>,
}

/// How an existing contact was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactMatch {
    /// By the id that the caller knew.
    KnownId,
    /// By the source id in its marker field.
    Marker,
    /// By an e-mail address.
    Email,
    /// By all that this request would have written, among those created when
    /// it began.
    Recent,
}
