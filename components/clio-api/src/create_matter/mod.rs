//! Matters: `create-matter.create` and `.resolve`, and what a change of one shares with them.
//!
//! Clio cannot filter matters by their client reference, so the client's
//! matters are listed and compared. What a stage and a practice area have to do
//! with each other is checked before anything is written.

pub(crate) mod check;
mod create;
mod look;
pub(crate) mod resolve;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use clio_types::create_matter::{
    CreateOutcome, CreateRequest, MatterMatch, MatterStage, Numbering, OnRemoved, ResolveOutcome,
    ResolveRequest,
};
use clio_types::types::{MatterStatus, RecordRef};

pub use create::create;
pub use resolve::resolve;
pub(crate) use wire::status_of_answer;

/// A stage by its id or its name. One that was resolved is looked up like any
/// other id, unless it goes with its practice area.
fn named(stage: &MatterStage) -> RecordRef {
    match stage {
        MatterStage::Id(id) | MatterStage::Resolved(id) => RecordRef::Id(*id),
        MatterStage::Name(name) => RecordRef::Name(name.clone()),
    }
}
