//! Whether the audit is what was written.
//!
//! Where its oldest rows were taken out by age, a row says up to which one, and
//! with which code it ended ([`super::retention`]): the audit begins there.

use rusqlite::Connection;
use serde::Serialize;

use super::audit::{COLUMNS, HEAD_LOST, SELF, from_sql};
use super::chain::AuditRow;
use super::keys::{Head, Key};
use super::retention::{ROWS_REMOVED, Removed};
use super::{Journal, JournalError, exclusive};

/// What a look through the whole audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The number of rows.
    pub rows: u64,
    /// The last row that was taken out by age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_through: Option<u64>,
    /// What is wrong, in the order of the rows. Empty: nothing.
    pub findings: Vec<Finding>,
}

/// Something that is not as it was written. Numbers are those of rows, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "finding")]
pub enum Finding {
    /// A row says something else than it did.
    Altered { row: u64 },
    /// A row stands in another's place.
    Reordered { row: u64, belongs_at: u64 },
    /// Rows are gone from the middle or the beginning.
    Removed { from: u64, to: u64 },
    /// Rows are gone from the end.
    Truncated { from: u64, to: u64 },
    /// A row does not hang on the one before it.
    Unchained { row: u64 },
    /// The audit's end was lost before this row was written: rows before it may
    /// be gone.
    HeadLost { row: u64 },
    /// The audit's end is lost: rows may be gone from the end.
    NoHead,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Altered { row } => write!(f, "row {row} was altered"),
            Self::Reordered { row, belongs_at } => {
                write!(f, "row {row} was moved: it was written as row {belongs_at}")
            }
            Self::Removed { from, to } => write!(f, "{} removed", range(*from, *to)),
            Self::Truncated { from, to } => {
                write!(f, "{} cut off the end", range(*from, *to))
            }
            Self::Unchained { row } => write!(f, "row {row} does not follow from the one before"),
            Self::HeadLost { row } => write!(
                f,
                "before row {row} the record of the audit's end was lost: rows may be missing there"
            ),
            Self::NoHead => f.write_str(
                "the record of the audit's end is lost or changed: rows may be missing at the end",
            ),
        }
    }
}

fn range(from: u64, to: u64) -> String {
    if from == to {
        format!("row {from} was")
    } else {
        format!("rows {from} to {to} were")
    }
}

impl Journal {
    /// Looks through the whole audit.
    pub fn verify(&self) -> Result<Verdict, JournalError> {
        let key = self.keys.audit_key();
        // Nobody moves the end meanwhile.
        let _lock = exclusive(&self.folder)?;
        let head = self.keys.load_head()?;
        let check = self.read(|connection| checked(connection, &key, u64::MAX))?;
        Ok(check.end(head))
    }

    /// Looks through the audit up to a row.
    pub(super) fn verify_through(&self, seq: u64) -> Result<Vec<Finding>, JournalError> {
        let key = self.keys.audit_key();
        let check = self.read(|connection| checked(connection, &key, seq))?;
        Ok(check.findings)
    }
}

/// Looks through the rows up to one, at one moment.
fn checked<'a>(connection: &Connection, key: &'a Key, through: u64) -> rusqlite::Result<Check<'a>> {
    let moment = connection.unchecked_transaction()?;
    let mut check = Check::new(key, removed(&moment, key)?);
    let mut statement = moment.prepare(&format!(
        "SELECT {COLUMNS} FROM audit WHERE seq <= ? ORDER BY seq"
    ))?;
    let mut rows = statement.query([i64::try_from(through).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        match from_sql(row) {
            Ok(row) => check.row(&row),
            // A column of another type than was ever written.
            Err(_) => check.unreadable(row.get::<_, i64>(0)?),
        }
    }
    Ok(check)
}

/// Up to where rows were taken out, as the newest genuine row says that does.
fn removed(connection: &Connection, key: &Key) -> rusqlite::Result<Option<Removed>> {
    let mut statement = connection.prepare(&format!(
        "SELECT {COLUMNS} FROM audit WHERE action = ? AND status = ? ORDER BY seq DESC"
    ))?;
    let mut rows = statement.query([SELF, ROWS_REMOVED])?;
    while let Some(row) = rows.next()? {
        let genuine = from_sql(row)
            .ok()
            .filter(|row| row.is_genuine(key, row.seq));
        if let Some(removed) = genuine.and_then(|row| Removed::of(&row)) {
            return Ok(Some(removed));
        }
    }
    Ok(None)
}

