//! What is remembered between runs: of a case, of a scan, which record in Clio
//! stands for which of ours.
//!
//! Each thing has a kind and a name. It is changed by compare and swap: who
//! read an older version than stands there is told so, and nothing is lost.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Journal, JournalError, now};
use crate::digest::hex;

/// What is kept of a digest: 128 bits, so that a chance agreement is none.
const DIGEST_BYTES: usize = 16;

/// A thing as it was read: its version, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub version: i64,
    pub value: Vec<u8>,
}

/// A change of a thing, ready to be written.
#[derive(Debug)]
pub(super) struct PreparedChange<'a> {
    kind: &'a str,
    name: [u8; 32],
    read: i64,
    sealed: Vec<u8>,
}

impl PreparedChange<'_> {
    /// Writes it. False: another version stands there than was read.
    pub(super) fn write(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let Self {
            kind,
            name,
            read,
            sealed,
        } = self;
        let changed = if *read == 0 {
            transaction.execute(
                "INSERT INTO kept (kind, name, version, at, sealed) VALUES (?, ?, 1, ?, ?)
                 ON CONFLICT DO NOTHING",
                params![kind, name, now(), sealed],
            )
        } else {
            transaction.execute(
                "UPDATE kept SET version = version + 1, at = ?, sealed = ?
                 WHERE kind = ? AND name = ? AND version = ?",
                params![now(), sealed, kind, name, read],
            )
        };
        Ok(changed? == 1)
    }
}

impl Journal {
    /// Reads a thing.
    pub fn kept(&self, kind: &str, name: &[&str]) -> Result<Option<Kept>, JournalError> {
        let name = self.name(kind, name);
        let found: Option<(i64, Vec<u8>)> = self.read(|connection| {
            connection
                .query_row(
                    "SELECT version, sealed FROM kept WHERE kind = ? AND name = ?",
                    params![kind, name],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
        })?;
        found
            .map(|(version, sealed)| {
                let value = self.sealer.unseal(&purpose(kind, &name), &sealed)?;
                Ok(Kept { version, value })
            })
            .transpose()
    }

    /// Writes a thing, and returns its new version. `read` is the version that
    /// was read, and 0 where there was none.
    ///
    /// # Errors
    /// `Conflict` when another version stands there.
    pub fn keep(
        &self,
        kind: &str,
        name: &[&str],
        read: i64,
        value: &[u8],
    ) -> Result<i64, JournalError> {
        let change = self.prepared_change(kind, name, read, value)?;
        if self.write_durably(|transaction| change.write(transaction))? {
            Ok(read + 1)
        } else {
            Err(JournalError::Conflict)
        }
    }

    /// The change of a thing, for a transaction that writes more than it.
    pub(super) fn prepared_change<'a>(
        &self,
        kind: &'a str,
        name: &[&str],
        read: i64,
        value: &[u8],
    ) -> Result<PreparedChange<'a>, JournalError> {
        let name = self.name(kind, name);
        let sealed = self.sealer.seal(&purpose(kind, &name), value)?;
        Ok(PreparedChange {
            kind,
            name,
            read,
            sealed,
        })
    }

    /// Forgets a thing, whatever it says.
    pub fn forget(&self, kind: &str, name: &[&str]) -> Result<(), JournalError> {
        let name = self.name(kind, name);
        self.write_durably(|transaction| {
            transaction.execute(
                "DELETE FROM kept WHERE kind = ? AND name = ?",
                params![kind, name],
            )
        })?;
        Ok(())
    }

    /// A digest of what parts say, under the journal's key: the same each time,
    /// and without the key it cannot be told by trying names and addresses.
    pub fn digest(&self, parts: &[&str]) -> String {
        let code = self.name("digest", parts);
        hex(&code[..DIGEST_BYTES])
    }

    fn name(&self, kind: &str, name: &[&str]) -> [u8; 32] {
        let parts: Vec<&[u8]> = std::iter::once(kind)
            .chain(name.iter().copied())
            .map(str::as_bytes)
            .collect();
        self.sealer.name(&parts)
    }
}

fn purpose(kind: &str, name: &[u8; 32]) -> Vec<u8> {
    [b"kept/", kind.as_bytes(), b"/", name].concat()
}
