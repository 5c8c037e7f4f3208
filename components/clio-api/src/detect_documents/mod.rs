//! New documents, each told once: `new-documents.detect`.
//!
//! Clio has no list of what is new. A poll keyed on creation times loses the
//! document whose upload finishes late, and the second one of two at a page's
//! edge; one keyed on changes repeats documents after an edit. So the cursor
//! remembers what was decided lately and what is still awaited.

use crate::prelude::*;
mod cursor;
mod detect;
mod hint;
#[cfg(test)]
mod history;
mod scan;
#[cfg(test)]
mod tests;
mod wire;

use crate::ids::{CategoryId, ContactId, DocumentId, FolderId, MatterId};

pub use detect::detect;

/// What to watch, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectRequest {
    /// What to watch.
    pub scope: WatchScope,
    /// From where on.
    pub start: Start,
    /// How many pages of up to 200 documents to read at most. Absent: 10.
    pub max_pages: Option<u32>,
    /// What a webhook's delivery was about. It goes with a cursor.
    pub hint: Option<Hint>,
}

/// What a webhook's delivery was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// Where to look.
    pub about: Hinted,
    /// How many looks the delivery has had before.
    pub look: u32,
}

/// Where a hint leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hinted {
    /// To the documents of a matter.
    Matter(MatterId),
    /// To one document.
    Document(DocumentId),
}

/// What to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchScope {
    /// The whole account.
    Account,
    /// One matter, its folders included.
    Matter(MatterId),
    /// One folder, the folders in it included.
    Folder(FolderId),
    /// One document category.
    Category(CategoryId),
}

/// From where on to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// From this call on.
    Now,
    /// From the first document on.
    Beginning,
    /// What was created at this instant (RFC 3339) or later.
    Since(String),
    /// From the last call on.
    Cursor(String),
}

/// What is new, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectOutcome {
    /// The new documents, by ascending id.
    pub documents: Vec<NewDocument>,
    /// Where the next call goes on.
    pub cursor: String,
    /// Whether the scan stopped at `max_pages`.
    pub more: bool,
    /// After a hint: when to look again, in milliseconds.
    pub look_again_ms: Option<u32>,
    /// How many documents are watched until they become complete.
    pub waiting: u32,
    /// How many of those were given up in this call.
    pub dropped: u32,
}

/// A new document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// Its id.
    pub id: DocumentId,
    /// Its name.
    pub name: String,
    /// The matter it belongs to.
    pub matter: Option<MatterId>,
    /// The contact it belongs to.
    pub contact: Option<ContactId>,
    /// The folder it lies in.
    pub folder: Option<FolderId>,
    /// Its document category.
    pub category: Option<CategoryId>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its size in bytes, below 2 GiB.
    pub size: Option<u64>,
    /// When it was created (RFC 3339).
    pub created_at: String,
    /// The source id it was uploaded with.
    pub source_id: Option<String>,
}