struct Check<'a> {
    key: &'a Key,
    rows: u64,
    /// The end so far. Its code is unknown after a row that is not genuine.
    at: u64,
    code: Option<Vec<u8>>,
    /// The code of the row whose number the head has to compare with.
    codes: Vec<(u64, Vec<u8>)>,
    findings: Vec<Finding>,
    /// How many more rows are looked for in other places.
    searches: u32,
    removed: Option<Removed>,
}

impl<'a> Check<'a> {
    fn new(key: &'a Key, removed: Option<Removed>) -> Self {
        Self {
            key,
            rows: 0,
            at: 0,
            code: Some(Head::START.code.to_vec()),
            codes: Vec::new(),
            findings: Vec::new(),
            searches: 32,
            removed,
        }
    }

    fn gap(&mut self, seq: u64) -> bool {
        if self.rows == 0
            && let Some(removed) = &self.removed
            && (2..=removed.through + 1).contains(&seq)
        {
            // Of those to be taken out some may still stand, after a kill.
            self.at = seq - 1;
            self.code = (seq == removed.through + 1).then(|| removed.code.clone());
        }
        let expected = self.at + 1;
        if seq > expected {
            let (from, to) = (expected, seq - 1);
            self.findings.push(Finding::Removed { from, to });
        }
        self.rows += 1;
        self.at = seq;
        seq == expected
    }

    fn row(&mut self, row: &AuditRow) {
        let follows = self.gap(row.seq);
        if !row.is_genuine(self.key, row.seq) {
            let finding = match self.place_of(row) {
                Some(belongs_at) => Finding::Reordered {
                    row: row.seq,
                    belongs_at,
                },
                None => Finding::Altered { row: row.seq },
            };
            self.findings.push(finding);
            self.code = None;
            return;
        }
        // After a gap or a row that was altered, the code before is not known,
        // and the finding stands already.
        let hangs = self.code.as_ref().is_none_or(|code| *code == row.prev);
        if follows && !hangs {
            self.findings.push(Finding::Unchained { row: row.seq });
        }
        if row.action == SELF && row.status == HEAD_LOST {
            self.findings.push(Finding::HeadLost { row: row.seq });
        }
        self.code = Some(row.mac.clone());
        self.codes.push((row.seq, row.mac.clone()));
        // Only the newest can be the head, or one before it.
        if self.codes.len() > 64 {
            self.codes.remove(0);
        }
    }

    fn unreadable(&mut self, seq: i64) {
        let seq = u64::try_from(seq).unwrap_or(0);
        self.gap(seq);
        self.findings.push(Finding::Altered { row: seq });
        self.code = None;
    }

    /// The number that a moved row was written with. A row says what it hangs
    /// on; those near it are tried.
    fn place_of(&mut self, row: &AuditRow) -> Option<u64> {
        self.searches = self.searches.checked_sub(1)?;
        let around = row.seq.saturating_sub(10_000)..row.seq.saturating_add(10_000);
        around
            .filter(|seq| *seq != row.seq)
            .find(|seq| row.is_genuine(self.key, *seq))
    }

    fn end(mut self, head: Option<Head>) -> Verdict {
        match head {
            None => self.findings.push(Finding::NoHead),
            Some(head) if head.seq > self.at => self.findings.push(Finding::Truncated {
                from: self.at + 1,
                to: head.seq,
            }),
            Some(head) => {
                let other = |(seq, code): &(u64, Vec<u8>)| *seq == head.seq && *code != head.code;
                if self.codes.iter().any(other) {
                    self.findings.push(Finding::Altered { row: head.seq });
                }
            }
        }
        Verdict {
            rows: self.rows,
            removed_through: self.removed.map(|removed| removed.through),
            findings: self.findings,
        }
    }
}
