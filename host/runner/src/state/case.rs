//! What is remembered of one case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Asked, Kept, Memory, Remembered, StateError, client, written};
use crate::lock::Lock;

/// The formats of a case's record that are read. The last is written: it knows
/// what was asked, and whether the matter was looked for again.
pub(super) const FORMATS: [u32; 2] = [1, 2];
/// The kind under which the journal keeps cases.
pub(super) const KIND: &str = "case";

/// What is remembered of one case in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRecord {
    format: u32,
    /// The account that the ids belong to, or Clio's origin where none is known.
    origin: String,
    /// The case's own identifier.
    source_id: String,
    /// When the first run began: the same on every repetition.
    pub began: Timestamp,
    /// The contact that stands for the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<KnownContact>,
    /// The matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<u64>,
    /// A digest of the values that were written into the client's fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_fields: Option<String>,
    /// The same of the matter's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter_fields: Option<String>,
    /// What was asked of the matter and of the documents, the latter by their
    /// identifiers.
    #[serde(default, skip_serializing_if = "Asked::is_empty")]
    pub asked: Asked,
    /// Whether the matter was created, and nobody has looked since whether
    /// another machine created it at the same instant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub look_again: bool,
}

/// A contact, and whom it stood for when it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownContact {
    pub source_id: String,
    pub id: u64,
}

impl CaseRecord {
    pub fn new(origin: &str, source_id: &str, began: Timestamp) -> Self {
        Self {
            format: written(&FORMATS),
            origin: origin.to_owned(),
            source_id: source_id.to_owned(),
            began,
            contact: None,
            matter: None,
            client_fields: None,
            matter_fields: None,
            asked: Asked::default(),
            look_again: false,
        }
    }
}

impl Remembered for CaseRecord {
    const WHAT: &'static str = "case";
    const KIND: &'static str = KIND;
    const FORMATS: &'static [u32] = &FORMATS;

    fn is_of(&self, scope: &str, name: &str) -> bool {
        self.origin == scope && self.source_id == name
    }
}

/// What is remembered of one case. Holds the case's lock: whoever has this is
/// the only one who works on the case.
#[derive(Debug)]
pub struct CaseState {
    kept: Kept<CaseRecord>,
    lock: Lock,
}

impl CaseState {
    /// Reads what is remembered of a case whose lock is held. Where nothing is,
    /// a record is made that began at `now`; it is not written yet.
    pub fn read(
        memory: &Memory,
        lock: Lock,
        source_id: &str,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        let new = || CaseRecord::new(&memory.scope, source_id, now);
        let kept = Kept::read(memory, source_id, new)?;
        Ok(Self { kept, lock })
    }

    /// Begins anew, whatever stood there of the case and of its client, readable
    /// or not.
    pub fn forget(
        memory: &Memory,
        lock: Lock,
        source_id: &str,
        client: &str,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        client::forget(memory, client)?;
        memory.forget::<CaseRecord>(source_id)?;
        Self::read(memory, lock, source_id, now)
    }

    pub fn record(&self) -> &CaseRecord {
        &self.kept.record
    }

    pub fn memory(&self) -> &Memory {
        &self.kept.memory
    }

    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Changes the record and writes it, so that it stands on disk when this
    /// returns.
    pub fn update(&mut self, change: impl FnOnce(&mut CaseRecord)) -> Result<(), StateError> {
        self.kept.update(|record| {
            change(record);
            record.format = written(&FORMATS);
        })
    }
}
