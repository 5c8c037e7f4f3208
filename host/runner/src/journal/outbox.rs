//! The outbox: inputs of calls that have not succeeded yet.
//!
//! A command puts its input here before it sends anything and takes it out when
//! it has succeeded, so a process that was killed, or a Clio that was away,
//! leaves something to run again. The input is sealed; files stand in it by
//! path and digest, never by content.
//!
//! What must stay true: one process at a time works on one thing. A lock of the
//! operating system says so, for it ends with its process, however that ends: the
//! thing's own lock, such as a case's, or else one of the outbox. A thing is for one account, and is never sent to another, whatever the name of
//! its connection leads to by then.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::{Journal, JournalError, now};
use crate::digest::hex;
use crate::lock::Lock;

/// How long an input waits. After that it is deleted: what nobody ran again for
/// so long needs a person.
const LIFE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// An id is twice as many hexadecimal digits.
const ID_BYTES: usize = 6;

/// How a waiting thing stands.
pub const RUNNING: &str = "running";
pub const FAILED: &str = "failed";

/// What waits, without what is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its name for `clio retry`.
    pub id: String,
    /// When it was first tried, in milliseconds since 1970.
    pub created: i64,
    /// When it is deleted.
    pub expires: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// [`RUNNING`] (which is also how an interruption leaves it) or [`FAILED`].
    pub status: String,
    /// The error's code; empty where none is known.
    pub code: String,
    pub action: String,
    /// What the connection was called.
    pub connection: String,
    /// Whom it may be sent to; empty: an older clio did not keep it.
    pub owner: String,
}

impl Waiting {
    /// The account that it is for, where that is known.
    pub fn account(&self) -> Option<&str> {
        Some(account_of(&self.owner)).filter(|account| !account.is_empty())
    }
}

/// Stands before the digest of a token in an owner. No account's id looks like it.
pub const OF_TOKEN: &str = "#token-";

/// The account of an owner, without the digest of a token.
pub fn account_of(owner: &str) -> &str {
    owner.split(OF_TOKEN).next().unwrap_or(owner)
}

/// What a thing in the outbox is for: the connection's name, and its owner, the
/// account, and of a token of the environment a digest as well.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    pub connection: &'a str,
    pub owner: &'a str,
}

/// The command that waits, as it was typed and with its input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The arguments after the program's name.
    pub arguments: Vec<String>,
    /// The folder that relative paths in them start from.
    pub folder: PathBuf,
    /// The input of `clio run`, read.
    pub input: Option<String>,
    /// The SHA-256 of the files that it names, in the order in which they were
    /// found.
    pub digests: Vec<String>,
}

/// What a process works on. Dropped without a word, it stays in the outbox as
/// interrupted.
#[derive(Debug)]
pub struct Claim<'a> {
    journal: &'a Journal,
    pub id: String,
    /// When the first attempt was made.
    pub created: i64,
    /// Whether nothing waited for the same before.
    pub is_new: bool,
    /// A lock of the outbox; none where the thing has its own.
    lock: Option<(PathBuf, Lock)>,
}

impl Journal {
    /// The lock of a thing that has its own, such as a case. It waits under an id
    /// that leads there, so that anybody can tell whether it is held.
    pub fn own_lock(&self, subject: &[&str]) -> PathBuf {
        self.lock_of(&hex(&self.subject(subject)[..ID_BYTES]))
    }

    fn subject(&self, parts: &[&str]) -> [u8; 32] {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        self.sealer.name(&parts)
    }

    fn lock_of(&self, id: &str) -> PathBuf {
        // An id becomes the name of a file: of ours only.
        self.locks.join(format!("{id}.lock"))
    }

    /// Puts a command in, or takes over the one that waits for the same
    /// `subject`, whose own lock is `held` where it has one. `None`: another
    /// process works on it just now.
    pub fn claim(
        &self,
        subject: &[&str],
        held: Option<&Lock>,
        action: &str,
        whose: Whose<'_>,
        command: &Command,
    ) -> Result<Option<Claim<'_>>, JournalError> {
        let subject = self.subject(subject);
        let plain = serde_json::to_vec(command).map_err(|_| JournalError::Sealed)?;
        self.expire()?;
        loop {
            let waiting = self.read(|connection| {
                let query = "SELECT id FROM outbox WHERE subject = ?";
                connection
                    .query_row(query, params![subject], |row| row.get::<_, String>(0))
                    .optional()
            })?;
            let (id, new) = match waiting {
                Some(id) => (id, false),
                None if held.is_some() => (hex(&subject[..ID_BYTES]), true),
                None => (new_id()?, true),
            };
            let mut claim = Claim {
                journal: self,
                id,
                created: 0,
                is_new: new,
                lock: None,
            };
            if held.is_none() {
                let path = self.lock_of(&claim.id);
                let Ok(lock) = self.try_lock(&path)? else {
                    return Ok(None);
                };
                claim.lock = Some((path, lock));
            }
            let sealed = self.sealer.seal(&purpose(&claim.id), &plain)?;
            let now = now();
            let changed = self.write_durably(|transaction| {
                if new {
                    transaction.execute(
                        "INSERT INTO outbox
                         (id, subject, created, expires, attempts, status, code, action,
                          connection, owner, sealed)
                         VALUES (?, ?, ?, ?, 1, ?, '', ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                        params![
                            claim.id,
                            subject,
                            now,
                            now + LIFE_MS,
                            RUNNING,
                            action,
                            whose.connection,
                            whose.owner,
                            sealed
                        ],
                    )
                } else {
                    transaction.execute(
                        "UPDATE outbox SET attempts = attempts + 1, status = ?, code = '',
                         expires = ?, connection = ?, owner = ?, sealed = ? WHERE id = ?",
                        params![
                            RUNNING,
                            now + LIFE_MS,
                            whose.connection,
                            whose.owner,
                            sealed,
                            claim.id
                        ],
                    )
                }
            })?;
            // Somebody else was first, or has just finished: look again.
            if changed == 1 {
                let created = self.waiting_one(&claim.id)?.map(|one| one.created);
                return Ok(Some(Claim {
                    created: created.unwrap_or(now),
                    ..claim
                }));
            }
            claim.release();
        }
    }

