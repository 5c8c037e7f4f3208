//! The journal: what this machine's `clio` did, and what still waits.
//!
//! One SQLite file under `CLIO_HOME`, written by any number of processes. It
//! holds an audit that cannot be changed unnoticed ([`audit`], [`verify`]), the
//! inputs of calls that have not succeeded yet ([`outbox`]), what is remembered
//! between runs ([`kept`]), the drafts that a person is to review ([`drafts`]), what
//! the service works on ([`runs`]), and the rate budgets that processes share
//! ([`budgets`]).
//!
//! What must stay true: killed at any point, it stays readable; two processes
//! never lose each other's writes; what a caller said stands in it sealed, and
//! a file that cannot be read is an error and never overwritten.

pub mod api_keys;
pub mod audit;
mod budgets;
mod chain;
pub mod counts;
pub mod drafts;
mod event;
pub mod events;
pub mod inbox;
pub mod kept;
pub mod keys;
pub mod machine_made;
pub mod matters;
pub mod outbox;
pub mod retention;
pub(crate) mod reviews;
pub mod runs;
mod schema;
mod seal;
pub mod sessions;
mod snapshot;
pub mod subscriptions;
pub mod uploads;
mod verify;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use clio_host::vault::{Vault, VaultError};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::failure::{self, Failure};
use crate::home::{Home, private_file};
use crate::vault;
pub use chain::{AuditRow, Details};
use keys::{KeyError, Keys};
use seal::Sealer;
pub use snapshot::check_database;
pub use verify::Verdict;

/// How long one process waits for another's transaction. Transactions take
/// milliseconds; a disk may not.
const BUSY: Duration = Duration::from_secs(30);

/// Why the journal cannot be used. No message holds what stands in it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal {} cannot be used: {cause}", .path.display())]
    Database {
        path: PathBuf,
        cause: rusqlite::Error,
    },
    #[error("{} is no journal of clio's", .0.display())]
    Foreign(PathBuf),
    #[error("the journal {} is of a newer clio (version {version})", .path.display())]
    Newer { path: PathBuf, version: i64 },
    #[error("the journal's file {} cannot be used: {error}", .path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error(
        "the disk did not keep what was written to the journal's file {}: {error}; this run writes \
         no more to it",
        .path.display()
    )]
    Unsynced { path: PathBuf, error: String },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("a row of the journal cannot be unsealed: it was changed, or another key sealed it")]
    Sealed,
    #[error("another process changed the same row first")]
    Conflict,
}

impl JournalError {
    /// Whether there is no room: all that stands in it is whole, and nobody need
    /// restore it.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Database { cause, .. } => {
                let code = cause.sqlite_error().map(|error| error.extended_code);
                code == Some(rusqlite::ffi::SQLITE_FULL)
                    || code == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
            }
            Self::Io { error, .. }
            | Self::Key(
                KeyError::Io { error, .. } | KeyError::Vault(VaultError::Io { source: error, .. }),
            ) => failure::is_full(error),
            _ => false,
        }
    }

    /// Whether its file is no whole database.
    fn is_damaged(&self) -> bool {
        let Self::Database { cause, .. } = self else {
            return matches!(self, Self::Foreign(_));
        };
        let code = cause.sqlite_error_code();
        code.is_none_or(|code| matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        if error.is_full() {
            return Failure::disk_full(&error);
        }
        let error = match error {
            // The vault's own failures have their own next steps.
            JournalError::Key(KeyError::Vault(error)) => return error.into(),
            error => error,
        };
        let next = match &error {
            error if error.is_damaged() => {
                "it was left as it is; restore it from a backup, or move its folder away to begin \
                 a new one"
            }
            JournalError::Database { .. } | JournalError::Foreign(_) => {
                "see that the disk works and that the folder is writable, and run the same again; \
                 the journal was left as it is"
            }
            JournalError::Newer { .. } => "use the newer clio",
            JournalError::Unsynced { .. } => {
                "check the disk and the room on it, then `clio log --verify`, and run the same \
                 again: what was begun is taken up"
            }
            JournalError::Io { .. } | JournalError::Key(KeyError::Io { .. }) => {
                "make the folder writable, or set CLIO_HOME to another"
            }
            JournalError::Key(_) | JournalError::Sealed => {
                "restore the vault and the journal from one backup, or move the journal's folder \
                 away to begin a new one"
            }
            JournalError::Conflict => "run the same again",
        };
        Self::host(error.to_string()).next(next)
    }
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    locks: PathBuf,
    /// The write-ahead log, for [`Journal::make_durable`]. None where the file
    /// system takes no such: there each transaction is durable by itself.
    log: Option<File>,
    /// Why its first sync failed, where one did. A later one may succeed for what
    /// the first has lost, so nothing is written from then on.
    unsynced: OnceLock<String>,
    connection: Mutex<Connection>,
    keys: Keys,
    sealer: Sealer,
    budgets: budgets::Opened,
}

