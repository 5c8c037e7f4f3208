//! The audit: rows are added and read, and never changed.

use clio_host::AuditEntry;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

use super::chain::AuditRow;
use super::keys::Head;
use super::{Journal, JournalError, exclusive};

/// The name under which the journal speaks of itself in the audit.
pub const SELF: &str = "journal";
/// The end of the audit had been lost when this row was written.
pub const HEAD_LOST: &str = "head_lost";

/// Lets no beginning of a call pass whose end stands there, too.
const ENDED_OR_ALONE: &str = "NOT (status = 'begun' AND EXISTS (SELECT 1 FROM audit AS ended
      WHERE ended.correlation = audit.correlation AND ended.action = audit.action
      AND ended.seq > audit.seq AND ended.status <> 'begun'))";

/// Which rows to read. An absent member lets all pass.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Milliseconds since 1970, included.
    pub since: Option<i64>,
    /// Milliseconds since 1970, excluded.
    pub until: Option<i64>,
    pub action: Option<String>,
    pub status: Option<String>,
    pub connection: Option<String>,
    pub correlation: Option<String>,
    /// Only the newest so many.
    pub last: Option<u32>,
    /// Also the beginnings of calls whose end stands there, too.
    pub beginnings: bool,
}

impl Journal {
    /// Adds a row at the end of the audit, durably.
    pub fn append(&self, row: AuditRow) -> Result<(), JournalError> {
        self.add(row)?;
        self.sync_audit()
    }

    /// Adds a row at the end of the audit. It outlives this process, and a power
    /// cut after [`Self::sync_audit`].
    pub(super) fn add(&self, mut row: AuditRow) -> Result<(), JournalError> {
        let key = self.keys.audit_key();
        // Held so that a lost end is noted once.
        let _lock = exclusive(&self.folder)?;
        let head = self.keys.load_head()?;
        let noted = self.write(|transaction| {
            let mut noted = None;
            let last = last(transaction)?;
            let at = match (head, last) {
                // Not told yet, or its process ended before that.
                (Some(head), Some(last)) if last.seq > head.seq => last,
                // Where rows were cut off, the chain goes on from what was
                // there: so the gap stays to be seen.
                (Some(head), _) => head,
                (None, last) => {
                    let at = last.unwrap_or(Head::START);
                    let mut note = AuditRow::note(SELF, HEAD_LOST);
                    let code = note.chain(&key, at.seq + 1, at.code);
                    insert(transaction, &note)?;
                    let seq = at.seq + 1;
                    *noted.insert(Head { seq, code })
                }
            };
            row.chain(&key, at.seq + 1, at.code);
            insert(transaction, &row)?;
            Ok(noted)
        })?;
        match noted {
            // Or the next row would note it again.
            Some(head) => {
                self.make_durable()?;
                Ok(self.keys.store_head(&head)?)
            }
            None => Ok(()),
        }
    }

    /// Makes all rows durable, and tells where they end: in this order, or the
    /// end told after a power cut could be one that is not there.
    pub(super) fn sync_audit(&self) -> Result<(), JournalError> {
        // Held until the end is told: or an older one could overwrite it. And
        // nobody adds a row between the look and the sync.
        let _lock = exclusive(&self.folder)?;
        let (head, last) = (self.keys.load_head()?, self.read(last)?);
        self.make_durable()?;
        match (head, last) {
            (Some(head), Some(last)) if last.seq > head.seq => Ok(self.keys.store_head(&last)?),
            // Nothing new; or rows were cut off, or the end was lost, which stays
            // to be seen.
            _ => Ok(()),
        }
    }

    /// The rows that a filter lets pass, oldest first.
    pub fn rows(&self, filter: &Filter) -> Result<Vec<AuditRow>, JournalError> {
        let mut conditions = vec!["1"];
        let mut values: Vec<rusqlite::types::Value> = Vec::new();
        let mut add = |condition, value: Option<rusqlite::types::Value>| {
            if let Some(value) = value {
                conditions.push(condition);
                values.push(value);
            }
        };
        add("at >= ?", filter.since.map(Into::into));
        add("at < ?", filter.until.map(Into::into));
        add("action = ?", filter.action.clone().map(Into::into));
        add("status = ?", filter.status.clone().map(Into::into));
        add("connection = ?", filter.connection.clone().map(Into::into));
        add(
            "correlation = ?",
            filter.correlation.clone().map(Into::into),
        );
        if !filter.beginnings {
            conditions.push(ENDED_OR_ALONE);
        }
        let limit = filter.last.map_or(-1, i64::from);
        let query = format!(
            "SELECT {COLUMNS} FROM audit WHERE {} ORDER BY seq DESC LIMIT {limit}",
            conditions.join(" AND ")
        );
        let mut rows = self.read(|connection| {
            connection
                .prepare(&query)?
                .query_map(params_from_iter(values), from_sql)?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        rows.reverse();
        Ok(rows)
    }

    /// The rows of a run's calls, oldest first: those that bear its id, or its id
    /// and a number behind a slash. At most so many, the newest.
    pub fn run_rows(&self, run: &str, last: u32) -> Result<Vec<AuditRow>, JournalError> {
        // A zero comes after a slash, and nothing between them.
        let (from, to) = (format!("{run}/"), format!("{run}0"));
        let query = format!(
            "SELECT {COLUMNS} FROM audit
             WHERE (correlation = ?1 OR (correlation >= ?2 AND correlation < ?3))
             AND {ENDED_OR_ALONE} ORDER BY seq DESC LIMIT ?4"
        );
        let mut rows = self.read(|connection| {
            connection
                .prepare_cached(&query)?
                .query_map(params![run, from, to, last], from_sql)?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        rows.reverse();
        Ok(rows)
    }
}

impl clio_host::Journal for Journal {
    fn append(&self, entry: &AuditEntry) -> Result<(), clio_host::JournalError> {
        self.add(AuditRow::of(entry)).map_err(told)
    }

    fn sync(&self) -> Result<(), clio_host::JournalError> {
        self.sync_audit().map_err(told)
    }
}

fn told(error: JournalError) -> clio_host::JournalError {
    clio_host::JournalError(error.to_string())
}

pub(super) const COLUMNS: &str =
    "seq, at, correlation, action, connection, status, code, details, prev, mac";

pub(super) fn from_sql(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: u64::from_ne_bytes(row.get::<_, i64>(0)?.to_ne_bytes()),
        at: row.get(1)?,
        correlation: row.get(2)?,
        action: row.get(3)?,
        connection: row.get(4)?,
        status: row.get(5)?,
        code: row.get(6)?,
        details: row.get(7)?,
        prev: row.get(8)?,
        mac: row.get(9)?,
    })
}

/// The last row, as an end. One whose code is no code is taken as it is: the
/// next row then hangs on what nobody can have written.
fn last(connection: &Connection) -> rusqlite::Result<Option<Head>> {
    connection
        .query_row(
            "SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1",
            [],
            |row| {
                let mac: Vec<u8> = row.get(1)?;
                Ok(Head {
                    seq: u64::from_ne_bytes(row.get::<_, i64>(0)?.to_ne_bytes()),
                    code: mac.try_into().unwrap_or([0xff; 32]),
                })
            },
        )
        .optional()
}

fn insert(connection: &Connection, row: &AuditRow) -> rusqlite::Result<()> {
    connection.execute(
        &format!("INSERT INTO audit ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        params![
            i64::from_ne_bytes(row.seq.to_ne_bytes()),
            row.at,
            row.correlation,
            row.action,
            row.connection,
            row.status,
            row.code,
            row.details,
            row.prev,
            row.mac,
        ],
    )?;
    Ok(())
}
