//! Keys of the service's API: who holds one may act for the connections that it
//! is bound to, within its rights.
//!
//! A key is shown once, when it is made. What is kept is its SHA-256, which is
//! enough for what is random and long. That a key was made or ended stands in the
//! audit, under the key's id.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::{AuditRow, Journal, JournalError, now};
use crate::digest::{Digest, hex};

/// Every key begins so, for who finds one to know what it is.
pub const PREFIX: &str = "clio_";
/// The bytes of its random part, which is written in hexadecimal digits.
const SECRET: usize = 32;
/// When a key was used last is kept to the hour: not each request is to write.
const USED: i64 = 60 * 60 * 1000;

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See runs, cases, connections and what actions read.
    Read,
    /// Make calls that write, and sync cases.
    Write,
    /// Approve drafts.
    Approve,
    /// Connections, mappings, keys.
    Admin,
}

impl Right {
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Approve, Self::Admin];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Approve => "approve",
            Self::Admin => "admin",
        }
    }
}

/// The connections that a key is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connections {
    All,
    These(BTreeSet<String>),
}

impl Connections {
    pub fn hold(&self, connection: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(connection),
        }
    }
}

/// A key, without what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name for `clio key remove`.
    pub id: String,
    pub name: String,
    pub rights: BTreeSet<Right>,
    pub connections: Connections,
    /// Milliseconds since 1970.
    pub created: i64,
    pub used: Option<i64>,
}

/// Whether a key may be called so: a line that people can tell from others.
pub fn is_name(text: &str) -> bool {
    let length = text.chars().count();
    !text.trim().is_empty() && length <= 100 && !text.chars().any(char::is_control)
}

impl Journal {
    /// Makes a key. What is returned beside it is shown once and kept nowhere.
    pub fn add_api_key(
        &self,
        name: &str,
        rights: &BTreeSet<Right>,
        connections: &Connections,
    ) -> Result<(ApiKey, String), JournalError> {
        let mut bytes = [0; SECRET + 6];
        getrandom::fill(&mut bytes).map_err(|_| JournalError::Sealed)?;
        let (id, secret) = bytes.split_at(6);
        let shown = format!("{PREFIX}{}", hex(secret));
        let key = ApiKey {
            id: hex(id),
            name: name.to_owned(),
            rights: rights.clone(),
            connections: connections.clone(),
            created: now(),
            used: None,
        };
        // Before it works: no key does that nobody can see was made.
        self.tell("key-add", &key.id, &key.connections)?;
        self.write_durably(|transaction| {
            transaction.execute(
                "INSERT INTO api_keys (id, name, hash, rights, connections, created)
                 VALUES (?, ?, ?, ?, ?, ?)",
                params![
                    key.id,
                    key.name,
                    Digest::of(shown.as_bytes()).0,
                    as_json(&key.rights),
                    as_json(&key.connections),
                    key.created
                ],
            )
        })?;
        Ok((key, shown))
    }

    /// All keys that work, oldest first.
    pub fn api_keys(&self) -> Result<Vec<ApiKey>, JournalError> {
        self.read(|connection| {
            connection
                .prepare(&format!(
                    "SELECT {COLUMNS} FROM api_keys WHERE removed IS NULL ORDER BY created, id"
                ))?
                .query_map([], from_sql)?
                .collect()
        })
    }

    /// Ends a key. False: there is none of that id.
    pub fn remove_api_key(&self, id: &str) -> Result<bool, JournalError> {
        let changed = self.write_durably(|transaction| {
            transaction.execute("DELETE FROM sessions WHERE api_key = ?", [id])?;
            transaction.execute(
                "UPDATE api_keys SET removed = ? WHERE id = ? AND removed IS NULL",
                params![now(), id],
            )
        })?;
        if changed == 1 {
            self.tell("key-remove", id, &Connections::All)?;
        }
        Ok(changed == 1)
    }

    /// Writes into the audit what was done to a key. Of one that is bound to a single
    /// connection it names that.
    fn tell(&self, action: &str, id: &str, connections: &Connections) -> Result<(), JournalError> {
        let connection = match connections {
            Connections::These(these) if these.len() == 1 => these.first().cloned(),
            _ => None,
        };
        self.append(AuditRow {
            at: now(),
            correlation: id.to_owned(),
            connection: connection.unwrap_or_default(),
            ..AuditRow::note(action, "done")
        })
    }

    /// Remembers that a key was used.
    pub fn api_key_used(&self, key: &ApiKey) -> Result<(), JournalError> {
        let now = now();
        if key.used.is_some_and(|used| now - used < USED) {
            return Ok(());
        }
        self.write(|transaction| {
            transaction.execute(
                "UPDATE api_keys SET used = ? WHERE id = ?",
                params![now, key.id],
            )
        })?;
        Ok(())
    }

    /// The key that a text is.
    pub fn api_key_of(&self, shown: &str) -> Result<Option<ApiKey>, JournalError> {
        let digits = shown.strip_prefix(PREFIX).unwrap_or_default();
        if digits.len() != 2 * SECRET || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            // No key looks so: the journal need not be asked.
            return Ok(None);
        }
        // Looked up by its digest, so how long it takes tells nothing of any key.
        let hash = Digest::of(shown.as_bytes()).0;
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM api_keys WHERE hash = ? AND removed IS NULL"
                ))?
                .query_row(params![hash], from_sql)
                .optional()
        })
    }
}

pub(super) const COLUMNS: &str = "id, name, rights, connections, created, used";

pub(super) fn from_sql(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let (rights, connections): (String, String) = (row.get(2)?, row.get(3)?);
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        // Written by us alone. What cannot be read allows nothing.
        rights: serde_json::from_str(&rights).unwrap_or_default(),
        connections: serde_json::from_str(&connections)
            .unwrap_or_else(|_| Connections::These(BTreeSet::new())),
        created: row.get(4)?,
        used: row.get(5)?,
    })
}

fn as_json(value: &impl Serialize) -> String {
    // Words and lists of them are always JSON.
    serde_json::to_string(value).unwrap_or_default()
}
