//! How contacts are related to matters beside the client: opposing counsel, a
//! judge, a spouse. The role is a text that the firm writes.

use super::{Contact, Matter, Member, Resource, Stamp, View, World, record};

/// A contact that is related to a matter.
#[derive(Debug, Clone)]
pub(crate) struct Relationship {
    pub(crate) stamp: Stamp,
    pub(crate) matter: u64,
    pub(crate) contact: u64,
    /// The role, such as `Opposing counsel`.
    pub(crate) description: String,
}

record!(Relationship in relationships, "Relationship");

impl Resource for Relationship {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "description" => Member::text(&self.description),
            "matter" => view.record::<Matter>(self.matter),
            "contact" => view.record::<Contact>(self.contact),
            _ => Member::Absent,
        }
    }
}
