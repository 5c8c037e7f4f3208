//! Which run is next, which process holds it, and how it ends.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::{Journal, JournalError, exclusive, now};
use super::{COLUMNS, Class, Run, RunEnd, Status, from_sql, new_id, purpose};
use crate::lock::Lock;

/// What is taken of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// All but what goes out, up to this class.
    UpTo(Class),
    /// What asks nothing of Clio, but for what goes out.
    Deliveries,
    /// What goes out to the firm's own destinations.
    Events,
}

impl Take {
    /// The last class, and the kinds.
    fn bounds(self) -> (Class, &'static str) {
        match self {
            Self::UpTo(last) => (last, "run.kind <> 'event'"),
            Self::Deliveries => (Class::Bulk, "run.kind = 'delivery'"),
            Self::Events => (Class::Bulk, "run.kind = 'event'"),
        }
    }
}

/// A process that runs things. As long as this lives, what it holds is its own.
#[derive(Debug)]
pub struct Holder {
    pub name: String,
    path: PathBuf,
    _lock: Lock,
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Journal {
    /// Makes this process one that runs things, and removes what killed ones left.
    pub fn holder(&self) -> Result<Holder, JournalError> {
        // Or another process could remove the file before it is held.
        let _making = exclusive(&self.folder)?;
        remove_left(self.locks());
        let name = new_id()?;
        let path = holder_path(self.locks(), &name);
        let taken = Lock::try_take(&path).map_err(|error| JournalError::Io {
            path: path.clone(),
            error,
        })?;
        let lock = taken.map_err(|_| JournalError::Conflict)?;
        Ok(Holder {
            name,
            path,
            _lock: lock,
        })
    }

    /// The connections for which something is due now. What is asked grows with the
    /// connections, not with what waits.
    pub fn due_connections(&self) -> Result<Vec<String>, JournalError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "WITH RECURSIVE waiting (connection) AS (
                         SELECT min(connection) FROM runs WHERE status = 'waiting'
                         UNION ALL
                         SELECT (SELECT min(connection) FROM runs
                                 WHERE status = 'waiting' AND connection > waiting.connection)
                         FROM waiting WHERE waiting.connection IS NOT NULL)
                     SELECT connection FROM waiting WHERE EXISTS (
                         SELECT 1 FROM runs WHERE status = 'waiting'
                         AND runs.connection = waiting.connection AND due <= ?)",
                )?
                .query_map([now()], |row| row.get(0))?
                .collect()
        })
    }

    /// How many runs of a kind wait for a connection, at most counted to `most`.
    pub fn waiting_runs(&self, of: &str, kind: &str, most: u32) -> Result<u32, JournalError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT count(*) FROM (SELECT 1 FROM runs
                     WHERE status = 'waiting' AND connection = ? AND kind = ? LIMIT ?)",
                )?
                .query_row(params![of, kind, most], |row| row.get(0))
        })
    }

    /// When the next run is due, in milliseconds since 1970.
    pub fn next_due(&self) -> Result<Option<i64>, JournalError> {
        self.read(|connection| {
            connection.query_row(
                "SELECT min(due) FROM runs WHERE status = 'waiting'",
                [],
                |row| row.get(0),
            )
        })
    }

    /// Takes the next run of a connection, whatever it is, where one may be run now.
    pub fn take_run(&self, holder: &Holder, of: &str) -> Result<Option<Run>, JournalError> {
        match self.take_run_of(holder, of, Take::UpTo(Class::Bulk))? {
            Some(run) => Ok(Some(run)),
            None => self.take_run_of(holder, of, Take::Events),
        }
    }

    /// Takes the next run of a connection, of what is to be taken, where one may be
    /// run now. An account's cases are synced one after another.
    pub fn take_run_of(
        &self,
        holder: &Holder,
        of: &str,
        take: Take,
    ) -> Result<Option<Run>, JournalError> {
        let now = now();
        let (last, kinds) = take.bounds();
        let next = |connection: &Connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM runs AS run
                     WHERE status = 'waiting' AND connection = ? AND class <= ? AND due <= ?
                     AND {kinds}
                     AND NOT EXISTS (
                         SELECT 1 FROM runs AS other
                         WHERE other.status = 'running' AND other.lane = run.lane)
                     AND NOT (run.ordered AND EXISTS (
                         SELECT 1 FROM runs AS other
                         WHERE other.status = 'waiting' AND other.lane = run.lane
                         AND other.seq < run.seq))
                     AND NOT (run.kind = 'case' AND EXISTS (
                         SELECT 1 FROM runs AS other
                         WHERE other.status = 'running' AND other.kind = 'case'
                         AND other.owner = run.owner))
                     ORDER BY class, seq LIMIT 1"
                ))?
                .query_row(params![of, last as i64, now], from_sql)
                .optional()
        };
        // Most looks find nothing, and keep no other process from writing.
        if self.read(next)?.is_none() {
            return Ok(None);
        }
        self.write(|transaction| {
            let found = next(transaction)?;
            let Some(mut run) = found else {
                return Ok(None);
            };
            transaction
                .prepare_cached(
                    "UPDATE runs SET status = 'running', holder = ?, attempts = attempts + 1,
                     updated = ? WHERE id = ?",
                )?
                .execute(params![holder.name, now, run.id])?;
            run.status = Status::Running;
            run.attempts += 1;
            Ok(Some(run))
        })
    }

    /// Writes how a run that `holder` holds ended, durably. False: it was no
    /// longer the holder's.
    pub fn end_run(&self, holder: &Holder, id: &str, end: &RunEnd) -> Result<bool, JournalError> {
        let now = now();
        let told = match end {
            RunEnd::Done(told) | RunEnd::Failed { told, .. } | RunEnd::Again { told, .. } => {
                Some(self.sealer.seal(&purpose(id, "told"), told)?)
            }
            RunEnd::Cancelled | RunEnd::HandedBack => None,
        };
        let (status, code, due) = match end {
            RunEnd::Done(_) => (Status::Done, "", now),
            RunEnd::Failed { code, .. } => (Status::Failed, code.as_str(), now),
            RunEnd::Again { code, due, .. } => (Status::Waiting, code.as_str(), *due),
            RunEnd::Cancelled => (Status::Cancelled, "cancelled", now),
            RunEnd::HandedBack => (Status::Waiting, "", now),
        };
        let back = matches!(end, RunEnd::HandedBack);
        let changed = self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE runs SET status = ?, code = ?, due = ?, updated = ?, holder = NULL,
                 attempts = attempts - ?, told = coalesce(?, told)
                 WHERE id = ? AND status = 'running' AND holder = ?",
                params![status.word(), code, due, now, back, told, id, holder.name],
            )
        })?;
        Ok(changed == 1)
    }

    /// Lets what processes ran that have ended wait again. Returns how many.
    pub fn release_dead(&self, myself: &Holder) -> Result<usize, JournalError> {
        let holders: Vec<String> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT DISTINCT holder FROM runs WHERE status = 'running'
                     AND holder IS NOT NULL AND holder <> ?",
                )?
                .query_map([&myself.name], |row| row.get(0))?
                .collect()
        })?;
        let mut released = 0;
        for holder in holders {
            let path = holder_path(self.locks(), &holder);
            let taken = Lock::try_take(&path).map_err(|error| JournalError::Io {
                path: path.clone(),
                error,
            })?;
            let Ok(_dead) = taken else { continue };
            released += self.write_durably(|transaction| {
                transaction.execute(
                    "UPDATE runs SET status = 'waiting', holder = NULL, updated = ?
                     WHERE status = 'running' AND holder = ?",
                    params![now(), holder],
                )
            })?;
            let _ = std::fs::remove_file(path);
        }
        Ok(released)
    }
}

/// Removes the files that no process holds. What one of them ran is found without
/// it. That one stays is no failure.
fn remove_left(locks: &Path) {
    for entry in std::fs::read_dir(locks).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_str().and_then(|name| name.strip_prefix("serve-"));
        if name.is_some_and(|name| name.ends_with(".lock"))
            && let Ok(Ok(_held)) = Lock::try_take(&entry.path())
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// What a process holds a lock on for as long as it lives.
pub(in crate::journal) fn holder_path(locks: &Path, name: &str) -> PathBuf {
    locks.join(format!("serve-{name}.lock"))
}
