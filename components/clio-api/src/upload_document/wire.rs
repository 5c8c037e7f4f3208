//! Documents as they stand in requests and answers.

use super::Scope;
use crate::answer::ApiError;
use crate::client::Client;
use crate::prelude::*;
use crate::query::Query;
use crate::transport::Transport;
use core::ops::ControlFlow;
use serde::{Deserialize, Serialize};

use crate::association::{Linked, Rows, id_of};
use crate::fields::{Fields, fields};
use crate::ids::{CategoryId, ContactId, DocumentId, FolderId, MatterId, PropertyId};

/// The external property that holds the caller's identifier.
pub(crate) const SOURCE_ID: &str = "source-id";

/// The external property that holds the digest of the content.
pub(crate) const SHA256: &str = "sha256";

/// What a look at many documents reads.
pub(crate) const LISTED: Fields = fields!(
    id,
    name,
    deleted_at,
    matter { id },
    contact { id },
    parent { id },
    external_properties { id, name, value },
    latest_document_version {
        uuid,
        version_number,
        fully_uploaded
    },
);

/// What a look at one document reads. An upload is taken up with its URL.
pub(crate) const READ: Fields = fields!(
    id,
    etag,
    deleted_at,
    matter { id },
    contact { id },
    parent { id },
    external_properties { id, name, value },
    latest_document_version {
        uuid,
        version_number,
        filename,
        fully_uploaded,
        put_url,
        put_headers
    },
);

/// What a creation reads back: without the nested members there is no URL.
const CREATED: Fields = fields!(
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

/// What a creation in parts reads back, and each request for a further part.
/// Each part brings its URL and its headers.
pub(crate) const CREATED_IN_PARTS: Fields = fields!(
    id,
    etag,
    external_properties { id, name, value },
    latest_document_version {
        uuid,
        version_number,
        fully_uploaded,
        multiparts
    },
);

/// What the last step of an upload reads back.
pub(crate) const FINISHED: Fields = fields!(
    id,
    etag,
    external_properties { id, name, value },
    latest_document_version {
        uuid,
        version_number,
        fully_uploaded
    },
);

/// What is read of the versions of a document.
pub(crate) const VERSIONS: Fields = fields!(id, fully_uploaded);

/// What is read of a folder.
pub(crate) const PLACED: Fields = fields!(id, name, parent { id });

/// What is read of a folder, to know whose it is.
pub(crate) const OWNED: Fields = fields!(id, matter { id }, contact { id });

/// What is read of the matter or contact whose folder it is.
pub(crate) const OWNER: Fields = fields!(id, folder { id });

/// What is read of a category.
pub(crate) const NAMED: Fields = fields!(id, name);

/// A folder, what has one, a version or a category in an answer. One type, since
/// each costs the component kilobytes.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    #[serde(deserialize_with = "crate::ids::id")]
    pub(crate) id: u64,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) parent: Option<Linked<FolderId>>,
    #[serde(default)]
    pub(crate) folder: Option<Linked<FolderId>>,
    #[serde(default)]
    pub(crate) matter: Option<Linked<MatterId>>,
    #[serde(default)]
    pub(crate) contact: Option<Linked<ContactId>>,
    #[serde(default)]
    pub(crate) fully_uploaded: Option<bool>,
}

/// Hands each of them in a list to `each`, until it breaks.
pub(crate) fn named<T: Transport>(
    client: &mut Client<'_, T>,
    what: &str,
    query: Query,
    each: &mut dyn FnMut(Named) -> ControlFlow<()>,
) -> Result<(), ApiError> {
    client.list(what, query, each)
}

/// A document in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: DocumentId,
    #[serde(default)]
    deleted_at: Option<String>,
    #[serde(default)]
    pub(crate) matter: Option<Linked<MatterId>>,
    #[serde(default)]
    pub(crate) contact: Option<Linked<ContactId>>,
    /// Its folder.
    #[serde(default)]
    parent: Option<Linked<FolderId>>,
    #[serde(default)]
    pub(crate) external_properties: Rows<Property>,
    #[serde(default)]
    pub(crate) latest_document_version: Option<Version>,
}

/// A version in an answer.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Version {
    #[serde(default)]
    pub(crate) uuid: Option<String>,
    #[serde(default)]
    pub(crate) version_number: Option<u64>,
    #[serde(default)]
    pub(crate) filename: Option<String>,
    #[serde(default)]
    pub(crate) fully_uploaded: Option<bool>,
    #[serde(default)]
    pub(crate) put_url: Option<String>,
    #[serde(default)]
    pub(crate) put_headers: Option<Vec<PutHeader>>,
    #[serde(default)]
    pub(crate) multiparts: Option<Vec<PartPlace>>,
}

