//! People and companies: `sync-contact.sync`.
//!
//! Clio has no key that makes a repetition harmless, so the action looks first,
//! writes once, and after a lost answer looks again.

mod check;
mod create;
mod look;
mod matching;
mod profile;
mod sync;
#[cfg(test)]
mod tests;
mod wire;

use clio_types::sync_contact::{
    Address, AddressLabel, Contact, ContactMatch, Email, EmailLabel, NameConflict, Person, Phone,
    PhoneLabel, SyncOutcome, SyncRequest,
};

use crate::prelude::*;

pub use sync::sync;

/// What an address says.
fn parts(address: &Address) -> [&Option<String>; 5] {
    [
        &address.street,
        &address.city,
        &address.province,
        &address.postal_code,
        &address.country,
    ]
}
