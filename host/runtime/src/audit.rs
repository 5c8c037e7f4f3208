//! The audit of one call: the two entries that its journal gets.

use std::sync::Arc;
use std::time::SystemTime;

use crate::connection::Connection;
use crate::digest::Identity;
use crate::error::CallError;
use crate::journal::{AuditEntry, AuditStatus, Intent, JournalError, JournalWriter, Write};
use crate::stats::CallStats;

/// The most ids of one entry: a component of someone else decides how many its
/// result names.
const MOST_IDS: usize = 1000;

/// Writes the entries of one call; where the call is dropped in between, says
/// so. Does nothing in a host without a journal.
pub(crate) struct Recorder {
    /// Where it goes, and the entry to come, until it is written.
    pending: Option<(Arc<JournalWriter>, AuditEntry)>,
    dry: bool,
}

impl Recorder {
    /// Writes that a call is about to begin.
    ///
    /// # Errors
    /// When that cannot be kept: then the call must not begin.
    pub(crate) async fn begin(
        journal: Option<Arc<JournalWriter>>,
        action: &Identity,
        connection: &Connection,
        correlation: &str,
        digests: Vec<[u8; 32]>,
        dry: bool,
    ) -> Result<Self, JournalError> {
        let Some(journal) = journal else {
            return Ok(Self { pending: None, dry });
        };
        let entry = AuditEntry {
            at: SystemTime::now(),
            correlation: correlation.to_owned(),
            action: action.to_string(),
            connection: connection.label(),
            account: connection.account(),
            status: AuditStatus::Begun,
            code: None,
            ids: Vec::new(),
            writes: Vec::new(),
            digests,
            requests: 0,
            sent: 0,
            received: 0,
            denied: 0,
        };
        journal.append(entry.clone()).await?;
        let pending = Some((journal, entry));
        Ok(Self { pending, dry })
    }

    /// What the call's writes wait for.
    pub(crate) fn intent(&self) -> Intent {
        Intent::new(self.pending.as_ref().map(|(journal, _)| journal))
    }

    /// Whether there is an entry to write when the call ends.
    pub(crate) fn is_recording(&self) -> bool {
        self.pending.is_some()
    }

    /// Writes how the call ended. That it cannot be kept is logged and does not
    /// change the result: what was written stands in Clio all the same.
    pub(crate) async fn end(
        mut self,
        result: Result<Vec<u64>, &CallError>,
        stats: &CallStats,
        writes: Vec<Write>,
        withheld: bool,
    ) {
        let Some((journal, mut entry)) = self.pending.take() else {
            return;
        };
        entry.at = SystemTime::now();
        entry.writes = writes;
        entry.requests = stats.traffic.api_requests;
        entry.sent = stats.traffic.sent;
        entry.received = stats.traffic.received;
        match result {
            Ok(ids) => {
                entry.status = AuditStatus::Done;
                entry.ids = ids;
                entry.ids.truncate(MOST_IDS);
            }
            Err(error) => {
                entry.status = AuditStatus::Failed;
                entry.code = Some(error.code());
                entry.denied = u32::try_from(error.denied().len()).unwrap_or(u32::MAX);
            }
        }
        if self.dry {
            entry.status = AuditStatus::DryRun;
            // That a write was held back is what a dry run is for.
            if withheld {
                entry.code = None;
            }
        }
        let _ = journal.append_durably(entry).await;
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some((journal, mut entry)) = self.pending.take() {
            entry.at = SystemTime::now();
            entry.status = AuditStatus::Cancelled;
            journal.append_later(entry);
        }
    }
}