/// Where one part goes.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PartPlace {
    #[serde(default)]
    pub(crate) part_number: Option<u32>,
    #[serde(default)]
    pub(crate) put_url: Option<String>,
    #[serde(default)]
    pub(crate) put_headers: Option<Vec<PutHeader>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PutHeader {
    pub(crate) name: String,
    pub(crate) value: String,
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
    pub(crate) fn version(&self) -> Version {
        self.latest_document_version.clone().unwrap_or_default()
    }

    /// Whether it lies in the trash, where it still answers like any other.
    pub(crate) fn is_trashed(&self) -> bool {
        self.deleted_at.as_deref().is_some_and(|at| !at.is_empty())
    }

    /// Whether it lies where it belongs. `None`: it does not say so.
    pub(crate) fn lies_in(&self, scope: Scope) -> Option<bool> {
        match scope {
            Scope::Matter(id) => id_of(&self.matter).map(|matter| matter.0 == id),
            Scope::Contact(id) => id_of(&self.contact).map(|contact| contact.0 == id),
            // Another folder may be one of the same matter or contact.
            Scope::Folder(id) => Some(true).filter(|_| id_of(&self.parent) == Some(FolderId(id))),
        }
    }

    /// Whether the latest version is not the first, so that the document stood
    /// there before it was begun.
    pub(crate) fn is_later_version(&self) -> bool {
        self.latest_document_version
            .as_ref()
            .and_then(|version| version.version_number)
            .is_some_and(|number| number > 1)
    }

    /// Whether the bytes of the latest version are there.
    pub(crate) fn is_complete(&self) -> bool {
        self.latest_document_version
            .as_ref()
            .is_some_and(|v| v.fully_uploaded == Some(true))
    }

    /// The digest that was recorded.
    pub(crate) fn sha256(&self) -> Option<&str> {
        value(&self.external_properties, SHA256)
    }
}

/// The body that creates a document or a version of one.
#[derive(Debug, Serialize)]
pub(crate) struct NewDocument<'r> {
    pub(crate) name: &'r str,
    pub(crate) parent: ParentBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document_category: Option<CategoryBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received_at: Option<&'r str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) external_properties: Vec<PropertyChange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) multiparts: Option<[Part; 1]>,
}

impl NewDocument<'_> {
    /// What to read back.
    pub(crate) fn fields(&self) -> Fields {
        match self.multiparts {
            None => CREATED,
            Some(_) => CREATED_IN_PARTS,
        }
    }
}

/// One part, announced.
#[derive(Debug, Serialize)]
pub(crate) struct Part {
    pub(crate) part_number: u32,
    /// In bytes; a text.
    pub(crate) content_length: String,
    /// In base64.
    pub(crate) content_md5: String,
}

/// The body that asks for a further part.
#[derive(Debug, Serialize)]
pub(crate) struct FurtherPart<'r> {
    pub(crate) uuid: &'r str,
    pub(crate) fully_uploaded: bool,
    pub(crate) multiparts: [Part; 1],
}

#[derive(Debug, Serialize)]
pub(crate) struct ParentBody {
    pub(crate) id: u64,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

impl ParentBody {
    pub(crate) fn of(scope: Scope) -> Self {
        let (id, kind) = match scope {
            Scope::Matter(id) => (id, "Matter"),
            Scope::Folder(id) => (id, "Folder"),
            Scope::Contact(id) => (id, "Contact"),
        };
        Self { id, kind }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct CategoryBody {
    pub(crate) id: CategoryId,
}

/// The body of the last step of an upload.
#[derive(Debug, Serialize)]
pub(crate) struct Finished<'r> {
    pub(crate) uuid: &'r str,
    pub(crate) fully_uploaded: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) external_properties: &'r [PropertyChange],
}

/// The body that changes external properties alone.
#[derive(Debug, Serialize)]
pub(crate) struct Properties<'r> {
    pub(crate) external_properties: &'r [PropertyChange],
}

/// A change of one external property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum PropertyChange {
    Create { name: &'static str, value: String },
    Update { id: PropertyId, value: String },
    Destroy { id: PropertyId, _destroy: bool },
}
