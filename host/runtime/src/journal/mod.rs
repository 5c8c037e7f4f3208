//! What is kept of each call: the audit.
//!
//! A host that is given a [`Journal`] writes two entries for each call: one
//! before anything is sent, one at the end. So a call whose process was killed
//! shows as begun and never ended, and what it may have written can be looked
//! up by its correlation id. The first is durable before a write leaves: so the
//! same holds where the power went. A call that only reads waits for no disk
//! before its end.
//!
//! What must stay true: an entry holds ids, counts, digests and codes, and
//! never a name, an address, a field value, a document name or a token. It can
//! hold none, for no member takes free text of a guest or of Clio.

mod intent;
mod memory;
mod writer;

use std::time::SystemTime;

pub(crate) use self::intent::Intent;
pub use self::memory::MemoryJournal;
pub(crate) use self::writer::JournalWriter;

/// Where the audit goes.
///
/// Called on a thread of the host's own, one entry at a time and in order, so
/// that it may block.
pub trait Journal: Send + Sync + 'static {
    /// Adds an entry. It must survive the end of the process at once, and that of
    /// the machine when [`Journal::sync`] has returned.
    ///
    /// # Errors
    /// When it could not be kept. A call whose first entry is not kept is not
    /// made.
    fn append(&self, entry: &AuditEntry) -> Result<(), JournalError>;

    /// Makes durable what was added: it must survive the end of the machine.
    ///
    /// Called before the first write of a call leaves and once a call has ended,
    /// for several calls at once where several wait. A journal whose entries are
    /// durable when they are added has nothing to do here.
    ///
    /// # Errors
    /// When it could not be done. A write whose call's first entry is not durable
    /// does not leave.
    fn sync(&self) -> Result<(), JournalError>;
}

/// Why an entry was not kept: a message for people, without client data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct JournalError(pub String);

impl JournalError {
    /// Of a sync: what was added may be lost, and no later sync says that it is not.
    fn not_durable(self) -> Self {
        Self(format!(
            "{}; nothing more is written to it: check the disk and the room on it, then start again",
            self.0
        ))
    }

    fn gone() -> Self {
        Self("its thread ended early".into())
    }
}

/// How far a call got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditStatus {
    /// It is about to begin.
    Begun,
    /// It returned a result.
    Done,
    /// It failed; the code says how.
    Failed,
    /// It was a dry run: nothing was written.
    DryRun,
    /// Nobody waited for it any more. What it sent may stand in Clio.
    Cancelled,
}

impl AuditStatus {
    /// Its name, as it stands in a journal: `begun`, `done`, `failed`,
    /// `dry_run`, `cancelled`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::DryRun => "dry_run",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One entry of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// When, by this machine's clock.
    pub at: SystemTime,
    /// The call's correlation id, which its logs and its error carry, too.
    pub correlation: String,
    /// The action's name; of a component that is not of this project its digest,
    /// `sha256:` and hexadecimal digits, whatever it calls itself.
    pub action: String,
    /// The connection's name, or its origin where it has none.
    pub connection: String,
    /// The account that it led to: its origin and, where it is known, its id,
    /// such as `https://eu.app.clio.com#31`.
    pub account: String,
    /// How far the call got.
    pub status: AuditStatus,
    /// The error's code, such as `not_found` or `execution_failed:deadline`.
    pub code: Option<String>,
    /// The ids in Clio that the result named.
    pub ids: Vec<u64>,
    /// The writes that left, in order.
    pub writes: Vec<Write>,
    /// The SHA-256 of each content that was lent to the call, where the caller
    /// told it.
    pub digests: Vec<[u8; 32]>,
    /// Requests to Clio, repetitions not counted.
    pub requests: u32,
    /// Bytes of request bodies.
    pub sent: u64,
    /// Bytes of answers.
    pub received: u64,
    /// Requests that were denied.
    pub denied: u32,
}

/// A request that was no read, as it left: to Clio, or to storage that Clio
/// named.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Write {
    /// The method.
    pub method: String,
    /// The path, with `{id}` for what stands in its place; of storage the origin
    /// alone, since names of files stand in its paths.
    pub path: String,
    /// The id in the path, or else the id in the answer.
    pub id: Option<u64>,
    /// The status that Clio answered; none when its answer was lost, so that
    /// the write may stand there or not.
    pub status: Option<u16>,
}

/// A correlation id that no other call has: 24 hexadecimal digits.
pub(crate) fn new_correlation() -> String {
    format!("{:024x}", rand::random::<u128>() >> 32)
}
