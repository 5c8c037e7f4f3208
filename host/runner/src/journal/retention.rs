//! Retention: what is older than it is to be kept is taken out.
//!
//! Of the audit that is its beginning, up to a row. First a row is added that says
//! up to which, and with which code that one ended; only then are they deleted. So
//! the audit can be verified from there on, and nobody without the key can say
//! that rows were taken out by age which were not.
//!
//! What must stay true: killed at any point, the audit verifies; rows that are not
//! as they were written are not taken out, for they are what a person must see;
//! what waits or runs stays, whatever its age.

use rusqlite::{OptionalExtension as _, params};

use super::audit::SELF;
use super::chain::{AuditRow, Details};
use super::verify::Finding;
use super::{Journal, JournalError};
use crate::digest::hex;

/// The status of a row that says that rows were taken out.
pub(super) const ROWS_REMOVED: &str = "rows_removed";

/// How many rows are deleted in one transaction: others write between two.
const AT_ONCE: i64 = 500;

/// Up to where rows were taken out of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Removed {
    /// The last one.
    pub(super) through: u64,
    /// Its code, on which the first one left hangs.
    pub(super) code: Vec<u8>,
}

impl Removed {
    /// As a row says, which is genuine.
    pub(super) fn of(row: &AuditRow) -> Option<Self> {
        let details: Details = serde_json::from_str(&row.details).ok()?;
        let (through, code) = (details.removed_through?, details.removed_code);
        let byte = |at| u8::from_str_radix(code.get(at..at + 2)?, 16).ok();
        let code = (0..code.len())
            .step_by(2)
            .map(byte)
            .collect::<Option<_>>()?;
        // What is left hangs on what was before this row.
        (through < row.seq).then_some(Self { through, code })
    }
}

/// What was taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenOut {
    /// Rows of the audit.
    pub audit: u64,
    /// Why none of the audit was, where it is not as it was written.
    pub findings: Vec<Finding>,
    /// Runs that had ended, and what else is kept of them.
    pub others: u64,
}

/// What is remembered of the clock.
const CLOCK: (&str, &[&str]) = ("retention", &["clock"]);

impl Journal {
    /// What the clock said when it was last believed, in milliseconds since 1970;
    /// before that, what it said when the newest row of the audit was written.
    pub fn believed_clock(&self) -> Result<Option<i64>, JournalError> {
        if let Some(kept) = self.kept(CLOCK.0, CLOCK.1)? {
            let at: Option<i64> = serde_json::from_slice(&kept.value).ok();
            return at.map(Some).ok_or(JournalError::Sealed);
        }
        self.read(|connection| {
            let last = "SELECT at FROM audit ORDER BY seq DESC LIMIT 1";
            connection.query_row(last, [], |row| row.get(0)).optional()
        })
    }

    /// Remembers what the clock is believed to say.
    pub fn believe_clock(&self, at: i64) -> Result<(), JournalError> {
        let read = self.kept(CLOCK.0, CLOCK.1)?.map_or(0, |kept| kept.version);
        match self.keep(CLOCK.0, CLOCK.1, read, at.to_string().as_bytes()) {
            // Another process believes it as well.
            Err(JournalError::Conflict) => Ok(()),
            kept => kept.map(drop),
        }
    }

    /// Takes out what is older than `before`, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the journal cannot be used. What was taken out by then is.
    pub fn take_out(&self, before: i64) -> Result<TakenOut, JournalError> {
        let mut taken = self.take_out_audit(before)?;
        for delete in OTHERS {
            taken.others += self.delete_in_parts(delete, before)?;
        }
        Ok(taken)
    }

    fn take_out_audit(&self, before: i64) -> Result<TakenOut, JournalError> {
        let mut taken = TakenOut::default();
        // A clock may have been set back: what is taken out is a beginning.
        let last: Option<(i64, Vec<u8>)> = self.read(|connection| {
            let kept: Option<i64> = connection.query_row(
                "SELECT min(seq) FROM audit WHERE at >= ?",
                [before],
                |row| row.get(0),
            )?;
            connection
                .query_row(
                    "SELECT seq, mac FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT 1",
                    [kept.unwrap_or(i64::MAX)],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
        })?;
        let Some((through, code)) = last else {
            return Ok(taken);
        };
        let Ok(seq) = u64::try_from(through) else {
            return Ok(taken);
        };
        taken.findings = self.verify_through(seq)?;
        if !taken.findings.is_empty() {
            return Ok(taken);
        }
        let details = Details {
            removed_through: Some(seq),
            removed_code: hex(&code),
            ..Details::default()
        };
        self.append(AuditRow {
            // A struct of numbers and texts is always JSON.
            details: serde_json::to_string(&details).unwrap_or_default(),
            ..AuditRow::note(SELF, ROWS_REMOVED)
        })?;
        taken.audit = self.delete_in_parts(
            "DELETE FROM audit WHERE seq IN
             (SELECT seq FROM audit WHERE seq <= ? ORDER BY seq LIMIT ?)",
            through,
        )?;
        Ok(taken)
    }

    fn delete_in_parts(&self, delete: &str, bound: i64) -> Result<u64, JournalError> {
        let mut deleted = 0;
        loop {
            let part = self.write(|transaction| {
                transaction
                    .prepare_cached(delete)?
                    .execute(params![bound, AT_ONCE])
            })?;
            if part == 0 {
                self.make_durable()?;
                return Ok(deleted);
            }
            deleted += part as u64;
        }
    }
}

/// What else is kept of things that have ended. A repeat of what a run was added
/// for is taken once as long as the run stands.
const OTHERS: [&str; 3] = [
    "DELETE FROM runs WHERE seq IN
     (SELECT seq FROM runs WHERE status IN ('done', 'failed', 'cancelled') AND updated < ?
      LIMIT ?)",
    // One that is still to go out is needed, and it was added with the run that
    // brings it out.
    "DELETE FROM events WHERE seq IN
     (SELECT seq FROM events WHERE created < ? AND created < coalesce(
          (SELECT min(created) - 60000 FROM runs WHERE runs.connection = events.connection
           AND kind = 'event' AND status IN ('waiting', 'running', 'failed')),
          9223372036854775807)
      LIMIT ?)",
    "DELETE FROM inbox WHERE seq IN
     (SELECT seq FROM inbox WHERE acknowledged IS NOT NULL AND acknowledged < ? LIMIT ?)",
];
