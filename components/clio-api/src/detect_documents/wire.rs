//! Documents as detection reads them.

use crate::prelude::*;
use serde::Deserialize;

use super::NewDocument;
use super::scan::Seen;
use crate::association::{Linked, Rows, id_of};
use crate::fields::{Fields, fields};
use crate::ids::{CategoryId, ContactId, DocumentId, FolderId, MatterId};
use crate::instant::Instant;
use crate::upload_document::{SOURCE_ID_PROPERTY, StoredProperty, property_value};

/// What a scan reads.
pub(super) const SCANNED: Fields = fields!(
    id,
    name,
    created_at,
    deleted_at,
    content_type,
    size,
    matter { id },
    contact { id },
    parent { id },
    document_category { id },
    external_properties { name, value },
    latest_document_version { fully_uploaded },
);

/// A document in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    id: DocumentId,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    deleted_at: Option<String>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    size: Option<i64>,
    #[serde(default)]
    matter: Option<Linked<MatterId>>,
    #[serde(default)]
    contact: Option<Linked<ContactId>>,
    #[serde(default)]
    parent: Option<Linked<FolderId>>,
    #[serde(default)]
    document_category: Option<Linked<CategoryId>>,
    #[serde(default)]
    external_properties: Rows<StoredProperty>,
    #[serde(default)]
    latest_document_version: Option<Version>,
}

#[derive(Debug, Clone, Deserialize)]
struct Version {
    #[serde(default)]
    fully_uploaded: Option<bool>,
}

impl Row {
    fn created(&self) -> Option<Instant> {
        self.created_at.as_deref().and_then(Instant::parse)
    }

    /// What the scan decides by.
    pub(super) fn seen(&self) -> Seen {
        Seen {
            id: self.id.0,
            created: self.created().map(|created| created.0),
            // A version that may not be seen says nothing; one that is still
            // being uploaded says so.
            complete: self
                .latest_document_version
                .as_ref()
                .and_then(|v| v.fully_uploaded)
                != Some(false),
            trashed: self.deleted_at.as_deref().is_some_and(|at| !at.is_empty()),
        }
    }

    /// What the caller is told. `seen_at` stands in for a creation time that
    /// Clio does not tell.
    pub(super) fn into_document(self, seen_at: Instant) -> NewDocument {
        let created_at = self.created().unwrap_or(seen_at);
        NewDocument {
            id: self.id.0,
            matter: id_of(&self.matter).map(|id| id.0),
            contact: id_of(&self.contact).map(|id| id.0),
            folder: id_of(&self.parent).map(|id| id.0),
            category: id_of(&self.document_category).map(|id| id.0),
            media_type: self.content_type,
            // Clio's size is a 32-bit number and cannot be trusted at its end.
            size: self
                .size
                .filter(|size| *size < i64::from(i32::MAX))
                .and_then(|size| u64::try_from(size).ok()),
            created_at: created_at.to_string(),
            source_id: property_value(&self.external_properties, SOURCE_ID_PROPERTY)
                .map(str::to_owned),
            name: self.name.unwrap_or_default(),
        }
    }
}
