//! What is remembered of one client, whichever case they come from.
//!
//! A client with an identifier of their own is one contact in one home: the
//! second case of theirs finds the contact by what the first remembered, also
//! where Clio has nothing to find it by.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Asked, Kept, Memory, Remembered, StateError, Who, namesakes, written};
use crate::failure::Failure;
use crate::lock::ClientLocks;

/// How many other contacts that match a client are remembered.
const MOST_OTHERS: usize = 20;

/// What is remembered of one client in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRecord {
    format: u32,
    scope: String,
    source_id: String,
    /// When this home first asked for them, in any case.
    pub began: Timestamp,
    /// The contact that stands for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<u64>,
    /// Other contacts that matched as well, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<u64>,
    /// Whom the source id stood for.
    #[serde(default)]
    pub who: Who,
    /// What was asked of the contact.
    #[serde(default, skip_serializing_if = "Asked::is_empty")]
    pub asked: Asked,
    /// Whether the contact was created, and nobody has looked since whether
    /// another machine created it at the same instant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub look_again: bool,
}

impl Remembered for ClientRecord {
    const WHAT: &'static str = "client";
    const KIND: &'static str = "client";
    const FORMATS: &'static [u32] = &[1];

    fn is_of(&self, scope: &str, name: &str) -> bool {
        self.scope == scope && self.source_id == name
    }
}

impl ClientRecord {
    /// What is remembered of a client, without waiting for whoever works on them.
    pub fn glance(memory: &Memory, source_id: &str) -> Result<Option<Self>, StateError> {
        Ok(memory.read(source_id)?.map(|(_, record)| record))
    }

    fn new(memory: &Memory, source_id: &str, began: Timestamp) -> Self {
        Self {
            format: written(Self::FORMATS),
            scope: memory.scope.clone(),
            source_id: source_id.to_owned(),
            began,
            contact: None,
            others: Vec::new(),
            who: Who::default(),
            asked: Asked::default(),
            look_again: false,
        }
    }
}

/// What is remembered of one client. Holds their locks: whoever has this is the
/// only one who works on anybody who could be meant.
#[derive(Debug)]
pub struct ClientState {
    kept: Kept<ClientRecord>,
    _locks: ClientLocks,
}

impl ClientState {
    /// Waits until nobody works on the client, and reads what is remembered.
    /// Where nothing is, a record is made that began at `now`; it is not written
    /// yet.
    pub async fn take(
        memory: &Memory,
        source_id: &str,
        who: &Who,
        now: Timestamp,
        quiet: bool,
    ) -> Result<Self, Failure> {
        let own = memory.digest("client", source_id);
        let keys = who.keys().chain([own.as_str()]);
        let locks = ClientLocks::take(memory.journal.locks(), keys, quiet).await?;
        let kept = Kept::read(memory, source_id, || {
            ClientRecord::new(memory, source_id, now)
        })?;
        Ok(Self {
            kept,
            _locks: locks,
        })
    }

    pub fn record(&self) -> &ClientRecord {
        &self.kept.record
    }

    /// The record, where one is remembered.
    pub fn remembered(&self) -> Option<&ClientRecord> {
        (self.kept.version > 0).then_some(&self.kept.record)
    }

    /// Contacts of the same name that are known under another source id, except
    /// for the one that is known to stand for this client.
    pub fn namesakes(&self, who: &Who) -> Result<Vec<u64>, StateError> {
        let kept = &self.kept;
        let mut others = namesakes::others(&kept.memory, who.names(), &kept.name)?;
        others.retain(|other| Some(*other) != kept.record.contact);
        Ok(others)
    }

    /// Changes the record and writes it, so that it stands on disk when this
    /// returns.
    pub fn update(&mut self, change: impl FnOnce(&mut ClientRecord)) -> Result<(), StateError> {
        self.kept.update(change)
    }

    /// Puts the record back as it was before, or away where there was none: what
    /// it says of a client for whom nothing was written is not true.
    pub fn restore(&mut self, before: Option<ClientRecord>) -> Result<(), StateError> {
        match before {
            Some(before) => self.update(|record| *record = before),
            None => {
                self.kept.version = 0;
                self.kept.memory.forget::<ClientRecord>(&self.kept.name)
            }
        }
    }

    /// Remembers the contact that stands for the client, and what else matched.
    pub fn found(
        &mut self,
        who: &Who,
        id: u64,
        others: &[u64],
        change: impl FnOnce(&mut ClientRecord),
    ) -> Result<(), StateError> {
        self.update(|record| {
            record.contact = Some(id);
            record.others.extend_from_slice(others);
            record.others.retain(|other| *other != id);
            record.others.sort_unstable();
            record.others.dedup();
            record.others.truncate(MOST_OTHERS);
            record.who.add(who);
            change(record);
        })?;
        namesakes::remember(&self.kept.memory, who.names(), &self.kept.name, id)
    }
}

/// Forgets a client, whether what is remembered of them can be read or not.
pub(super) fn forget(memory: &Memory, source_id: &str) -> Result<(), StateError> {
    if let Ok(Some((_, record))) = memory.read::<ClientRecord>(source_id) {
        namesakes::forget(memory, record.who.names(), source_id)?;
    }
    memory.forget::<ClientRecord>(source_id)
}
