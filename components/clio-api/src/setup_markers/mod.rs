//! Marker fields: `markers.ensure`.
//!
//! A marker is a text custom field that holds the caller's identifier of a
//! record. It finds what nothing else finds: people without an e-mail address,
//! changed addresses, merged contacts, matters that went to another client.
//! This makes the fields, once, and never changes one that stands there.

use crate::prelude::*;
mod ensure;
#[cfg(test)]
mod tests;
mod wire;

use crate::Disposition;
use crate::ids::CustomFieldId;

pub use ensure::ensure;

/// The name of the fields where the caller gives none.
pub const NAME: &str = "Source ID (Clio actions)";

/// The marker fields that should stand in Clio.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnsureRequest {
    /// The name of the fields. Absent: [`NAME`].
    pub name: Option<String>,
    /// The one kind of record to make a field for. Absent: both.
    pub only: Option<MarkedKind>,
    /// The field for contacts that an earlier call returned.
    pub known_contact: Option<CustomFieldId>,
    /// The field for matters that an earlier call returned.
    pub known_matter: Option<CustomFieldId>,
}

/// The kinds of record that carry markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkedKind {
    /// People and companies.
    Contact,
    /// Matters.
    Matter,
}

impl MarkedKind {
    /// As Clio writes it in bodies and answers.
    fn parent_type(self) -> &'static str {
        match self {
            Self::Contact => "Contact",
            Self::Matter => "Matter",
        }
    }

    /// As Clio writes it in filters.
    fn filter(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Matter => "matter",
        }
    }
}

/// The marker fields that stand in Clio.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnsureOutcome {
    /// The field for contacts. Absent when it was not asked for.
    pub contact: Option<MarkerField>,
    /// The field for matters. Absent when it was not asked for.
    pub matter: Option<MarkerField>,
}

/// One marker field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerField {
    /// The id of its definition.
    pub id: CustomFieldId,
    /// Whether this call created it.
    pub disposition: Disposition,
    /// Other text fields of the same name, oldest first.
    pub others: Vec<CustomFieldId>,
}
