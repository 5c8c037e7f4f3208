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
pub(super) const STEPS: [&str; 3] = [
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
    // What the service works on, and whom it serves.
    "
    CREATE TABLE runs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        connection TEXT NOT NULL,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        what TEXT NOT NULL,
        class INTEGER NOT NULL,
        lane BLOB NOT NULL,
        ordered INTEGER NOT NULL,
        once BLOB UNIQUE,
        status TEXT NOT NULL,
        holder TEXT,
        cancel INTEGER NOT NULL DEFAULT 0,
        due INTEGER NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        code TEXT NOT NULL DEFAULT '',
        trace TEXT NOT NULL,
        asked BLOB NOT NULL,
        told BLOB
    ) STRICT;
    CREATE INDEX runs_due ON runs (connection, due) WHERE status = 'waiting';
    CREATE INDEX runs_turn ON runs (connection, class, seq) WHERE status = 'waiting';
    CREATE INDEX runs_lane ON runs (lane, seq) WHERE status = 'waiting';
    CREATE INDEX runs_running ON runs (lane) WHERE status = 'running';
    CREATE INDEX runs_of ON runs (connection, seq);
    CREATE INDEX runs_waiting ON runs (connection, kind) WHERE status = 'waiting';
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        connection TEXT NOT NULL,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        once BLOB UNIQUE,
        created INTEGER NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX events_of ON events (connection, seq);
    CREATE TABLE matters (
        connection TEXT NOT NULL,
        owner TEXT NOT NULL,
        matter INTEGER NOT NULL,
        status TEXT,
        stage INTEGER,
        told INTEGER NOT NULL DEFAULT 0,
        wanted INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (connection, owner, matter)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX matters_wanted ON matters (connection, owner) WHERE wanted;
    CREATE TABLE inbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        connection TEXT NOT NULL,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        once BLOB UNIQUE,
        created INTEGER NOT NULL,
        acknowledged INTEGER,
        acknowledged_by TEXT,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX inbox_of ON inbox (connection, seq);
    CREATE TABLE subscriptions (
        connection TEXT NOT NULL,
        model TEXT NOT NULL,
        owner TEXT NOT NULL,
        nonce TEXT NOT NULL UNIQUE,
        url TEXT NOT NULL,
        webhook INTEGER,
        since INTEGER,
        status TEXT NOT NULL,
        expires INTEGER,
        asked INTEGER NOT NULL,
        checked INTEGER NOT NULL,
        code TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (connection, model)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE api_keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        hash BLOB NOT NULL UNIQUE,
        rights TEXT NOT NULL,
        connections TEXT NOT NULL,
        created INTEGER NOT NULL,
        used INTEGER,
        removed INTEGER
    ) STRICT;
    CREATE TABLE sessions (
        hash BLOB PRIMARY KEY,
        api_key TEXT NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE uploads (
        id TEXT PRIMARY KEY,
        connection TEXT NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        length INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        media_type TEXT NOT NULL
    ) STRICT;
    CREATE TABLE upload_uses (
        upload TEXT NOT NULL,
        run TEXT NOT NULL,
        PRIMARY KEY (upload, run)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE drafts (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        connection TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        length INTEGER NOT NULL,
        status TEXT NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        bytes INTEGER NOT NULL DEFAULT 1,
        sealed BLOB NOT NULL,
        template BLOB,
        decision BLOB,
        taken BLOB,
        document INTEGER
    ) STRICT;
    CREATE INDEX drafts_of ON drafts (owner, seq);
    CREATE INDEX drafts_same ON drafts (owner, sha256);
    CREATE TABLE machine_made (
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        what TEXT NOT NULL,
        made_by TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (owner, kind, what)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE budgets (
        name BLOB PRIMARY KEY,
        at INTEGER NOT NULL,
        state BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
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
