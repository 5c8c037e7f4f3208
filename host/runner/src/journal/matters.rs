//! What is known of matters: the status that was last read, the stage that was
//! last told. Numbers and Clio's own words, for each connection's account.
//!
//! A delivery says of a matter that its status is wanted; the next look tells it,
//! where it was not told yet or has changed.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Journal, JournalError};

/// The status of a matter, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownStatus {
    pub matter: u64,
    pub status: String,
    /// Whether an event has told it.
    pub told: bool,
}

/// What stands of a matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownMatter {
    pub status: Option<String>,
    /// The id of its stage, 0 where it has none.
    pub stage: Option<u64>,
    pub told: bool,
    /// Whether a delivery asked for its status, and no look has told it since.
    pub wanted: bool,
}

impl KnownStatus {
    pub(super) fn write(
        &self,
        transaction: &Transaction<'_>,
        connection: &str,
        owner: &str,
    ) -> rusqlite::Result<()> {
        transaction
            .prepare_cached(
                "INSERT INTO matters (connection, owner, matter, status, told, wanted)
                 VALUES (?1, ?2, ?3, ?4, ?5, 0)
                 ON CONFLICT DO UPDATE SET status = ?4, told = told OR ?5,
                     wanted = CASE WHEN ?5 THEN 0 ELSE wanted END",
            )?
            .execute(params![
                connection,
                owner,
                number(self.matter),
                self.status,
                self.told
            ])
            .map(drop)
    }
}

impl Journal {
    /// What is known of a matter.
    pub fn known_matter(
        &self,
        connection: &str,
        owner: &str,
        matter: u64,
    ) -> Result<KnownMatter, JournalError> {
        let found = self.read(|journal| {
            journal
                .prepare_cached(
                    "SELECT status, stage, told, wanted FROM matters
                     WHERE connection = ? AND owner = ? AND matter = ?",
                )?
                .query_row(params![connection, owner, number(matter)], |row| {
                    Ok(KnownMatter {
                        status: row.get(0)?,
                        stage: row.get::<_, Option<i64>>(1)?.map(i64::cast_unsigned),
                        told: row.get(2)?,
                        wanted: row.get(3)?,
                    })
                })
                .optional()
        })?;
        Ok(found.unwrap_or_default())
    }

    /// The matters whose status is wanted and known, and was never told.
    pub fn wanted_matters(
        &self,
        connection: &str,
        owner: &str,
    ) -> Result<Vec<(u64, String)>, JournalError> {
        self.read(|journal| {
            journal
                .prepare_cached(
                    "SELECT matter, status FROM matters WHERE connection = ? AND owner = ?
                     AND wanted AND NOT told AND status IS NOT NULL ORDER BY matter",
                )?
                .query_map(params![connection, owner], |row| {
                    Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
                })?
                .collect()
        })
    }

    /// Asks for a matter's status, where none was told yet, and notes its stage. Not
    /// durable by itself: who asks does so again after a crash.
    pub fn want_matter(
        &self,
        connection: &str,
        owner: &str,
        matter: u64,
        stage: Option<u64>,
    ) -> Result<(), JournalError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO matters (connection, owner, matter, stage, wanted)
                     VALUES (?1, ?2, ?3, ?4, 1)
                     ON CONFLICT DO UPDATE SET stage = coalesce(?4, stage), wanted = NOT told",
                )?
                .execute(params![
                    connection,
                    owner,
                    number(matter),
                    stage.map(number)
                ])
                .map(drop)
        })
    }
}

/// SQLite's numbers have a sign. Clio's ids are far below.
fn number(id: u64) -> i64 {
    id.cast_signed()
}
