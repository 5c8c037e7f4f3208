//! Documents as they stand in requests and answers.

use crate::prelude::*;
use serde::{Deserialize, Serialize};

use crate::association::Rows;
use crate::fields::{Fields, fields};
use crate::ids::{CategoryId, DocumentId, PropertyId};

/// The external property that holds the caller's identifier.
pub(crate) const SOURCE_ID: &str = "source-id";

/// The external property that holds the digest of the content.
pub(super) const SHA256: &str = "sha256";

/// What a look at many documents reads.
pub(super) const LISTED: Fields = fields!(
    id,
    name,
    deleted_at,
    external_properties { id, name, value },
    latest_document_version {
        uuid,
        version_number,
        fully_uploaded
    },
);

/// What a look at one document reads. An upload is taken up with its URL.
pub(super) const READ: Fields = fields!(
    id,
    etag,
    deleted_at,
    external_properties { id, name, value },
    latest_document_version {
        uuid,
        version_number,
        fully_uploaded,
        put_url,
        put_headers
    },
);

/// What a creation reads back: without the nested members there is no URL.
pub(super) const CREATED: Fields = fields!(
    id,
    etag,
    external_properties { id, name, value },
    latest_document_version {
        uuid,
        version_number,
        fully_uploaded,
        put_url,
        put_headers
    },
);

/// What the last step of an upload reads back.
pub(super) const FINISHED: Fields = fields!(
    id,
    etag,
    external_properties { id, name, value },
    latest_document_version {
        uuid,
        version_number,
        fully_uploaded
    },
);

/// A document in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: DocumentId,
    #[serde(default)]
    deleted_at: Option<String>,
    #[serde(default)]
    pub(super) external_properties: Rows<Property>,
    #[serde(default)]
    pub(super) latest_document_version: Option<Version>,
}

/// A version in an answer.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Version {
    #[serde(default)]
    pub(super) uuid: Option<String>,
    #[serde(default)]
    pub(super) version_number: Option<u64>,
    #[serde(default)]
    pub(super) fully_uploaded: Option<bool>,
    #[serde(default)]
    pub(super) put_url: Option<String>,
    #[serde(default)]
    pub(super) put_headers: Option<Vec<PutHeader>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PutHeader {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Property {
    #[serde(default)]
    pub(crate) id: Option<PropertyId>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) value: Option<String>,
}

/// The property of a name.
pub(crate) fn property<'p>(properties: &'p Rows<Property>, name: &str) -> Option<&'p Property> {
    properties
        .visible()
        .iter()
        .find(|property| property.name.as_deref() == Some(name))
}

/// The value of a property.
pub(crate) fn value<'p>(properties: &'p Rows<Property>, name: &str) -> Option<&'p str> {
    property(properties, name).and_then(|property| property.value.as_deref())
}

impl Row {
    pub(super) fn version(&self) -> Version {
        self.latest_document_version.clone().unwrap_or_default()
    }

    /// Whether it lies in the trash, where it still answers like any other.
    pub(super) fn is_trashed(&self) -> bool {
        self.deleted_at.as_deref().is_some_and(|at| !at.is_empty())
    }

    /// Whether the bytes of the latest version are there.
    pub(super) fn is_complete(&self) -> bool {
        self.latest_document_version
            .as_ref()
            .is_some_and(|v| v.fully_uploaded == Some(true))
    }

    /// The digest that was recorded.
    pub(super) fn sha256(&self) -> Option<&str> {
        value(&self.external_properties, SHA256)
    }
}

/// The body that creates a document or a version of one.
#[derive(Debug, Serialize)]
pub(super) struct NewDocument<'r> {
    pub(super) name: &'r str,
    pub(super) parent: ParentBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) document_category: Option<Category>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) received_at: Option<&'r str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) external_properties: Vec<PropertyChange>,
}

#[derive(Debug, Serialize)]
pub(super) struct ParentBody {
    pub(super) id: u64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Category {
    pub(super) id: CategoryId,
}

/// The body of the last step of an upload.
#[derive(Debug, Serialize)]
pub(super) struct Finished<'r> {
    pub(super) uuid: &'r str,
    pub(super) fully_uploaded: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) external_properties: &'r [PropertyChange],
}

/// The body that changes external properties alone.
#[derive(Debug, Serialize)]
pub(super) struct Properties<'r> {
    pub(super) external_properties: &'r [PropertyChange],
}

/// A change of one external property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum PropertyChange {
    Create { name: &'static str, value: String },
    Update { id: PropertyId, value: String },
    Destroy { id: PropertyId, _destroy: bool },
}
