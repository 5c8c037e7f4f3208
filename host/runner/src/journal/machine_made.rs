//! What a machine made, for one account: bytes by their SHA-256, and documents in
//! Clio by their ids.
//!
//! Whoever hands in such bytes as a person's is refused until a person has approved
//! them. So this outlives the drafts, and no retention takes it out.

use rusqlite::{OptionalExtension as _, params};

use super::{Journal, JournalError, now};
use crate::digest::hex;

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made<'a> {
    /// The SHA-256 of bytes.
    Bytes(&'a [u8; 32]),
    /// A document in Clio.
    Document(u64),
}

impl Made<'_> {
    fn parts(self) -> (&'static str, String) {
        match self {
            Self::Bytes(sha256) => ("bytes", hex(sha256)),
            Self::Document(id) => ("document", id.to_string()),
        }
    }
}

impl Journal {
    /// Remembers, durably, that a machine made it: `by` is an action's name, or
    /// what a person called the drafter. Who was first stays written.
    pub fn remember_made(&self, owner: &str, made: Made<'_>, by: &str) -> Result<(), JournalError> {
        let (kind, what) = made.parts();
        self.write_durably(|transaction| {
            transaction.execute(
                "INSERT INTO machine_made (owner, kind, what, made_by, at)
                 VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                params![owner, kind, what, by, now()],
            )
        })?;
        Ok(())
    }

    /// Which machine made it; none: nobody knows of any.
    pub fn made_by(&self, owner: &str, made: Made<'_>) -> Result<Option<String>, JournalError> {
        let (kind, what) = made.parts();
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT made_by FROM machine_made WHERE owner = ? AND kind = ? AND what = ?",
                )?
                .query_row(params![owner, kind, what], |row| row.get(0))
                .optional()
        })
    }
}
