//! The inbox: what a person of the firm is to see and to acknowledge, such as a
//! contact that was changed in Clio.

use rusqlite::{OptionalExtension as _, Row, params, params_from_iter, types::Value as Sql};

use super::runs::new_id;
use super::{Journal, JournalError, now};

/// A row to be.
#[derive(Debug)]
pub struct NewInboxRow<'a> {
    pub connection: &'a str,
    /// The account: see [`super::outbox::Whose`].
    pub owner: &'a str,
    /// What it is: `contact.updated`, ….
    pub kind: &'a str,
    /// What is the same stands there once.
    pub once: &'a [&'a str],
    /// What it says, as JSON. Kept sealed.
    pub said: &'a [u8],
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    pub seq: i64,
    pub id: String,
    pub kind: String,
    /// Milliseconds since 1970, as the next.
    pub created: i64,
    pub acknowledged: Option<i64>,
    /// The name of the key that acknowledged it.
    pub acknowledged_by: Option<String>,
    /// What it says, as JSON.
    pub said: Vec<u8>,
}

/// Which rows to list.
#[derive(Debug, Clone, Default)]
pub struct InboxFilter {
    /// None: all.
    pub acknowledged: Option<bool>,
    /// Only older ones than this.
    pub before: Option<i64>,
    /// At most so many, newest first.
    pub limit: u32,
}

impl Journal {
    /// Adds a row, durably. False: it stood there.
    pub fn add_to_inbox(&self, row: &NewInboxRow<'_>) -> Result<bool, JournalError> {
        let id = new_id()?;
        let sealed = self.sealer.seal(&purpose(&id), row.said)?;
        let parts = ["inbox/once", row.connection, row.owner];
        let parts = parts.iter().chain(row.once).map(|part| part.as_bytes());
        let once = self.sealer.name(&parts.collect::<Vec<_>>());
        let changed = self.write_durably(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO inbox (id, connection, owner, kind, once, created, sealed)
                     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (once) DO NOTHING",
                )?
                .execute(params![
                    id,
                    row.connection,
                    row.owner,
                    row.kind,
                    once,
                    now(),
                    sealed
                ])
        })?;
        Ok(changed == 1)
    }

    /// Rows of a connection's account, newest first.
    pub fn inbox(
        &self,
        connection: &str,
        owner: &str,
        filter: &InboxFilter,
    ) -> Result<Vec<InboxRow>, JournalError> {
        let mut query = format!("SELECT {COLUMNS} FROM inbox WHERE connection = ? AND owner = ?");
        let mut values: Vec<Sql> = vec![connection.to_owned().into(), owner.to_owned().into()];
        match filter.acknowledged {
            Some(true) => query.push_str(" AND acknowledged IS NOT NULL"),
            Some(false) => query.push_str(" AND acknowledged IS NULL"),
            None => {}
        }
        if let Some(before) = filter.before {
            query.push_str(" AND seq < ?");
            values.push(before.into());
        }
        query.push_str(" ORDER BY seq DESC LIMIT ?");
        values.push(i64::from(filter.limit).into());
        let found: Vec<InboxRow> = self.read(|journal| {
            journal
                .prepare_cached(&query)?
                .query_map(params_from_iter(values), from_sql)?
                .collect()
        })?;
        let unsealed = found.into_iter().map(|row| self.unsealed_inbox(row));
        unsealed.collect()
    }

    /// One row of a connection's account.
    pub fn inbox_row(
        &self,
        connection: &str,
        owner: &str,
        id: &str,
    ) -> Result<Option<InboxRow>, JournalError> {
        let query =
            format!("SELECT {COLUMNS} FROM inbox WHERE connection = ? AND owner = ? AND id = ?");
        let found = self.read(|journal| {
            journal
                .prepare_cached(&query)?
                .query_row(params![connection, owner, id], from_sql)
                .optional()
        })?;
        found.map(|row| self.unsealed_inbox(row)).transpose()
    }

    /// Acknowledges a row, durably. Who did so first stays written. False: there is
    /// no such row.
    pub fn acknowledge(
        &self,
        connection: &str,
        owner: &str,
        id: &str,
        by: &str,
    ) -> Result<bool, JournalError> {
        let changed = self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE inbox SET acknowledged = coalesce(acknowledged, ?),
                 acknowledged_by = coalesce(acknowledged_by, ?)
                 WHERE connection = ? AND owner = ? AND id = ?",
                params![now(), by, connection, owner, id],
            )
        })?;
        Ok(changed == 1)
    }

    fn unsealed_inbox(&self, mut row: InboxRow) -> Result<InboxRow, JournalError> {
        row.said = self.sealer.unseal(&purpose(&row.id), &row.said)?;
        Ok(row)
    }
}

const COLUMNS: &str = "seq, id, kind, created, acknowledged, acknowledged_by, sealed";

/// Its last member is still sealed.
fn from_sql(row: &Row<'_>) -> rusqlite::Result<InboxRow> {
    Ok(InboxRow {
        seq: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        created: row.get(3)?,
        acknowledged: row.get(4)?,
        acknowledged_by: row.get(5)?,
        said: row.get(6)?,
    })
}

fn purpose(id: &str) -> Vec<u8> {
    [b"inbox/", id.as_bytes()].concat()
}
