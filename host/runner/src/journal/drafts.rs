//! Drafts that a person is to review, and what became of them.
//!
//! What a draft is (its bytes' SHA-256, its matter, its account, how long it lives)
//! and what a person decided stand sealed, so that who has the file and no key makes
//! no approval, and moves none to other bytes or another matter. The columns beside
//! them are for looking up. The bytes lie in files of their own below `CLIO_HOME`,
//! in pieces that are sealed one by one.
//!
//! What must stay true: an approval is for exact bytes in one matter, and for one
//! document there, which the first upload's source id says; nobody approves unseen:
//! the audit says so first.

use std::fs::File;

use rusqlite::{OptionalExtension as _, Row, params, params_from_iter, types::Value as Sql};
use serde::{Deserialize, Serialize};

use super::runs::new_id;
use super::{Details, Journal, JournalError, lock, now};

/// How a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// For a person's review.
    Waiting,
    Approved,
    Rejected,
    /// Its time is over.
    Expired,
    /// It stands in Clio.
    Uploaded,
}

impl Status {
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Approved,
        Self::Rejected,
        Self::Expired,
        Self::Uploaded,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Uploaded => "uploaded",
        }
    }
}

/// What a draft is, which never changes. Sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The account that it is for.
    pub owner: String,
    /// The matter that it is for.
    pub matter: u64,
    /// The document there of which it is to become a version. None: it becomes a
    /// document of its own.
    pub version_of: Option<u64>,
    /// Of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// In bytes.
    pub length: u64,
    /// Milliseconds since 1970, as all times here.
    pub expires: i64,
    /// Its file name.
    pub name: String,
    /// Empty where nobody said any.
    pub media_type: String,
    /// What made it: an action, or what a person called the drafter.
    pub made_by: String,
}

/// What a person decided. Sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub approved: bool,
    /// Who, as they were named.
    pub by: String,
    pub at: i64,
    /// What they said of it, which stands nowhere else. Empty where nothing.
    #[serde(default)]
    pub reason: String,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub seq: i64,
    /// 24 hexadecimal digits, which are its file's name as well.
    pub id: String,
    /// The connection that it was added for, by the name of then.
    pub connection: String,
    pub status: Status,
    pub created: i64,
    pub about: About,
    pub decision: Option<Decision>,
    /// Its document in Clio, once it was uploaded.
    pub document: Option<u64>,
    /// Whether its bytes are still kept.
    pub has_bytes: bool,
}

/// Which drafts to list.
#[derive(Debug, Clone, Default)]
pub struct DraftFilter {
    /// None that was added for one of these connections.
    pub not_of: Vec<String>,
    pub status: Option<Status>,
    /// Only older ones than this.
    pub before: Option<i64>,
    /// At most so many, newest first.
    pub limit: u32,
}

impl Journal {
    /// The draft of the same bytes for the same place that waits, is approved or, until
    /// its time is over, stands in Clio; by the same connection, for one by another is
    /// not shown to who adds it.
    pub(crate) fn same_draft(
        &self,
        connection: &str,
        about: &About,
    ) -> Result<Option<Draft>, JournalError> {
        let found = self.drafts_of_bytes(&about.owner, &about.sha256)?;
        let now = now();
        Ok(found.into_iter().find(|draft| {
            let is = &draft.about;
            let stands = match draft.status {
                Status::Waiting | Status::Approved => true,
                Status::Uploaded => is.expires > now,
                Status::Rejected | Status::Expired => false,
            };
            stands
                && draft.connection == connection
                && (is.matter, is.version_of) == (about.matter, about.version_of)
        }))
    }

    /// Holds up whoever else would add a draft: what is the same is to be one, and what
    /// an account may keep is counted.
    pub(crate) fn adding_drafts(&self) -> Result<File, JournalError> {
        lock(&self.folder.join("drafts.lock"))
    }

