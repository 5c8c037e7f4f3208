//! Which rows are the wanted contact, and what follows from them.
//!
//! Pure: rows in, a decision out. Linking the wrong person is worse than making
//! a second one, so an address under another name is never linked unasked.

use crate::prelude::*;
use alloc::collections::BTreeSet;

use super::check::{Kind, Wanted, person_key};
use super::wire::Row;
use super::{ContactMatch, NameConflict};
use crate::custom_fields::{Marker, marker};
use crate::ids::ContactId;
use crate::problem::{Code, Failure};

/// The rows that match, by the way in which they do.
#[derive(Debug, Default)]
pub(super) struct Matches {
    marker: BTreeSet<ContactId>,
    /// An address and the name agree.
    email: BTreeSet<ContactId>,
    /// An address agrees, the name does not.
    other_name: BTreeSet<ContactId>,
    /// Name and phone agree.
    recent: BTreeSet<ContactId>,
    /// A row's marker could not be seen.
    pub(super) hidden_marker: bool,
}

/// What the rows say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It stands there. The others match as well.
    Link {
        id: ContactId,
        by: ContactMatch,
        others: Vec<ContactId>,
    },
    /// It does not.
    Absent,
}

impl Matches {
    /// Notes a row that a search for an address brought.
    pub(super) fn searched(&mut self, wanted: &Wanted<'_>, row: &Row) {
        if !same_kind(wanted, row) || !shares_address(wanted, row) {
            return;
        }
        if same_name(wanted, row) {
            self.email.insert(row.id);
        } else {
            self.other_name.insert(row.id);
        }
    }

    /// Notes a row that the filter on the marker field brought. Returns
    /// whether it holds the marker.
    pub(super) fn marked(&mut self, wanted: &Wanted<'_>, row: &Row) -> bool {
        let Some(field) = wanted.marker_field else {
            return false;
        };
        match marker(&row.custom_field_values, field, wanted.source_id) {
            Marker::Ours => self.marker.insert(row.id),
            Marker::Hidden => {
                self.hidden_marker = true;
                false
            }
            Marker::Others | Marker::None => false,
        }
    }

    /// Notes a row that was created since the request began.
    pub(super) fn created_lately(&mut self, wanted: &Wanted<'_>, row: &Row) {
        if !same_kind(wanted, row) || self.marked(wanted, row) {
            return;
        }
        self.searched(wanted, row);
        if wanted.emails.is_empty()
            && same_name(wanted, row)
            && same_phone(wanted, row)
            && !marked_for_another(wanted, row)
        {
            self.recent.insert(row.id);
        }
    }

    /// Decides what the rows so far mean.
    pub(super) fn decide(&self, policy: Option<NameConflict>) -> Result<Decision, Failure> {
        for (ids, by) in [
            (&self.marker, ContactMatch::Marker),
            (&self.email, ContactMatch::Email),
            (&self.recent, ContactMatch::Recent),
        ] {
            if let Some(decision) = oldest(ids, by) {
                return Ok(decision);
            }
        }
        match policy {
            Some(NameConflict::Link) => {
                Ok(oldest(&self.other_name, ContactMatch::Email).unwrap_or(Decision::Absent))
            }
            Some(NameConflict::Create) => Ok(Decision::Absent),
            None if self.other_name.is_empty() => Ok(Decision::Absent),
            None => Err(Failure::permanent(
                Code::Ambiguous,
                "An e-mail address of the contact stands in Clio under another name. Decide who is \
                 meant, and set `on_name_conflict`, or pass the right contact as `known_id`.",
            )
            .field("/emails")
            .candidates(self.other_name.iter().map(|id| id.0))),
        }
    }
}

fn oldest(ids: &BTreeSet<ContactId>, by: ContactMatch) -> Option<Decision> {
    let mut ids = ids.iter().copied();
    ids.next().map(|id| Decision::Link {
        id,
        by,
        others: ids.collect(),
    })
}

/// Clio filters by type in a search; a filter that is ignored must not link a
/// company for a person.
fn same_kind(wanted: &Wanted<'_>, row: &Row) -> bool {
    row.kind
        .as_deref()
        .is_none_or(|kind| kind == wanted.kind.name())
}

fn shares_address(wanted: &Wanted<'_>, row: &Row) -> bool {
    let ours = |address: &str| {
        let address = clio_text::email_key(address);
        wanted.emails.iter().any(|(_, wanted)| *wanted == address)
    };
    row.email_addresses
        .visible()
        .iter()
        .filter_map(|row| row.address.as_deref())
        .any(ours)
        || row.primary_email_address.as_deref().is_some_and(ours)
}

fn same_name(wanted: &Wanted<'_>, row: &Row) -> bool {
    let whole = || row.name.as_deref().map(clio_text::name_key);
    let name = match wanted.kind {
        Kind::Company => whole(),
        Kind::Person if row.first_name.is_some() || row.last_name.is_some() => Some(person_key(
            row.first_name.as_deref(),
            row.last_name.as_deref(),
        )),
        Kind::Person => whole(),
    };
    name.is_some_and(|name| name == wanted.name)
}

/// Without a number to compare, only a contact that has nothing to compare
/// either looks like the one this request would have made.
fn same_phone(wanted: &Wanted<'_>, row: &Row) -> bool {
    let numbers = row.phone_numbers.visible();
    if wanted.phones.is_empty() {
        return row.phone_numbers.is_visible()
            && numbers.is_empty()
            && row.email_addresses.is_visible()
            && row.email_addresses.visible().is_empty();
    }
    numbers
        .iter()
        .filter_map(|row| row.number.as_deref())
        .any(|number| {
            let same = |wanted: &&str| clio_text::same_phone(wanted, number);
            wanted.phones.iter().any(same)
        })
}

fn marked_for_another(wanted: &Wanted<'_>, row: &Row) -> bool {
    wanted.marker_field.is_some_and(|field| {
        marker(&row.custom_field_values, field, wanted.source_id) == Marker::Others
    })
}
