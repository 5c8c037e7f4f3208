//! Matters: `matters.create` and `matter_changes.update`.
//!
//! Clio cannot filter matters by their client reference, so the client's
//! matters are listed and compared. What a stage and a practice area have to do
//! with each other is checked before anything is written.

use crate::prelude::*;
mod check;
mod create;
mod look;
mod resolve;
#[cfg(test)]
mod tests;
mod update;
mod wire;

use crate::Disposition;
use crate::ids::{ContactId, CustomFieldId, MatterId};

pub use create::create;
pub use resolve::resolve;
pub use update::update;
pub(crate) use wire::{status as status_in_body, status_of_answer};

/// A matter that should stand in Clio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateRequest {
    /// The caller's identifier for the matter, kept as its client reference.
    pub source_id: String,
    /// When the caller first began this request (RFC 3339). Absent: now.
    pub began: Option<String>,
    /// The client.
    pub client: ContactId,
    /// Whether the client was created just now, so that no matter of theirs can
    /// stand in Clio. True for one call alone.
    pub client_is_new: bool,
    /// What the matter is about.
    pub title: String,
    /// The firm's own number for the case.
    pub case_number: Option<String>,
    /// How the account numbers matters. Absent: automatic.
    pub numbering: Option<Numbering>,
    /// The practice area.
    pub practice_area: Option<Named>,
    /// The stage. It must belong to the practice area.
    pub matter_stage: Option<MatterStage>,
    /// The status to begin with. Absent: Clio's default.
    pub status: Option<MatterStatus>,
    /// The matter that an earlier call returned.
    pub known_id: Option<MatterId>,
    /// Other contacts that match the client: their matters count too.
    pub other_clients: Vec<ContactId>,
    /// Whether to look for all that match, and settle on the lowest id.
    pub find_others: bool,
    /// The text custom field that holds the source id.
    pub marker_field: Option<CustomFieldId>,
    /// What to do when the known matter was removed. Absent: fail.
    pub on_removed: Option<OnRemoved>,
}

/// What a matter would get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveRequest {
    /// The practice area.
    pub practice_area: Option<Named>,
    /// The stage. A name needs the practice area.
    pub matter_stage: Option<Named>,
}

/// What stands in Clio of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResolveOutcome {
    /// The id of the practice area. Absent when neither was asked for.
    pub practice_area: Option<u64>,
    /// The id of the stage. Absent when none was asked for.
    pub matter_stage: Option<u64>,
}

/// How an account numbers its matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// Clio makes the display number.
    Automatic,
    /// The firm makes it.
    Manual,
}

/// A practice area or a stage, by id or by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Its id in Clio.
    Id(u64),
    /// Its name, compared as a label.
    Name(String),
}

/// The stage of a matter that is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatterStage {
    /// One to look up.
    Named(Named),
    /// The id that [`resolve`] returned for the practice area of the request.
    Resolved(u64),
}

/// The status of a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MatterStatus {
    Open,
    Pending,
    Closed,
}

/// What to do when a known matter was removed in Clio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRemoved {
    /// Make it again.
    Create,
}

/// The matter that stands in Clio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOutcome {
    /// Its id.
    pub id: MatterId,
    /// Its number as Clio shows it.
    pub display_number: Option<String>,
    /// Whether this call created it.
    pub disposition: Disposition,
    /// How an existing matter was recognised.
    pub matched_by: Option<MatterMatch>,
    /// Other matters that match as well, oldest first.
    pub others: Vec<MatterId>,
}

/// How an existing matter was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatterMatch {
    /// By the id that the caller knew.
    KnownId,
    /// By the source id in its marker field.
    Marker,
    /// By its client reference.
    Reference,
}

/// What a matter should be. What is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRequest {
    /// The matter.
    pub matter: MatterId,
    /// The entity tag of the state that the caller saw. Absent: the state that
    /// the call itself reads.
    pub etag: Option<String>,
    /// Its status.
    pub status: Option<MatterStatus>,
    /// Its description.
    pub description: Option<String>,
    /// Its practice area.
    pub practice_area: Option<Named>,
    /// Its stage, which must belong to the practice area.
    pub matter_stage: Option<Named>,
    /// Who is responsible for it.
    pub responsible_attorney: Option<Attorney>,
    /// Who brought it in.
    pub originating_attorney: Option<Attorney>,
}

/// An attorney of a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attorney {
    /// The id of a user.
    Id(u64),
    /// None, which Clio's API cannot do: it is refused.
    Clear,
}

/// What became of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateOutcome {
    /// The entity tag of its present state.
    pub etag: Option<String>,
    /// Whether this call changed it. Otherwise all stood already.
    pub changed: bool,
}
