//! What one subscription sees of the account, and which events follow.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Webhook;
use crate::world::{MatterStatus, Resource, View, World};

/// What a subscription knows of one record.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    revision: u64,
    etag: String,
    shown: Value,
    status: Option<MatterStatus>,
    /// Whether an update was told already.
    updated: bool,
}

/// The records of a model that the sandbox has; a record in the trash counts as
/// deleted. Of the other models there are none.
fn records<'w>(world: &'w World, model: &str) -> Vec<(&'w dyn Resource, Option<MatterStatus>)> {
    fn plain<R: Resource>(record: &R) -> (&dyn Resource, Option<MatterStatus>) {
        (record, None)
    }
    match model {
        "contact" => world.contacts.values().map(plain).collect(),
        "matter" => world
            .matters
            .values()
            .map(|m| (m as &dyn Resource, Some(m.status)))
            .collect(),
        "document" => world
            .documents
            .values()
            .filter(|d| d.deleted.is_none())
            .map(plain)
            .collect(),
        "folder" => world
            .folders
            .values()
            .filter(|f| f.deleted.is_none())
            .map(plain)
            .collect(),
        _ => Vec::new(),
    }
}

impl Webhook {
    /// Compares the account with what was seen last, and remembers it. Returns
    /// the events with their data. An `updated` follows only where a requested
    /// field changed, or for the first update of a record, whatever changed.
    pub(crate) fn look(&mut self, world: &World) -> Vec<(&'static str, Value)> {
        let mut before = std::mem::take(&mut self.seen);
        let mut now = BTreeMap::new();
        let mut events = Vec::new();
        let view = View {
            world,
            token: &self.token,
            value_ids: None,
            issuing: false,
        };
        for (record, status) in records(world, &self.model) {
            let Some(stamp) = record.stamp() else {
                continue;
            };
            let old = before.remove(&stamp.id);
            if let Some(old) = &old
                && old.revision == stamp.revision
            {
                now.insert(stamp.id, old.clone());
                continue;
            }
            let shown = self.selection.project(&view, record);
            let mut updated = false;
            match &old {
                None => events.push(("created", shown.clone())),
                Some(old) => {
                    updated = true;
                    if !old.updated || old.shown != shown {
                        events.push(("updated", shown.clone()));
                    }
                }
            }
            if let Some(status) = status
                && old.as_ref().is_none_or(|o| o.status != Some(status))
            {
                let event = match status {
                    MatterStatus::Open => "matter_opened",
                    MatterStatus::Pending => "matter_pended",
                    MatterStatus::Closed => "matter_closed",
                };
                events.push((event, shown.clone()));
            }
            let seen = Seen {
                revision: stamp.revision,
                etag: stamp.etag(),
                shown,
                status,
                updated,
            };
            now.insert(stamp.id, seen);
        }
        for (id, gone) in before {
            events.push(("deleted", json!({"id": id, "etag": gone.etag})));
        }
        self.seen = now;
        events
    }
}
