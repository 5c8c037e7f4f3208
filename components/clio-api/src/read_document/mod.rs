//! What a document, one of its versions or a template holds:
//! `document-contents.read`.
//!
//! Clio answers a download with a redirect to its storage, which lies on
//! another origin and takes no credential. The redirect is followed by hand.
//! Few bytes are handed out as they are, many by the URL, so that memory does
//! not grow with a document.

use crate::prelude::*;
mod fetch;
mod read;
#[cfg(test)]
mod tests;
mod wire;

pub use read::read;

use crate::ids::{CategoryId, ContactId, DocumentId, FolderId, MatterId};

/// The most bytes that are handed out inline: 1 MiB.
pub const INLINE: u64 = 1 << 20;

/// What to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// The latest version of a document that is there whole.
    Document(DocumentId),
    /// One version of a document.
    Version {
        /// The document.
        document: DocumentId,
        /// The version's own id, not its number.
        version: u64,
    },
    /// A template of Clio's document automation.
    Template(u64),
}

/// How the bytes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Not at all.
    Metadata,
    /// By URL, however few they are.
    Url,
    /// Inline up to [`INLINE`], by URL beyond.
    Bytes,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOutcome {
    /// The id of the document or the template.
    pub id: u64,
    /// The document's name; a template has its file's.
    pub name: String,
    /// The name of the file.
    pub filename: Option<String>,
    /// Its media type, as Clio says it.
    pub media_type: Option<String>,
    /// How many bytes there are, where that is known.
    pub size: Option<u64>,
    /// The record's entity tag.
    pub etag: Option<String>,
    /// When the record was made, as Clio writes it.
    pub created_at: Option<String>,
    /// When the record was last changed, as Clio writes it.
    pub updated_at: Option<String>,
    /// Its category.
    pub category: Option<Category>,
    /// What only documents have.
    pub document: Option<DocumentFacts>,
    /// The bytes.
    pub content: Content,
}

/// A category of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Its name, where it may be seen.
    pub name: Option<String>,
}

/// What only documents have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFacts {
    /// Its matter.
    pub matter: Option<MatterId>,
    /// Its contact.
    pub contact: Option<ContactId>,
    /// Its folder.
    pub folder: Option<FolderId>,
    /// The version that was read.
    pub version: Option<VersionFacts>,
    /// The caller's identifier, where one was recorded.
    pub source_id: Option<String>,
    /// The SHA-256 that was recorded with the latest upload of ours.
    pub sha256: Option<String>,
    /// Whether it lies in the trash, where it still answers.
    pub trashed: bool,
    /// Whether the bytes of the version are all there.
    pub complete: bool,
    /// Whether a later version is still being uploaded.
    pub newer_unfinished: bool,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFacts {
    /// Its id.
    pub id: u64,
    /// Its number, from 1.
    pub number: Option<u64>,
    /// When it was made, as Clio writes it.
    pub created_at: Option<String>,
}

/// The bytes.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// They were not asked for.
    Withheld,
    /// All of them.
    Inline {
        /// The bytes.
        bytes: Vec<u8>,
        /// Their SHA-256 in lower-case hexadecimal.
        sha256: String,
        /// Whether the recorded digest is theirs.
        recorded: Recorded,
    },
    /// Where a `GET` without a credential gets them, for some minutes.
    Url(String),
}

/// Without the bytes, and without the URL, which is a key.
impl core::fmt::Debug for Content {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Withheld => "Withheld",
            Self::Inline { .. } => "Inline(..)",
            Self::Url(_) => "Url(..)",
        })
    }
}

/// How bytes compare with the digest that was recorded for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// They are the ones that were uploaded.
    Matches,
    /// They are others: somebody put a version there without us.
    Differs,
    /// None was recorded, or it is not this version's.
    Absent,
}
