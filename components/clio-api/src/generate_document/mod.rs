//! Clio's document automation: `document-automations.templates`, `.start` and
//! `.follow`.
//!
//! A template and a matter become documents some seconds later. Clio has no
//! place for the caller's identifier on an automation, so one that stands is
//! told by what it was asked for, and when.

use crate::prelude::*;
mod formats;
mod read;
mod start;
#[cfg(test)]
mod tests;
mod wire;

pub use read::{follow, templates};
pub use start::start;

use crate::Disposition;
use crate::ids::{CategoryId, DocumentId, MatterId};

/// A file that documents are generated from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: u64,
    /// The name of the file.
    pub filename: String,
    /// Its media type, as Clio says it.
    pub media_type: Option<String>,
    /// Its category.
    pub category: Option<CategoryId>,
    /// When it was last changed, as Clio writes it.
    pub updated_at: Option<String>,
}

/// One page of templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    /// The templates, oldest first.
    pub templates: Vec<Template>,
    /// Where the next page begins, if there is one.
    pub cursor: Option<String>,
}

/// A form that documents are generated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The template's own.
    Original,
    /// PDF.
    Pdf,
}

/// What to generate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// The caller's identifier. Clio has no place for it.
    pub source_id: String,
    /// When the caller began, as RFC 3339. Absent: now.
    pub began: Option<String>,
    /// The matter.
    pub matter: MatterId,
    /// The template's id.
    pub template: u64,
    /// What the documents are to be called, without an extension.
    pub filename: String,
    /// In which forms.
    pub formats: Vec<Format>,
}

/// An automation that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartOutcome {
    /// The automation.
    pub automation: Automation,
    /// Whether this call started it.
    pub disposition: Disposition,
    /// Other automations for the same, oldest first.
    pub others: Vec<u64>,
}

/// How far an automation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automation {
    /// Its id.
    pub id: u64,
    /// How far it is.
    pub state: State,
    /// What it made so far.
    pub documents: Vec<Generated>,
    /// In how many milliseconds to look again. Absent: it has ended.
    pub look_again_ms: Option<u64>,
}

/// The state of an automation. The last three are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was asked for.
    NotStarted,
    /// It waits.
    Queued,
    /// It runs.
    InProgress,
    /// It ended, and there was nothing to generate.
    Empty,
    /// It ended without documents.
    Failed,
    /// It ended with its documents.
    Completed,
}

/// A document that was generated: a machine's draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Its id.
    pub id: DocumentId,
    /// Its name, where it may be seen.
    pub name: Option<String>,
}
