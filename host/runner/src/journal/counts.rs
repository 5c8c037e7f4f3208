//! How much of everything stands in the journal, for who watches over it.

use super::runs::FOR_A_PERSON;
use super::{Journal, JournalError, now};

/// What stands there now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs that have not ended: kind, status, how many.
    pub open: Vec<(String, String, i64)>,
    /// Runs that failed and wait for a person.
    pub failed: i64,
    /// For how long the oldest run that is due has been, in milliseconds.
    pub behind_ms: i64,
}

impl Journal {
    /// Counts, without reading what has ended.
    pub fn counts(&self) -> Result<Counts, JournalError> {
        let now = now();
        self.read(|connection| {
            let open = connection
                .prepare_cached(
                    "SELECT kind, status, count(*) FROM runs
                     WHERE status IN ('waiting', 'running') GROUP BY kind, status",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let failed = connection.query_row(
                &format!("SELECT count(*) FROM runs WHERE {FOR_A_PERSON}"),
                [],
                |row| row.get(0),
            )?;
            // One that is due at once has been since it was added.
            let oldest: Option<i64> = connection
                .prepare_cached(
                    "SELECT min(max(due, created)) FROM runs WHERE status = 'waiting' AND due <= ?",
                )?
                .query_row([now], |row| row.get(0))?;
            Ok(Counts {
                open,
                failed,
                behind_ms: oldest.map_or(0, |due| (now - due).max(0)),
            })
        })
    }

    /// Whether the journal can be read, and keeps what is written to it.
    pub fn check(&self) -> Result<(), JournalError> {
        self.whole()?;
        self.read(|connection| {
            connection.query_row("SELECT count(*) FROM api_keys", [], |_| Ok(()))
        })
    }
}
