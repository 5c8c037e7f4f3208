//! Reviews: what a machine made, and what a person approved of it.
//!
//! A draft goes into Clio only after a person approved exactly its bytes, and no
//! input of a call proves that. So a host is given a [`Reviews`], which knows. One
//! without takes no draft at all, and takes every other document for a person's.
//!
//! What must stay true: an approval is for exact bytes, in the place and under the
//! source id that it is asked for.

use clio_types::upload_document::{Approval, Parent};

/// Who knows what a machine made and what a person approved.
///
/// Called on a thread that may block. An account is told as
/// [`Connection::account`](crate::Connection::account) tells it.
pub trait Reviews: Send + Sync + 'static {
    /// Whether a machine made it for this account.
    ///
    /// # Errors
    /// When it cannot be known: then the call fails.
    fn is_machine_made(&self, account: &str, made: Made) -> Result<bool, ReviewsError>;

    /// Remembers that a machine made it for this account; `by` is the action's
    /// name. It must survive the end of the machine at once.
    ///
    /// # Errors
    /// When it could not be kept: then the result is not told.
    fn remember(&self, account: &str, made: Made, by: &str) -> Result<(), ReviewsError>;

    /// A person's approval of these bytes for this place. `None`: nobody approved
    /// that, or it is over, or the draft stands under another source id.
    ///
    /// Unless it is for a dry run, the draft belongs to the source id from then on.
    ///
    /// # Errors
    /// When it cannot be known: then the call fails.
    fn approval(&self, draft: &DraftUpload<'_>) -> Result<Option<Approval>, ReviewsError>;

    /// Remembers that an approved draft stands in Clio as this document.
    ///
    /// # Errors
    /// When it could not be kept. The upload is done all the same.
    fn uploaded(&self, draft: &DraftUpload<'_>, document: u64) -> Result<(), ReviewsError>;
}

/// What a machine made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Made {
    /// Bytes, by their SHA-256.
    Bytes([u8; 32]),
    /// A document in Clio, by its id.
    Document(u64),
}

/// A draft that is about to be uploaded.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct DraftUpload<'a> {
    /// The account.
    pub account: &'a str,
    /// Where the document is to stand.
    pub parent: &'a Parent,
    /// The caller's identifier for it.
    pub source_id: &'a str,
    /// The SHA-256 of its bytes.
    pub sha256: &'a [u8; 32],
    /// Whether nothing will be written.
    pub dry_run: bool,
}

/// Why the reviews cannot be used: a message for people, without client data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reviews of drafts cannot be used: {0}")]
pub struct ReviewsError(pub String);
