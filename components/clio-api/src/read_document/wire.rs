//! Documents, versions and templates as a reader needs them.

use crate::prelude::*;
use serde::Deserialize;

use crate::association::{Linked, Rows};
use crate::fields::{Fields, fields};
use crate::ids::{CategoryId, ContactId, DocumentId, FolderId, MatterId, TemplateId, VersionId};
use crate::upload_document::StoredProperty;

/// What is read of a document.
pub(super) const DOCUMENT: Fields = fields!(
    id,
    etag,
    name,
    created_at,
    updated_at,
    deleted_at,
    filename,
    content_type,
    size,
    matter { id },
    contact { id },
    parent { id },
    document_category { id, name },
    external_properties { name, value },
    latest_document_version {
        id,
        version_number,
        fully_uploaded,
        filename,
        content_type,
        size,
        created_at
    },
);

/// What is read of a version.
pub(super) const VERSION: Fields = fields!(
    id,
    version_number,
    fully_uploaded,
    filename,
    content_type,
    size,
    created_at,
);

/// What is read of a template.
pub(super) const TEMPLATE: Fields = fields!(
    id,
    etag,
    created_at,
    updated_at,
    filename,
    content_type,
    size,
    document_category { id, name },
);

/// A document in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: DocumentId,
    #[serde(default)]
    pub(super) etag: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) updated_at: Option<String>,
    #[serde(default)]
    pub(super) deleted_at: Option<String>,
    #[serde(default)]
    pub(super) filename: Option<String>,
    #[serde(default)]
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) size: Option<i64>,
    #[serde(default)]
    pub(super) matter: Option<Linked<MatterId>>,
    #[serde(default)]
    pub(super) contact: Option<Linked<ContactId>>,
    #[serde(default)]
    pub(super) parent: Option<Linked<FolderId>>,
    #[serde(default)]
    pub(super) document_category: Option<CategoryRow>,
    #[serde(default)]
    pub(super) external_properties: Rows<StoredProperty>,
    #[serde(default)]
    pub(super) latest_document_version: Option<VersionRow>,
}

impl Row {
    /// Whether it lies in the trash, where it still answers like any other.
    pub(super) fn is_trashed(&self) -> bool {
        self.deleted_at.as_deref().is_some_and(|at| !at.is_empty())
    }
}

/// A version in an answer. One that may not be seen has no id.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct VersionRow {
    #[serde(default = "Option::default")]
    pub(super) id: Option<VersionId>,
    #[serde(default)]
    pub(super) version_number: Option<u64>,
    #[serde(default)]
    pub(super) fully_uploaded: Option<bool>,
    #[serde(default)]
    pub(super) filename: Option<String>,
    #[serde(default)]
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) size: Option<i64>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
}

/// A category in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CategoryRow {
    #[serde(default = "Option::default")]
    pub(super) id: Option<CategoryId>,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// A template in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct TemplateRow {
    pub(super) id: TemplateId,
    #[serde(default)]
    pub(super) etag: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) updated_at: Option<String>,
    #[serde(default)]
    pub(super) filename: Option<String>,
    #[serde(default)]
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) size: Option<i64>,
    #[serde(default)]
    pub(super) document_category: Option<CategoryRow>,
}

/// A size that says something: Clio describes it with 32 bits, so that at
/// 2 GiB and beyond it holds the largest such number, or a negative one.
pub(super) fn trusted(size: Option<i64>) -> Option<u64> {
    size.filter(|size| *size < i64::from(i32::MAX))
        .and_then(|size| u64::try_from(size).ok())
}