    /// What waits, oldest first.
    pub fn waiting(&self) -> Result<Vec<Waiting>, JournalError> {
        self.expire()?;
        self.read(|connection| {
            connection
                .prepare(&format!(
                    "SELECT {COLUMNS} FROM outbox ORDER BY created, id"
                ))?
                .query_map([], from_sql)?
                .collect()
        })
    }

    fn waiting_one(&self, id: &str) -> Result<Option<Waiting>, JournalError> {
        let query = format!("SELECT {COLUMNS} FROM outbox WHERE id = ?");
        self.read(|connection| connection.query_row(&query, [id], from_sql).optional())
    }

    /// The command that waits under an id; `None` when there is none.
    pub fn waiting_command(&self, id: &str) -> Result<Option<Command>, JournalError> {
        let sealed: Option<Vec<u8>> = self.read(|connection| {
            connection
                .query_row("SELECT sealed FROM outbox WHERE id = ?", [id], |row| {
                    row.get(0)
                })
                .optional()
        })?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let plain = self.sealer.unseal(&purpose(id), &sealed)?;
        let command = serde_json::from_slice(&plain).map_err(|_| JournalError::Sealed)?;
        Ok(Some(command))
    }

    /// Whether a process works on it just now.
    pub fn is_held(&self, id: &str) -> Result<bool, JournalError> {
        let path = self.lock_of(id);
        Ok(path.exists() && self.try_lock(&path)?.is_err())
    }

    fn try_lock(&self, path: &Path) -> Result<Result<Lock, String>, JournalError> {
        Lock::try_take(path).map_err(|error| JournalError::Io {
            path: path.to_owned(),
            error,
        })
    }

    fn expire(&self) -> Result<(), JournalError> {
        let overdue = "SELECT 1 FROM outbox WHERE expires <= ? LIMIT 1";
        let any = self.read(|connection| {
            connection
                .query_row(overdue, [now()], |_| Ok(()))
                .optional()
        })?;
        if any.is_some() {
            self.write_durably(|transaction| {
                transaction.execute("DELETE FROM outbox WHERE expires <= ?", [now()])
            })?;
        }
        Ok(())
    }
}

impl Claim<'_> {
    /// It succeeded: nothing of it waits any more.
    pub fn done(self) -> Result<(), JournalError> {
        self.journal.write_durably(|transaction| {
            transaction.execute("DELETE FROM outbox WHERE id = ?", [&self.id])
        })?;
        self.release();
        Ok(())
    }

    /// It failed, and waits.
    pub fn failed(self, code: &str) -> Result<(), JournalError> {
        self.journal.write_durably(|transaction| {
            transaction.execute(
                "UPDATE outbox SET status = ?, code = ? WHERE id = ?",
                params![FAILED, code, self.id],
            )
        })?;
        self.release();
        Ok(())
    }

    /// Removes the outbox's lock while it is held. Who waits for it then holds a
    /// file without a name, looks the row up again, and begins anew.
    fn release(self) {
        if let Some((path, _held)) = self.lock {
            let _ = fs::remove_file(path);
        }
    }
}

const COLUMNS: &str = "id, created, expires, attempts, status, code, action, connection, owner";

fn from_sql(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        id: row.get(0)?,
        created: row.get(1)?,
        expires: row.get(2)?,
        attempts: row.get(3)?,
        status: row.get(4)?,
        code: row.get(5)?,
        action: row.get(6)?,
        connection: row.get(7)?,
        owner: row.get(8)?,
    })
}

fn purpose(id: &str) -> Vec<u8> {
    [b"outbox/", id.as_bytes()].concat()
}

/// Whether a text has the form of an id.
pub fn is_id(text: &str) -> bool {
    text.len() == 2 * ID_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn new_id() -> Result<String, JournalError> {
    let mut bytes = [0; ID_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| JournalError::Sealed)?;
    Ok(hex(&bytes))
}
