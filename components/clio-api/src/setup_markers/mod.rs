//! Marker fields: `setup-markers.ensure`.
//!
//! A marker is a text custom field that holds the caller's identifier of a
//! record. It finds what nothing else finds: people without an e-mail address,
//! changed addresses, merged contacts, matters that went to another client.
//! This makes the fields, once, and never changes one that stands there.

mod ensure;
#[cfg(test)]
mod tests;
mod wire;

use clio_types::setup_markers::*;

pub use ensure::ensure;

/// The name of the fields where the caller gives none.
pub const NAME: &str = "Source ID (Clio actions)";

/// As Clio writes it in bodies and answers.
fn parent_type(kind: MarkedKind) -> &'static str {
    match kind {
        MarkedKind::Contact => "Contact",
        MarkedKind::Matter => "Matter",
    }
}
