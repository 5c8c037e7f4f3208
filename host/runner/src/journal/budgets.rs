//! The rate budgets that all processes of a home share, one row each.
//!
//! A row is changed some times for each request to Clio, so it has a connection to
//! the database of its own, and waits for no disk: what it says is over in a minute,
//! and Clio's next answer says it again.
//!
//! What must stay true: a row names nobody and holds counts and times alone; what a
//! process held that was killed is free as soon as another looks.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use clio_host::{BudgetStore, Budgets};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::keys::Key;
use super::runs::Holder;
use super::{BUSY, Journal, JournalError, database_path, now, schema};
use crate::lock::Lock;

/// The rows, as one process reaches them.
struct Rows {
    connection: Mutex<Connection>,
    names: Key,
    holder: Holder,
    locks: PathBuf,
}

impl Journal {
    /// The budgets of the home. They are opened when they are first asked for.
    pub fn budgets(&self) -> Result<&Budgets, JournalError> {
        static OPENING: Mutex<()> = Mutex::new(());
        if let Some(budgets) = self.budgets.get() {
            return Ok(budgets);
        }
        let _one = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(budgets) = self.budgets.get() {
            return Ok(budgets);
        }
        let rows = self.open_rows()?;
        let budgets = Budgets::kept_in(Arc::new(rows)).map_err(|error| JournalError::Io {
            path: database_path(&self.folder),
            error,
        })?;
        Ok(self.budgets.get_or_init(|| budgets))
    }

    fn open_rows(&self) -> Result<Rows, JournalError> {
        let path = database_path(&self.folder);
        let failed = |cause| JournalError::Database {
            path: path.clone(),
            cause,
        };
        let mut connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        schema::prepare(&mut connection, &path)?;
        Ok(Rows {
            connection: Mutex::new(connection),
            names: self.keys.row_key().derive("budgets"),
            holder: self.holder()?,
            locks: self.locks().to_owned(),
        })
    }
}

impl Rows {
    fn changed(
        &self,
        name: &str,
        change: &mut dyn FnMut(&[u8]) -> Vec<u8>,
    ) -> rusqlite::Result<()> {
        let name = self.names.code(&[name.as_bytes()]);
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let state: Option<Vec<u8>> = transaction
            .prepare_cached("SELECT state FROM budgets WHERE name = ?")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let state = change(&state.unwrap_or_default());
        transaction
            .prepare_cached(
                "INSERT INTO budgets (name, at, state) VALUES (?, ?, ?)
                 ON CONFLICT (name) DO UPDATE SET at = excluded.at, state = excluded.state",
            )?
            .execute(params![name, now(), state])?;
        transaction.commit()
    }
}

impl BudgetStore for Rows {
    fn change(
        &self,
        name: &str,
        change: &mut dyn FnMut(&[u8]) -> Vec<u8>,
    ) -> Result<(), clio_host::JournalError> {
        self.changed(name, change)
            .map_err(|cause| clio_host::JournalError(cause.to_string()))
    }

    fn holder(&self) -> &str {
        &self.holder.name
    }

    fn is_alive(&self, holder: &str) -> bool {
        let path = super::runs::holder_path(&self.locks, holder);
        if !path.exists() {
            return false;
        }
        match Lock::try_take(&path) {
            Ok(Ok(_dead)) => {
                let _ = std::fs::remove_file(path);
                false
            }
            // Where it cannot be told, what it holds stays its own.
            Ok(Err(_)) | Err(_) => true,
        }
    }
}

/// The budgets of a journal that is open.
pub(super) type Opened = OnceLock<Budgets>;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(folder: &std::path::Path) -> (Journal, Rows) {
        let journal = Journal::open(folder).unwrap();
        let rows = journal.open_rows().unwrap();
        (journal, rows)
    }

    #[test]
    fn two_processes_change_one_row_and_see_who_lives() {
        let folder = tempfile::tempdir().unwrap();
        let (_first, a) = rows(folder.path());
        let (_second, b) = rows(folder.path());
        a.change("x", &mut |state| {
            assert_eq!(state, b"");
            b"1".to_vec()
        })
        .unwrap();
        b.change("x", &mut |state| [state, b"2"].concat()).unwrap();
        b.change("y", &mut |state| {
            assert_eq!(state, b"", "another name is another row");
            Vec::new()
        })
        .unwrap();
        let mut seen = Vec::new();
        a.change("x", &mut |state| {
            seen = state.to_vec();
            state.to_vec()
        })
        .unwrap();
        assert_eq!(seen, b"12");
        let of_b = b.holder().to_owned();
        assert!(a.is_alive(&of_b));
        assert!(a.is_alive(&of_b), "asking does not end it");
        drop(b);
        assert!(!a.is_alive(&of_b));
        assert!(!a.is_alive("nobody"));
    }

    #[test]
    fn a_row_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, rows) = rows(folder.path());
        rows.change("connection smith-and-partners", &mut |_| b"{}".to_vec())
            .unwrap();
        drop((journal, rows));
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let bytes = std::fs::read(path).unwrap();
                let name = b"smith-and-partners";
                assert!(!bytes.windows(name.len()).any(|part| part == name));
            }
        }
    }
}
