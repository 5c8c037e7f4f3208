//! A browser's sessions: who signed in with which key, and until when.
//!
//! What the browser holds is random and long, and only its SHA-256 stands here. A
//! session ends with its key.

use rusqlite::{OptionalExtension as _, params};

use super::api_keys::{ApiKey, COLUMNS, from_sql};
use super::{Journal, JournalError, now};
use crate::digest::{Digest, hex};

/// How long a session lasts, in milliseconds: a working day.
pub const LIFE: i64 = 12 * 60 * 60 * 1000;

impl Journal {
    /// Begins a session, and returns what the browser is to hold.
    pub fn add_session(&self, key: &ApiKey) -> Result<String, JournalError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| JournalError::Sealed)?;
        let token = hex(&bytes);
        let now = now();
        self.write(|transaction| {
            transaction.execute("DELETE FROM sessions WHERE expires <= ?", [now])?;
            transaction.execute(
                "INSERT INTO sessions (hash, api_key, created, expires) VALUES (?, ?, ?, ?)",
                params![Digest::of(token.as_bytes()).0, key.id, now, now + LIFE],
            )
        })?;
        Ok(token)
    }

    /// The key that a session was begun with, while both last.
    pub fn session_key(&self, token: &str) -> Result<Option<ApiKey>, JournalError> {
        let hash = Digest::of(token.as_bytes()).0;
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM api_keys WHERE removed IS NULL AND id =
                     (SELECT api_key FROM sessions WHERE hash = ? AND expires > ?)"
                ))?
                .query_row(params![hash, now()], from_sql)
                .optional()
        })
    }

    /// Ends a session.
    pub fn end_session(&self, token: &str) -> Result<(), JournalError> {
        let hash = Digest::of(token.as_bytes()).0;
        self.write_durably(|transaction| {
            transaction.execute("DELETE FROM sessions WHERE hash = ?", params![hash])
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;
    use crate::journal::api_keys::{Connections, Right};

    #[test]
    fn a_session_ends_when_it_is_left_when_its_time_is_over_and_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let rights = BTreeSet::from([Right::Read]);
        let (key, _) = journal
            .add_api_key("a test", &rights, &Connections::All)
            .unwrap();
        let left = journal.add_session(&key).unwrap();
        let kept = journal.add_session(&key).unwrap();
        assert_eq!(journal.session_key(&left).unwrap(), Some(key.clone()));
        journal.end_session(&left).unwrap();
        assert_eq!(journal.session_key(&left).unwrap(), None);
        assert_eq!(journal.session_key(&kept).unwrap(), Some(key.clone()));
        assert_eq!(journal.session_key("").unwrap(), None);

        let old = journal.add_session(&key).unwrap();
        journal
            .write(|transaction| {
                transaction.execute(
                    "UPDATE sessions SET expires = ? WHERE hash = ?",
                    params![now(), Digest::of(old.as_bytes()).0],
                )
            })
            .unwrap();
        assert_eq!(journal.session_key(&old).unwrap(), None);

        assert!(journal.remove_api_key(&key.id).unwrap());
        assert_eq!(journal.session_key(&kept).unwrap(), None);
    }
}