impl Journal {
    /// Opens the journal of a home, and makes it where there is none.
    pub fn of(home: &Home) -> Result<Self, Failure> {
        Self::in_vault(home, vault::open(home)?)
    }

    /// Opens the journal of a home, its key in this vault.
    pub fn in_vault(home: &Home, vault: Vault) -> Result<Self, Failure> {
        Ok(Self::with_vault(&home.journal()?, home.locks()?, vault)?)
    }

    /// Opens the journal in a folder, its key in a vault beside it.
    #[cfg(test)]
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        use clio_host::vault::{Vault, VaultSettings};
        let mut settings = VaultSettings::in_folder(&folder.join("vault"));
        settings.keyring = false;
        let vault = Vault::new(settings).map_err(KeyError::from)?;
        Self::with_vault(folder, folder.to_owned(), vault)
    }

    /// Opens the journal in a folder, with its key out of a vault.
    fn with_vault(folder: &Path, locks: PathBuf, vault: Vault) -> Result<Self, JournalError> {
        // One process at a time makes keys and tables.
        let _making = exclusive(folder)?;
        let keys = Keys::open(folder, &database_path(folder), vault)?;
        let path = database_path(folder);
        private_file(&path).map_err(|error| JournalError::Io {
            path: path.clone(),
            error,
        })?;
        let failed = |cause| JournalError::Database {
            path: path.clone(),
            cause,
        };
        let mut connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        let log = match schema::prepare(&mut connection, &path)? {
            true => Some(opened_log(folder)?),
            false => None,
        };
        let sealer = Sealer::new(keys.row_key());
        Ok(Self {
            folder: folder.to_owned(),
            locks,
            log,
            unsynced: OnceLock::new(),
            connection: Mutex::new(connection),
            keys,
            sealer,
            budgets: budgets::Opened::new(),
        })
    }

    /// The folder of the locks of what one process at a time works on.
    pub fn locks(&self) -> &Path {
        &self.locks
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic in between rolled its transaction back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, cause: rusqlite::Error) -> JournalError {
        let path = database_path(&self.folder);
        JournalError::Database { path, cause }
    }

    /// Reads.
    fn read<T>(
        &self,
        act: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        act(&self.connection()).map_err(|cause| self.failed(cause))
    }

    /// That no sync has failed.
    fn whole(&self) -> Result<(), JournalError> {
        self.unsynced.get().map_or(Ok(()), |error| {
            Err(JournalError::Unsynced {
                path: log_path(&self.folder),
                error: error.clone(),
            })
        })
    }

    /// Makes durable what was committed.
    fn make_durable(&self) -> Result<(), JournalError> {
        self.whole()?;
        if let Some(Err(error)) = self.log.as_ref().map(File::sync_data) {
            // Of two at once, either is the first.
            let _ = self.unsynced.set(error.to_string());
        }
        self.whole()
    }

    /// Writes as [`Self::write`] does, durably.
    fn write_durably<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let result = self.write(act)?;
        self.make_durable()?;
        Ok(result)
    }

    /// Writes, whole or not at all, and after every other process. It outlives
    /// this process, and a power cut after [`Self::make_durable`].
    fn write<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        self.whole()?;
        let mut connection = self.connection();
        let write = |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = act(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        write(&mut connection).map_err(|cause| self.failed(cause))
    }
}

fn database_path(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}

/// The write-ahead log, which is where a transaction stands when it was committed.
/// SQLite keeps it as long as a connection is open, and holds no lock on it that
/// closing it here would end.
fn log_path(folder: &Path) -> PathBuf {
    folder.join("journal.db-wal")
}

fn opened_log(folder: &Path) -> Result<File, JournalError> {
    let path = log_path(folder);
    // Windows syncs only what may be written.
    File::options()
        .write(true)
        .open(&path)
        .map_err(|error| JournalError::Io { path, error })
}

/// The lock under which the audit's end is moved, here and in the key source.
fn exclusive(folder: &Path) -> Result<File, JournalError> {
    lock(&folder.join("journal.lock"))
}

/// A file that one at a time holds, among processes as well.
fn lock(path: &Path) -> Result<File, JournalError> {
    let lock = || {
        let file = private_file(path)?;
        file.lock()?;
        Ok(file)
    };
    lock().map_err(|error| JournalError::Io {
        path: path.to_owned(),
        error,
    })
}

/// An instant as it is told (RFC 3339), from milliseconds since 1970.
pub fn instant(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}

/// Milliseconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
