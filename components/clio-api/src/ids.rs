//! The ids of Clio's records, a type each, so that none is taken for another.
//!
//! Clio writes most ids as numbers and some as strings; both are read.

use alloc::vec::Vec;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an id")
    }

    // Clio describes ids as signed 64-bit numbers. A larger one could be
    // returned to a caller, and would be refused when it comes back.
    fn visit_u64<E: Error>(self, value: u64) -> Result<u64, E> {
        match i64::try_from(value) {
            Ok(_) => Ok(value),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<u64, E> {
        u64::try_from(value).map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<u64, E> {
        match value.parse::<u64>() {
            Ok(id) => self.visit_u64(id),
            Err(_) => Err(E::invalid_value(Unexpected::Other("text"), &self)),
        }
    }
}

pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    deserializer.deserialize_any(IdVisitor)
}

/// Ids as the contract has them.
pub(crate) fn plain(ids: impl IntoIterator<Item: Into<u64>>) -> Vec<u64> {
    ids.into_iter().map(Into::into).collect()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $vis:vis $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        $vis struct $name($vis u64);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                id(deserializer).map(Self)
            }
        }

        impl From<$name> for u64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// The id of a contact.
    pub ContactId,
    /// The id of a matter.
    pub MatterId,
    /// The id of a document. All versions of it share it.
    pub DocumentId,
    /// The id of a folder.
    pub FolderId,
    /// The id of a custom field's definition, which is not the id of a value.
    pub CustomFieldId,
    /// The id of a practice area.
    pub(crate) PracticeAreaId,
    /// The id of a stage of a practice area.
    pub(crate) StageId,
    /// The id of a user.
    pub(crate) UserId,
    /// The id of a document category.
    pub CategoryId,
    /// The id of a version of a document.
    pub(crate) VersionId,
    /// The id of a template of document automation.
    pub(crate) TemplateId,
    /// The id of a run of document automation.
    pub(crate) AutomationId,
    /// The id of a webhook.
    pub(crate) WebhookId,
    /// The id of a record of which only id and name matter.
    pub(crate) RecordId,
    /// The id of an external property of a document.
    pub(crate) PropertyId,
}
