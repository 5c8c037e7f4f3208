//! What was uploaded to the service, for calls to name.
//!
//! The bytes lie in files of their own below `CLIO_HOME`; a row says whose they
//! are. What must stay true: an upload that a run needs stays until that run has
//! ended; what nobody needs goes by itself.

use rusqlite::{OptionalExtension as _, Row, params};

use super::runs::new_id;
use super::{Journal, JournalError, now};

/// How long an upload waits for a run to name it, from the last time on that one did.
const LIFE_MS: i64 = 24 * 60 * 60 * 1000;
/// How long one is kept for a run that failed, which a person may run again.
const FAILED_MS: i64 = 30 * LIFE_MS;

/// An upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// 24 hexadecimal digits, which are its file's name as well.
    pub id: String,
    pub connection: String,
    /// Milliseconds since 1970, as below.
    pub created: i64,
    /// When it goes, unless a run needs it.
    pub expires: i64,
    /// In bytes.
    pub length: u64,
    /// In lower-case hexadecimal.
    pub sha256: String,
    /// Empty where nobody said any.
    pub media_type: String,
}

impl Upload {
    /// One that is new.
    pub fn new(
        connection: &str,
        length: u64,
        sha256: String,
        media_type: String,
    ) -> Result<Self, JournalError> {
        let created = now();
        Ok(Self {
            id: new_id()?,
            connection: connection.to_owned(),
            created,
            expires: created + LIFE_MS,
            length,
            sha256,
            media_type,
        })
    }
}

impl Journal {
    /// Adds one, durably. Its file is there by then.
    /// Where its connection would have more than `most` bytes lying there, it is not
    /// added, and this is false: others may have come meanwhile.
    pub fn add_upload(&self, upload: &Upload, most: u64) -> Result<bool, JournalError> {
        // No file is that long.
        let [length, most] = [upload.length, most].map(|it| i64::try_from(it).unwrap_or(i64::MAX));
        let added = self.write_durably(|transaction| {
            transaction.execute(
                "INSERT INTO uploads (id, connection, created, expires, length, sha256, media_type)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                 WHERE (SELECT coalesce(sum(length), 0) FROM uploads WHERE connection = ?2)
                     <= ?8 - ?5",
                params![
                    upload.id,
                    upload.connection,
                    upload.created,
                    upload.expires,
                    length,
                    upload.sha256,
                    upload.media_type,
                    most
                ],
            )
        })?;
        Ok(added == 1)
    }

    /// A connection's upload. Another's is not there.
    pub fn upload(&self, connection: &str, id: &str) -> Result<Option<Upload>, JournalError> {
        self.read(|database| {
            database
                .prepare_cached(
                    "SELECT id, connection, created, expires, length, sha256, media_type
                     FROM uploads WHERE id = ? AND connection = ?",
                )?
                .query_row([id, connection], from_sql)
                .optional()
        })
    }

    /// How many bytes lie there for a connection.
    pub fn uploaded_bytes(&self, connection: &str) -> Result<u64, JournalError> {
        let bytes: i64 = self.read(|database| {
            database.query_row(
                "SELECT coalesce(sum(length), 0) FROM uploads WHERE connection = ?",
                [connection],
                |row| row.get(0),
            )
        })?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    /// Says that a run needs uploads, and keeps them a day more.
    pub fn use_uploads(&self, run: &str, uploads: &[&str]) -> Result<(), JournalError> {
        if uploads.is_empty() {
            return Ok(());
        }
        let expires = now() + LIFE_MS;
        self.write_durably(|transaction| {
            for upload in uploads {
                transaction.execute(
                    "INSERT INTO upload_uses (upload, run) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    params![upload, run],
                )?;
                transaction.execute(
                    "UPDATE uploads SET expires = max(expires, ?) WHERE id = ?",
                    params![expires, upload],
                )?;
            }
            Ok(())
        })
    }

    /// Takes out what is over and needed by no run, and returns the ids: their
    /// files are to go next.
    pub fn take_overdue_uploads(&self) -> Result<Vec<String>, JournalError> {
        let now = now();
        let overdue: Vec<String> = self.read(|database| {
            database
                .prepare_cached(
                    "SELECT id FROM uploads WHERE expires <= ?1 AND NOT EXISTS (
                         SELECT 1 FROM upload_uses JOIN runs ON runs.id = upload_uses.run
                         WHERE upload_uses.upload = uploads.id
                         AND (runs.status IN ('waiting', 'running')
                             OR (runs.status IN ('failed', 'cancelled') AND runs.updated > ?2)))",
                )?
                .query_map([now, now - FAILED_MS], |row| row.get(0))?
                .collect()
        })?;
        if !overdue.is_empty() {
            self.write_durably(|transaction| {
                for id in &overdue {
                    transaction.execute("DELETE FROM upload_uses WHERE upload = ?", [id])?;
                    transaction.execute("DELETE FROM uploads WHERE id = ?", [id])?;
                }
                Ok(())
            })?;
        }
        Ok(overdue)
    }

    /// Whether a row stands of an upload, whosesoever it is.
    pub fn is_upload(&self, id: &str) -> Result<bool, JournalError> {
        let found = self.read(|database| {
            database
                .query_row("SELECT 1 FROM uploads WHERE id = ?", [id], |_| Ok(()))
                .optional()
        })?;
        Ok(found.is_some())
    }
}

fn from_sql(row: &Row<'_>) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: row.get(0)?,
        connection: row.get(1)?,
        created: row.get(2)?,
        expires: row.get(3)?,
        length: u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
        sha256: row.get(5)?,
        media_type: row.get(6)?,
    })
}
