//! What a machine made, for one account: bytes by their SHA-256, and documents in
//! Clio by their ids.
//!
//! Whoever hands in such bytes as a person's is refused until a person has approved
//! them. So this outlives the drafts, and no retention takes it out.

pub use clio_host::Made;
use rusqlite::{OptionalExtension as _, params};

use super::{Journal, JournalError, now};
use crate::digest::hex;

fn parts(made: Made) -> (&'static str, String) {
    match made {
        Made::Bytes(sha256) => ("bytes", hex(&sha256)),
        Made::Document(id) => ("document", id.to_string()),
    }
}

impl Journal {
    /// Remembers, durably, that a machine made it: `by` is an action's name, or
    /// what a person called the drafter. Who was first stays written.
    pub fn remember_made(&self, owner: &str, made: Made, by: &str) -> Result<(), JournalError> {
        let (kind, what) = parts(made);
        self.write_durably(|transaction| {
            transaction.execute(
                "INSERT INTO machine_made (owner, kind, what, made_by, at)
                 VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                params![owner, kind, what, by, now()],
            )
        })?;
        Ok(())
    }

    /// Which machine made it; none: nobody knows of any. An account that is known by
    /// its origin alone, as that of a token in the environment, may be any of that
    /// origin: what was made for one of them counts for it, and the other way round.
    pub fn made_by(&self, owner: &str, made: Made) -> Result<Option<String>, JournalError> {
        let (kind, what) = parts(made);
        let origin = owner.split('#').next().unwrap_or(owner);
        let knows_its_id = origin.len() < owner.len();
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT made_by FROM machine_made WHERE kind = ?1 AND what = ?2
                     AND (owner IN (?3, ?4)
                         OR (NOT ?5 AND substr(owner, 1, length(?4) + 1) = ?4 || '#'))",
                )?
                .query_row(params![kind, what, owner, origin, knows_its_id], |row| {
                    row.get(0)
                })
                .optional()
        })
    }
}
