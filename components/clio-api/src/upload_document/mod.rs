//! Documents and their bytes: `documents.upload` and `document-states.find`.
//!
//! An upload takes three steps that fail apart from each other: Clio notes the
//! document and hands out a URL, storage takes the bytes, Clio is told that
//! they are there. A document is recognised by an external property that holds
//! the caller's identifier; a second one holds the digest.

use crate::prelude::*;
mod buffered;
mod check;
mod content;
mod digest;
mod finish;
mod folders;
mod look;
mod parts;
mod storage;
#[cfg(test)]
mod tests;
mod upload;
mod version;
mod wire;

use crate::ids::{CategoryId, ContactId, DocumentId, FolderId, MatterId};

pub use look::find;
pub use upload::upload;
pub(crate) use wire::{
    Property as StoredProperty, SOURCE_ID as SOURCE_ID_PROPERTY, value as property_value,
};

/// Which documents to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindRequest {
    /// Where they belong.
    pub scope: Scope,
    /// Which ones: 1 to 1,000 identifiers.
    pub source_ids: Vec<String>,
}

/// Where documents belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A matter, its folders included.
    Matter(MatterId),
    /// A folder, the folders in it included.
    Folder(FolderId),
    /// A contact's own folder.
    Contact(ContactId),
}

/// What stands in Clio of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentState {
    /// The caller's identifier for it.
    pub source_id: String,
    /// What stands there.
    pub status: DocumentStatus,
    /// Its id. Absent when the document is.
    pub id: Option<DocumentId>,
    /// The SHA-256 that was recorded with it, in lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Other documents with the same source id, oldest first.
    pub others: Vec<DocumentId>,
}

/// What stands in Clio of one document. In this order the rows of one source
/// id are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentStatus {
    /// The document.
    Complete,
    /// The document, outside of the scope: somebody moved it.
    Moved,
    /// An upload that has not been finished.
    Incomplete,
    /// The document, in the trash.
    Trashed,
    /// Nothing.
    Absent,
}

/// A document that should stand in Clio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRequest {
    /// The caller's identifier for the document.
    pub source_id: String,
    /// When the caller first began this request (RFC 3339). Absent: now.
    pub began: Option<String>,
    /// Where it belongs.
    pub parent: Parent,
    /// The names of folders below the parent, from the outside in. They are made
    /// where they are missing. Empty: the parent itself.
    pub folder_path: Vec<String>,
    /// Its name in Clio, with the extension.
    pub name: String,
    /// Its bytes.
    pub content: DocumentContent,
    /// Where the bytes come from.
    pub provenance: Provenance,
    /// What an earlier look told about this source id.
    pub known: Option<DocumentState>,
    /// What to do when the document stands there with other bytes. Absent:
    /// report.
    pub on_change: Option<OnChange>,
    /// The document category.
    pub category: Option<Category>,
    /// When the firm received the document (RFC 3339).
    pub received_at: Option<String>,
}

/// Where a document belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// A matter.
    Matter(MatterId),
    /// A folder.
    Folder(FolderId),
    /// A contact's own folder.
    Contact(ContactId),
    /// An existing document, of which this becomes a new version.
    Document(DocumentId),
}

/// A document category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Category {
    /// By its id.
    Id(CategoryId),
    /// By its name, compared as a label.
    Name(String),
}

/// The bytes of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentContent {
    /// Where they are.
    pub source: ContentSource,
    /// Their number.
    pub length: Option<u64>,
    /// Their media type.
    pub media_type: Option<String>,
    /// Their SHA-256 in lower-case hexadecimal.
    pub sha256: Option<String>,
}

/// Where the bytes of a document are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentSource {
    /// Here. At most 1 MiB.
    Inline(Vec<u8>),
    /// At a URL.
    Url(String),
}

/// Where the bytes of a document come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provenance {
    /// A person made or checked the document.
    FromPerson,
    /// A machine made it, and a person approved exactly these bytes.
    Draft(Approval),
}

/// A person's approval of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who approved it.
    pub approver: String,
    /// When (RFC 3339).
    pub at: String,
    /// The SHA-256 of the approved bytes in lower-case hexadecimal.
    pub sha256: String,
}

/// What to do when the document stands there with other bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    /// Leave it.
    Report,
    /// Add the content as a new version.
    NewVersion,
}

/// The document that stands in Clio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadOutcome {
    /// Its id.
    pub id: DocumentId,
    /// What happened.
    pub disposition: UploadDisposition,
    /// How many bytes this call sent to storage.
    pub sent: u64,
    /// Other documents with the same source id, oldest first.
    pub others: Vec<DocumentId>,
    /// The folder that the path led to, where this call followed it.
    pub folder: Option<FolderId>,
    /// The category that a name led to, where this call looked for it.
    pub category: Option<CategoryId>,
}

/// What happened to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadDisposition {
    /// This call created it.
    Created,
    /// It stood there complete, with the same content.
    Linked,
    /// An earlier upload was interrupted, and this call completed it.
    Completed,
    /// It stands there with other content, and was left.
    Changed,
    /// It stands elsewhere, where somebody moved it, and was left.
    Moved,
    /// It stood there with other content, and this call added a version.
    NewVersion,
}
