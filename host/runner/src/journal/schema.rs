//! The tables, and how an older journal becomes the present one.
//!
//! Each step is one transaction, so a kill in between leaves the journal at a
//! whole step. A step that was released is never changed: a change is a new
//! step at the end.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::JournalError;

/// Marks the file as ours: "CLIO".
const APPLICATION: i64 = 0x434c_494f;

/// The steps from an empty file on. The version of a journal is the number of
/// steps it has taken.
const STEPS: [&str; 2] = [
    "
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        correlation TEXT NOT NULL,
        action TEXT NOT NULL,
        connection TEXT NOT NULL,
        status TEXT NOT NULL,
        code TEXT NOT NULL,
        details TEXT NOT NULL,
        prev BLOB NOT NULL,
        mac BLOB NOT NULL
    ) STRICT;
    CREATE INDEX audit_at ON audit (at);
    CREATE INDEX audit_correlation ON audit (correlation);
    CREATE TABLE outbox (
        id TEXT PRIMARY KEY,
        subject BLOB NOT NULL UNIQUE,
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        status TEXT NOT NULL,
        code TEXT NOT NULL,
        action TEXT NOT NULL,
        connection TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE kept (
        kind TEXT NOT NULL,
        name BLOB NOT NULL,
        version INTEGER NOT NULL,
        at INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (kind, name)
    ) STRICT, WITHOUT ROWID;
    ",
    // What waited before is for an account that nobody can name: empty.
    "ALTER TABLE outbox ADD COLUMN owner TEXT NOT NULL DEFAULT '';",
];

/// Sets a connection up and brings the file to the present version. Under the
/// journal's lock. Returns whether it has a write-ahead log, which is synced by us.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<bool, JournalError> {
    check(connection, path)?;
    let failed = |cause| JournalError::Database {
        path: path.to_owned(),
        cause,
    };
    // WAL: a reader does not stop a writer, and a kill loses nothing that was
    // committed. A power cut may, until the log is synced: with NORMAL SQLite
    // does it itself only before it moves the log into the database, for the
    // order of the two; FULL would do it for each transaction. Without a log,
    // FULL it is. What is deleted is overwritten.
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(failed)?;
    let logs = mode.eq_ignore_ascii_case("wal");
    let synchronous = if logs { "NORMAL" } else { "FULL" };
    connection
        .pragma_update(None, "synchronous", synchronous)
        .map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA secure_delete = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;",
        )
        .map_err(failed)?;
    migrate(connection).map_err(failed)?;
    Ok(logs)
}

/// Refuses what is not ours, before anything is written to it.
fn check(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let failed = |cause| JournalError::Database {
        path: path.to_owned(),
        cause,
    };
    let number = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(failed)
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    let path = path.to_owned();
    let empty = application == 0 && version == 0 && tables == 0;
    if !empty && application != APPLICATION {
        return Err(JournalError::Foreign(path));
    }
    if usize::try_from(version).map_or(true, |version| version > STEPS.len()) {
        return Err(JournalError::Newer { path, version });
    }
    Ok(())
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let Some(step) = usize::try_from(version).ok().and_then(|at| STEPS.get(at)) else {
            return Ok(());
        };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
    }
}
