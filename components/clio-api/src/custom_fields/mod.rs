//! Values of custom fields: `custom_fields.read` and `custom_fields.write`.
//!
//! Values live on a contact or a matter and nowhere else. Each has an id of its
//! own, so a write reads first and chooses the form for each field: the form
//! that creates is refused where a value stands, even an empty one. What must
//! stay true: everything is checked before anything is sent, and all of it goes
//! in one request, so that nothing is half-written.

mod check;
mod definitions;
mod plan;
mod read;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use clio_types::custom_fields::Owner;

use crate::prelude::*;
use crate::{Failure, input};

pub(crate) use read::shown;
pub(crate) use wire::Row as ValueRow;

pub use read::read;
pub use write::write;

/// The kind of a record as Clio writes it in filters, and the record's id.
fn named(of: Owner) -> (&'static str, u64) {
    match of {
        Owner::Contact(id) => ("contact", id),
        Owner::Matter(id) => ("matter", id),
    }
}

/// The record's path below `/api/v4/`.
fn path(of: Owner) -> String {
    let (kind, id) = named(of);
    format!("{kind}s/{id}.json")
}

/// The input member that names it.
fn pointer(of: Owner) -> String {
    format!("/of/{}", named(of).0)
}

/// Refuses an id that is none.
fn check_id(of: Owner) -> Result<(), Failure> {
    input::id(&pointer(of), named(of).1)
}