    /// How many drafts with bytes an account has, and how many bytes.
    pub(crate) fn kept_drafts(&self, owner: &str) -> Result<(u64, u64), JournalError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT count(*), coalesce(sum(length), 0) FROM drafts
                     WHERE owner = ? AND bytes = 1",
                )?
                .query_row([owner], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    /// Adds a draft whose bytes lie there by then, durably.
    pub(crate) fn add_draft(
        &self,
        id: &str,
        connection: &str,
        about: &About,
        template: Option<&str>,
    ) -> Result<(), JournalError> {
        let event = self.begin_with("draft-add", connection, id, audited(about, ""))?;
        let plain = serde_json::to_vec(about).map_err(|_| JournalError::Sealed)?;
        let sealed = self.sealer.seal(&purpose(id, "about"), &plain)?;
        let template = template
            .map(|text| self.sealer.seal(&purpose(id, "template"), text.as_bytes()))
            .transpose()?;
        self.write_durably(|transaction| {
            transaction.execute(
                "INSERT INTO drafts
                 (id, owner, connection, sha256, length, status, created, expires, sealed, template)
                 VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)",
                params![
                    id,
                    about.owner,
                    connection,
                    about.sha256,
                    about.length.cast_signed(),
                    now(),
                    about.expires,
                    sealed,
                    template
                ],
            )
        })?;
        event.end(self, "done", "")
    }

    /// An account's draft. Another's is not there.
    pub fn draft(&self, owner: &str, id: &str) -> Result<Option<Draft>, JournalError> {
        let query = format!("SELECT {COLUMNS} FROM drafts WHERE id = ? AND owner = ?");
        let found = self.read(|connection| {
            connection
                .prepare_cached(&query)?
                .query_row([id, owner], from_sql)
                .optional()
        })?;
        let draft = found.map(|row| self.unsealed_draft(row)).transpose()?;
        Ok(draft.filter(|draft| draft.about.owner == owner))
    }

    /// An account's drafts, newest first.
    pub fn drafts(&self, owner: &str, filter: &DraftFilter) -> Result<Vec<Draft>, JournalError> {
        let mut query = format!("SELECT {COLUMNS} FROM drafts WHERE owner = ?");
        let mut values: Vec<Sql> = vec![owner.to_owned().into()];
        for connection in &filter.not_of {
            query.push_str(" AND connection <> ?");
            values.push(connection.clone().into());
        }
        if let Some(status) = filter.status {
            // One whose time is over is expired, swept or not.
            query.push_str(match status {
                Status::Expired => {
                    " AND (status = ? OR (status IN ('waiting', 'approved') AND expires <= ?))"
                }
                Status::Waiting | Status::Approved => " AND status = ? AND expires > ?",
                Status::Rejected | Status::Uploaded => " AND status = ? AND ? > 0",
            });
            values.push(status.word().to_owned().into());
            values.push(now().into());
        }
        if let Some(before) = filter.before {
            query.push_str(" AND seq < ?");
            values.push(before.into());
        }
        query.push_str(" ORDER BY seq DESC LIMIT ?");
        values.push(i64::from(filter.limit).into());
        self.found_drafts(&query, values)
    }

    /// An account's drafts of these bytes, newest first.
    pub(super) fn drafts_of_bytes(
        &self,
        owner: &str,
        sha256: &str,
    ) -> Result<Vec<Draft>, JournalError> {
        let query = format!(
            "SELECT {COLUMNS} FROM drafts WHERE owner = ? AND sha256 = ? ORDER BY seq DESC"
        );
        let values = vec![owner.to_owned().into(), sha256.to_owned().into()];
        let mut found = self.found_drafts(&query, values)?;
        found.retain(|draft| draft.about.owner == owner && draft.about.sha256 == sha256);
        Ok(found)
    }

    fn found_drafts(&self, query: &str, values: Vec<Sql>) -> Result<Vec<Draft>, JournalError> {
        let found: Vec<Stored> = self.read(|connection| {
            connection
                .prepare_cached(query)?
                .query_map(params_from_iter(values), from_sql)?
                .collect()
        })?;
        let unsealed = found.into_iter().map(|row| self.unsealed_draft(row));
        unsealed.collect()
    }

    /// The text of the template that a draft was filled from, where it is known.
    pub fn draft_template(&self, id: &str) -> Result<Option<String>, JournalError> {
        let sealed: Option<Vec<u8>> = self
            .read(|connection| {
                connection
                    .query_row("SELECT template FROM drafts WHERE id = ?", [id], |row| {
                        row.get(0)
                    })
                    .optional()
            })?
            .flatten();
        let plain = sealed.map(|sealed| self.sealer.unseal(&purpose(id, "template"), &sealed));
        let text = plain.transpose()?.map(String::from_utf8).transpose();
        text.map_err(|_| JournalError::Sealed)
    }

    /// Writes a person's decision on a draft, between two rows of the audit, and
    /// returns whether it was still to be decided so.
    pub(crate) fn decide(
        &self,
        draft: &Draft,
        approved: bool,
        by: &str,
        reason: &str,
    ) -> Result<bool, JournalError> {
        let action = if approved {
            "draft-approve"
        } else {
            "draft-reject"
        };
        let details = audited(&draft.about, by);
        let event = self.begin_with(action, &draft.connection, &draft.id, details)?;
        let at = now();
        let decision = Decision {
            approved,
            by: by.to_owned(),
            at,
            reason: reason.to_owned(),
        };
        let plain = serde_json::to_vec(&decision).map_err(|_| JournalError::Sealed)?;
        let sealed = self.sealer.seal(&purpose(&draft.id, "decision"), &plain)?;
        let status = if approved {
            Status::Approved
        } else {
            Status::Rejected
        };
        // What is approved may be taken back until it is uploaded.
        let from = if approved {
            "('waiting')"
        } else {
            "('waiting', 'approved')"
        };
        let changed = self.write_durably(|transaction| {
            transaction.execute(
                &format!(
                    "UPDATE drafts SET status = ?, decision = ?
                     WHERE id = ? AND expires > ? AND status IN {from}"
                ),
                params![status.word(), sealed, draft.id, at],
            )
        })?;
        match changed {
            1 => event.end(self, "done", "")?,
            _ => event.end(self, "failed", "conflict")?,
        }
        Ok(changed == 1)
    }

    /// Binds an approved draft to the document that it becomes: the first source id
    /// that it is uploaded under. False: it is another one's, or not approved any
    /// more.
    pub(super) fn take_draft(&self, id: &str, source_id: &str) -> Result<bool, JournalError> {
        let taken = self.taken(id, source_id);
        let changed = self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE drafts SET taken = ?1 WHERE id = ?2
                 AND status IN ('approved', 'uploaded') AND (taken IS NULL OR taken = ?1)",
                params![taken, id],
            )
        })?;
        Ok(changed == 1)
    }

    /// Whether a draft may become the document of this source id.
    pub(super) fn may_take_draft(&self, id: &str, source_id: &str) -> Result<bool, JournalError> {
        let of = self.draft_taken(id)?;
        Ok(of.is_none_or(|of| of == self.taken(id, source_id)))
    }

    /// Whether a draft belongs to this source id.
    pub(super) fn has_taken_draft(&self, id: &str, source_id: &str) -> Result<bool, JournalError> {
        let of = self.draft_taken(id)?;
        Ok(of.is_some_and(|of| of == self.taken(id, source_id)))
    }

    fn draft_taken(&self, id: &str) -> Result<Option<Vec<u8>>, JournalError> {
        self.read(|connection| {
            connection.query_row("SELECT taken FROM drafts WHERE id = ?", [id], |row| {
                row.get(0)
            })
        })
    }

    fn taken(&self, id: &str, source_id: &str) -> [u8; 32] {
        let parts = ["draft", id, source_id].map(str::as_bytes);
        self.sealer.name(&parts)
    }

    /// Remembers that a draft stands in Clio as a document. One that was rejected, or
    /// whose time was over, while it was on its way says both.
    pub(super) fn draft_uploaded(&self, draft: &Draft, document: u64) -> Result<(), JournalError> {
        if draft.document == Some(document) {
            return Ok(());
        }
        let details = Details {
            ids: vec![document],
            ..audited(&draft.about, "")
        };
        let event = self.begin_with("draft-upload", &draft.connection, &draft.id, details)?;
        self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE drafts SET document = ?,
                     status = CASE status WHEN 'approved' THEN 'uploaded' ELSE status END
                 WHERE id = ?",
                params![document.cast_signed(), draft.id],
            )
        })?;
        event.end(self, "done", "")
    }

    /// Says of drafts whose time is over that they are expired, and returns the ids
    /// of those whose bytes are not needed any more: their files are to go next.
    pub(crate) fn expire_drafts(&self) -> Result<(usize, Vec<String>), JournalError> {
        let now = now();
        let over: Vec<(String, String, String)> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, owner, connection FROM drafts
                     WHERE status IN ('waiting', 'approved') AND expires <= ?",
                )?
                .query_map([now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })?;
        for (id, owner, connection) in &over {
            let details = match self.draft(owner, id)? {
                Some(draft) => audited(&draft.about, ""),
                None => Details::default(),
            };
            let event = self.begin_with("draft-expire", connection, id, details)?;
            self.write_durably(|transaction| {
                transaction.execute(
                    "UPDATE drafts SET status = 'expired' WHERE id = ?
                     AND status IN ('waiting', 'approved') AND expires <= ?",
                    params![id, now],
                )
            })?;
            event.end(self, "done", "")?;
        }
        let ended = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM drafts WHERE bytes = 1 AND (status IN ('rejected', 'expired')
                         OR (status = 'uploaded' AND expires <= ?))",
                )?
                .query_map([now], |row| row.get(0))?
                .collect()
        })?;
        Ok((over.len(), ended))
    }

    /// Remembers that a draft's bytes are gone, with the text of its template.
    pub(crate) fn draft_bytes_gone(&self, id: &str) -> Result<(), JournalError> {
        self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE drafts SET bytes = 0, template = NULL WHERE id = ?",
                [id],
            )
        })?;
        Ok(())
    }

    /// Whether a row stands of a draft, whosesoever it is.
    pub(crate) fn is_draft(&self, id: &str) -> Result<bool, JournalError> {
        let found = self.read(|database| {
            database
                .query_row("SELECT 1 FROM drafts WHERE id = ?", [id], |_| Ok(()))
                .optional()
        })?;
        Ok(found.is_some())
    }

    /// An id for a draft to be.
    pub(crate) fn new_draft_id(&self) -> Result<String, JournalError> {
        new_id()
    }

    /// Seals a piece of a draft's bytes.
    pub(crate) fn seal_piece(
        &self,
        id: &str,
        n: u64,
        plain: &[u8],
    ) -> Result<Vec<u8>, JournalError> {
        self.sealer.seal(&purpose(id, &n.to_string()), plain)
    }

    /// Opens a piece of a draft's bytes.
    pub(crate) fn unseal_piece(
        &self,
        id: &str,
        n: u64,
        sealed: &[u8],
    ) -> Result<Vec<u8>, JournalError> {
        self.sealer.unseal(&purpose(id, &n.to_string()), sealed)
    }

    fn unsealed_draft(&self, stored: Stored) -> Result<Draft, JournalError> {
        let id = stored.id;
        let unreadable = |_| JournalError::Sealed;
        let plain = self.sealer.unseal(&purpose(&id, "about"), &stored.about)?;
        let about: About = serde_json::from_slice(&plain).map_err(unreadable)?;
        let mut decision: Option<Decision> = None;
        if let Some(sealed) = stored.decision {
            let plain = self.sealer.unseal(&purpose(&id, "decision"), &sealed)?;
            decision = serde_json::from_slice(&plain).map_err(unreadable)?;
        }
        let approved = decision.as_ref().is_some_and(|decision| decision.approved);
        let mut known = Status::ALL.into_iter();
        let status = match known.find(|it| it.word() == stored.status) {
            Some(Status::Waiting | Status::Approved) if about.expires <= now() => Status::Expired,
            // Somebody wrote that with the file and without the key.
            Some(Status::Approved | Status::Uploaded) if !approved => {
                return Err(JournalError::Sealed);
            }
            Some(status) => status,
            None => return Err(JournalError::Sealed),
        };
        Ok(Draft {
            seq: stored.seq,
            id,
            connection: stored.connection,
            status,
            created: stored.created,
            about,
            decision,
            document: stored.document,
            has_bytes: stored.has_bytes,
        })
    }
}

/// What the audit says of a draft: digests, ids, and who decided.
fn audited(about: &About, by: &str) -> Details {
    Details {
        account: about.owner.clone(),
        ids: [about.matter].into_iter().chain(about.version_of).collect(),
        by: by.to_owned(),
        digests: vec![about.sha256.clone()],
        ..Details::default()
    }
}

/// A row, whose last two members are sealed.
struct Stored {
    seq: i64,
    id: String,
    connection: String,
    status: String,
    created: i64,
    document: Option<u64>,
    has_bytes: bool,
    about: Vec<u8>,
    decision: Option<Vec<u8>>,
}

const COLUMNS: &str = "seq, id, connection, status, created, document, bytes, sealed, decision";

fn from_sql(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        seq: row.get(0)?,
        id: row.get(1)?,
        connection: row.get(2)?,
        status: row.get(3)?,
        created: row.get(4)?,
        document: row.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
        has_bytes: row.get(6)?,
        about: row.get(7)?,
        decision: row.get(8)?,
    })
}

fn purpose(id: &str, what: &str) -> Vec<u8> {
    format!("draft/{id}/{what}").into_bytes()
}
