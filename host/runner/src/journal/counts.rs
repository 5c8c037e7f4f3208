//! How much of everything stands in the journal, for who watches over it.

use std::io::Write as _;

use super::runs::FOR_A_PERSON;
use super::{Journal, JournalError, now};

/// How many bytes are written to see whether there is room.
const TRIED: usize = 64 * 1024;

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

    /// Whether the journal can be read, and takes what is written to it: something
    /// small is, beside it and into it.
    pub fn check(&self) -> Result<(), JournalError> {
        let tried = tempfile::tempfile_in(&self.folder);
        let tried = tried.and_then(|mut file| file.write_all(&[0; TRIED]));
        tried.map_err(|error| JournalError::Io {
            path: self.folder.clone(),
            error,
        })?;
        self.write(|transaction| {
            transaction.query_row("SELECT count(*) FROM api_keys", [], |_| Ok(()))?;
            transaction
                .prepare_cached(
                    "INSERT INTO kept (kind, name, version, at, sealed) VALUES ('check', x'00', 1, ?, x'')
                     ON CONFLICT DO UPDATE SET at = excluded.at",
                )?
                .execute([now()])?;
            Ok(())
        })
    }
}
