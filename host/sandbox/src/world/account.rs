//! The firm's account, by which two connections are told apart.

use jiff::Timestamp;

use super::{Member, Resource, Stamp, View};

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    stamp: Stamp,
    pub(crate) name: String,
}

impl Account {
    pub(crate) fn new(id: u64, name: &str) -> Self {
        let stamp = Stamp {
            id,
            created: Timestamp::UNIX_EPOCH,
            updated: Timestamp::UNIX_EPOCH,
            revision: 0,
        };
        Self {
            stamp,
            name: name.to_owned(),
        }
    }
}

impl Default for Account {
    fn default() -> Self {
        Self::new(200_001, "Sandbox LLP")
    }
}

impl Resource for Account {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, _: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "name" => Member::text(&self.name),
            "state" => Member::text("active"),
            _ => Member::Absent,
        }
    }
}
