//! The journal as it stands at one moment, copied while others write to it.

use std::fs;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{Journal, JournalError, database_path, exclusive};
use crate::home::private_file;

/// The end of the audit, beside the database.
pub(super) const HEAD_FILE: &str = "journal.head";

impl Journal {
    /// Copies the journal into a folder. `meanwhile` is done at the very moment
    /// that is copied: no row of the audit is added then, and nothing that it
    /// needs of other files changes with it.
    ///
    /// Others go on once that is done, and while the database is copied: SQLite
    /// keeps the moment for who reads it.
    pub fn copy_into<E: From<JournalError>>(
        &self,
        folder: &Path,
        meanwhile: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        self.make_durable()?;
        let source = database_path(&self.folder);
        let failed = |cause| JournalError::Database {
            path: source.clone(),
            cause,
        };
        let connection = Connection::open_with_flags(&source, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(failed)?;
        connection.busy_timeout(super::BUSY).map_err(failed)?;
        let moment = {
            let _lock = exclusive(&self.folder)?;
            let moment = connection.unchecked_transaction().map_err(failed)?;
            // The first look is what fixes the moment.
            moment
                .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
                .map_err(failed)?;
            let head = self.folder.join(HEAD_FILE);
            copied(&head, &folder.join(HEAD_FILE))?;
            meanwhile()?;
            moment
        };
        let path = database_path(folder);
        let failed = |cause| JournalError::Database {
            path: path.clone(),
            cause,
        };
        private_file(&path).map_err(|error| JournalError::Io {
            path: path.clone(),
            error,
        })?;
        let mut copy = Connection::open(&path).map_err(failed)?;
        let copying = Backup::new(&moment, &mut copy).map_err(failed)?;
        // All in one step: a moment that is held does not change in between.
        match copying.step(-1).map_err(failed)? {
            StepResult::Done => Ok(()),
            _ => Err(failed(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                None,
            ))
            .into()),
        }
    }
}

/// Copies a small file for its owner alone. One that is not there is none there.
fn copied(from: &Path, to: &Path) -> Result<(), JournalError> {
    let copy = || -> std::io::Result<()> {
        let bytes = match fs::read(from) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            read => read?,
        };
        std::io::Write::write_all(&mut private_file(to)?, &bytes)
    };
    copy().map_err(|error| JournalError::Io {
        path: from.to_owned(),
        error,
    })
}

/// Whether a database is whole, as SQLite tells it.
///
/// # Errors
/// When it is not, or cannot be read.
pub fn check_database(folder: &Path) -> Result<(), JournalError> {
    let path = database_path(folder);
    let failed = |cause| JournalError::Database {
        path: path.clone(),
        cause,
    };
    let connection =
        Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    let said: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(failed)?;
    if said == "ok" {
        return Ok(());
    }
    Err(failed(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
        None,
    )))
}
