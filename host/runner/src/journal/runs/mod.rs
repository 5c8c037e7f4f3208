//! Runs: what the service works on, one row each, whatever it is: a call, a case,
//! a delivery of Clio's, a detection, a message that goes out.
//!
//! A run stands here before anybody is told that it was taken, and what it came
//! to before anybody is told that. It waits, runs, and ends done, failed or
//! cancelled; what failed for a reason that may pass waits again.
//!
//! What must stay true: one process at a time runs it. A row names its holder,
//! and the holder is alive as long as it holds a lock of the operating system, so
//! what a killed process ran waits again as soon as anybody looks. Runs of one
//! lane never run at once, and where they are ordered none overtakes another.

mod held;

use rusqlite::{
    OptionalExtension as _, Row, Transaction, params, params_from_iter, types::Value as Sql,
};
use serde::{Deserialize, Serialize};

use super::{Journal, JournalError, now};
use crate::digest::hex;
use crate::traced;

pub use clio_host::Class;
pub(super) use held::holder_path;
pub use held::{Holder, Take};

fn class_of(number: i64) -> Class {
    let known = usize::try_from(number)
        .ok()
        .and_then(|at| Class::ALL.get(at));
    known.copied().unwrap_or(Class::Bulk)
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is to be run at `due`; with a code, once more.
    Waiting,
    Running,
    Done,
    /// For a reason that does not pass: it waits for a person.
    Failed,
    Cancelled,
}

impl Status {
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing more happens to it by itself.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A run to be.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// Its connection's name.
    pub connection: &'a str,
    /// The account that it is for: see [`super::outbox::Whose`].
    pub owner: &'a str,
    /// What carries it out: `call`, `case`, `delivery`, ….
    pub kind: &'a str,
    /// For people, without client data: `sync-contact.sync`.
    pub what: &'a str,
    pub class: Class,
    /// Runs of one lane do not run at once. Empty: a lane of its own.
    pub lane: &'a [&'a str],
    /// None of its lane overtakes another, not even one that waits to be run again.
    pub ordered: bool,
    /// What is the same is taken once. Empty: each time.
    pub once: &'a [&'a str],
    /// When it is first run, in milliseconds since 1970; 0: at once.
    pub due: i64,
    /// What is needed to run it, as JSON. Kept sealed.
    pub asked: &'a [u8],
}

/// A run, without what is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub seq: i64,
    pub id: String,
    pub connection: String,
    pub owner: String,
    pub kind: String,
    pub what: String,
    pub class: Class,
    pub status: Status,
    /// Whether it was asked to end.
    pub cancel: bool,
    /// Milliseconds since 1970, as the two below.
    pub due: i64,
    pub created: i64,
    pub updated: i64,
    pub attempts: u32,
    /// The error's code; empty where none is known.
    pub code: String,
    /// The trace that it belongs to: see [`crate::traced`].
    pub trace: String,
}

/// Which runs to list. An absent member lets all pass.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// The connections that the asker may see. None: all.
    pub connections: Option<Vec<String>>,
    pub kinds: Vec<String>,
    pub status: Option<Status>,
    /// Only what failed and waits for a person.
    pub for_a_person: bool,
    /// Connections and the accounts that they lead to: what was for another account
    /// under such a name is left out.
    pub lead_to: Vec<(String, String)>,
    /// Only older ones than this.
    pub before: Option<i64>,
    pub since: Option<i64>,
    pub until: Option<i64>,
    /// At most so many, newest first.
    pub limit: u32,
}

/// How a run ended, this time.
#[derive(Debug, Clone)]
pub enum RunEnd {
    /// It is done, with this result.
    Done(Vec<u8>),
    /// It failed, and nobody but a person helps.
    Failed {
        code: String,
        told: Vec<u8>,
    },
    /// It failed, and is run again at this time.
    Again {
        code: String,
        told: Vec<u8>,
        due: i64,
    },
    Cancelled,
    /// It was not carried out: somebody else is to, as if it had not been begun.
    HandedBack,
}

/// A run, ready to be written.
#[derive(Debug)]
pub(super) struct PreparedRun<'a> {
    run: &'a NewRun<'a>,
    id: String,
    lane: [u8; 32],
    once: Option<[u8; 32]>,
    trace: String,
    asked: Vec<u8>,
}

impl PreparedRun<'_> {
    /// Writes it. Returns its id, and whether it is new.
    pub(super) fn insert(&self, transaction: &Transaction<'_>) -> rusqlite::Result<(String, bool)> {
        let Self {
            run,
            id,
            lane,
            once,
            trace,
            asked,
        } = self;
        let now = now();
        let changed = transaction
            .prepare_cached(
                "INSERT INTO runs (id, connection, owner, kind, what, class, lane, ordered,
                     once, status, due, created, updated, trace, asked)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?)
                 ON CONFLICT (once) DO NOTHING",
            )?
            .execute(params![
                id,
                run.connection,
                run.owner,
                run.kind,
                run.what,
                run.class as i64,
                lane,
                run.ordered,
                once,
                run.due,
                now,
                now,
                trace,
                asked
            ])?;
        if changed == 1 {
            return Ok((id.clone(), true));
        }
        let taken = "SELECT id FROM runs WHERE once = ?";
        let id = transaction.query_row(taken, params![once], |row| row.get(0))?;
        Ok((id, false))
    }
}

impl Journal {
    /// Adds runs, durably, all or none. Returns each one's id, and whether it is
    /// new; of one that was taken before the id it had then.
    pub fn add_runs(&self, runs: &[NewRun<'_>]) -> Result<Vec<(String, bool)>, JournalError> {
        let rows = self.prepared_runs(runs)?;
        self.write_durably(|transaction| rows.iter().map(|row| row.insert(transaction)).collect())
    }

    /// Runs as rows, for a transaction that writes more than them.
    pub(super) fn prepared_runs<'a>(
        &self,
        runs: &'a [NewRun<'a>],
    ) -> Result<Vec<PreparedRun<'a>>, JournalError> {
        let prepared = |run: &'a NewRun<'a>| {
            let id = new_id()?;
            let lane = match run.lane {
                [] => self.run_name("lane", &[&id]),
                lane => self.run_name("lane", lane),
            };
            Ok(PreparedRun {
                lane,
                once: (!run.once.is_empty()).then(|| self.run_name("once", run.once)),
                trace: traced::current(),
                asked: self.sealer.seal(&purpose(&id, "asked"), run.asked)?,
                id,
                run,
            })
        };
        runs.iter().map(prepared).collect()
    }

    /// What a run was asked with.
    pub fn run_asked(&self, id: &str) -> Result<Option<Vec<u8>>, JournalError> {
        self.sealed_of(id, "asked")
    }

    /// What a run came to the last time: its result, or what a caller is told of
    /// its failure.
    pub fn run_told(&self, id: &str) -> Result<Option<Vec<u8>>, JournalError> {
        self.sealed_of(id, "told")
    }

    fn sealed_of(&self, id: &str, member: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let query = format!("SELECT {member} FROM runs WHERE id = ?");
        let sealed: Option<Option<Vec<u8>>> = self.read(|connection| {
            connection
                .query_row(&query, [id], |row| row.get(0))
                .optional()
        })?;
        let sealed = sealed.flatten();
        sealed
            .map(|sealed| self.sealer.unseal(&purpose(id, member), &sealed))
            .transpose()
    }

    /// Asks a run to end: one that waits is cancelled, one that runs is told. False:
    /// it had ended.
    pub fn cancel_run(&self, id: &str) -> Result<bool, JournalError> {
        let changed = self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE runs SET cancel = 1, updated = ?,
                 code = CASE status WHEN 'waiting' THEN 'cancelled' ELSE code END,
                 status = CASE status WHEN 'waiting' THEN 'cancelled' ELSE status END
                 WHERE id = ? AND status IN ('waiting', 'running')",
                params![now(), id],
            )
        })?;
        Ok(changed == 1)
    }

    /// Lets one that failed, was cancelled, or waits to be run again, be run at
    /// once. False: it is none of these.
    pub fn retry_run(&self, id: &str) -> Result<bool, JournalError> {
        let changed = self.write_durably(|transaction| {
            transaction.execute(
                "UPDATE runs SET status = 'waiting', cancel = 0, due = ?, updated = ?
                 WHERE id = ? AND status IN ('failed', 'cancelled', 'waiting')",
                params![now(), now(), id],
            )
        })?;
        Ok(changed == 1)
    }

    /// Lets all of a connection that failed, and wait for a person, be run at once.
    /// Returns how many.
    pub fn retry_failed(&self, connection: &str) -> Result<usize, JournalError> {
        self.write_durably(|transaction| {
            transaction.execute(
                &format!(
                    "UPDATE runs SET status = 'waiting', cancel = 0, due = ?, updated = ?
                     WHERE connection = ? AND {FOR_A_PERSON}"
                ),
                params![now(), now(), connection],
            )
        })
    }

    pub fn run(&self, id: &str) -> Result<Option<Run>, JournalError> {
        let query = format!("SELECT {COLUMNS} FROM runs AS run WHERE id = ?");
        self.read(|connection| connection.query_row(&query, [id], from_sql).optional())
    }

    /// Runs, newest first.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<Run>, JournalError> {
        let mut query = format!("SELECT {COLUMNS} FROM runs AS run WHERE 1");
        let mut values: Vec<Sql> = Vec::new();
        let mut among = |column: &str, of: &[String], query: &mut String| {
            let marks = vec!["?"; of.len()].join(", ");
            query.push_str(&format!(" AND {column} IN ({marks})"));
            values.extend(of.iter().cloned().map(Sql::from));
        };
        if let Some(connections) = &filter.connections {
            among("connection", connections, &mut query);
        }
        if !filter.kinds.is_empty() {
            among("kind", &filter.kinds, &mut query);
        }
        if let Some(status) = filter.status {
            among("status", &[status.word().to_owned()], &mut query);
        }
        for (connection, owner) in &filter.lead_to {
            query.push_str(" AND (connection <> ? OR owner = ?)");
            values.extend([connection.clone().into(), owner.clone().into()]);
        }
        if filter.for_a_person {
            query.push_str(&format!(" AND {FOR_A_PERSON}"));
        }
        for (condition, value) in [
            (" AND seq < ?", filter.before),
            (" AND created >= ?", filter.since),
            (" AND created < ?", filter.until),
        ] {
            if let Some(value) = value {
                query.push_str(condition);
                values.push(value.into());
            }
        }
        query.push_str(" ORDER BY seq DESC LIMIT ?");
        values.push(i64::from(filter.limit).into());
        self.read(|connection| {
            connection
                .prepare_cached(&query)?
                .query_map(params_from_iter(values), from_sql)?
                .collect()
        })
    }

    fn run_name(&self, kind: &str, parts: &[&str]) -> [u8; 32] {
        let parts: Vec<&[u8]> = ["runs", kind]
            .iter()
            .chain(parts)
            .map(|part| part.as_bytes())
            .collect();
        self.sealer.name(&parts)
    }
}

/// What failed and waits for a person. Who waited for a call was told, and decides.
pub(super) const FOR_A_PERSON: &str = "status = 'failed' AND NOT (kind = 'call' AND class = 0)";

const COLUMNS: &str = "run.seq, run.id, run.connection, run.owner, run.kind, run.what, run.class, \
     run.status, run.cancel, run.due, run.created, run.updated, run.attempts, run.code, run.trace";

fn from_sql(row: &Row<'_>) -> rusqlite::Result<Run> {
    let status: String = row.get(7)?;
    Ok(Run {
        seq: row.get(0)?,
        id: row.get(1)?,
        connection: row.get(2)?,
        owner: row.get(3)?,
        kind: row.get(4)?,
        what: row.get(5)?,
        class: class_of(row.get(6)?),
        // Written by us alone.
        status: Status::of(&status).unwrap_or(Status::Failed),
        cancel: row.get(8)?,
        due: row.get(9)?,
        created: row.get(10)?,
        updated: row.get(11)?,
        attempts: row.get(12)?,
        code: row.get(13)?,
        trace: row.get(14)?,
    })
}

fn purpose(id: &str, member: &str) -> Vec<u8> {
    [b"runs/", member.as_bytes(), b"/", id.as_bytes()].concat()
}

/// An id that no other run has: 24 hexadecimal digits.
pub(super) fn new_id() -> Result<String, JournalError> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(|_| JournalError::Sealed)?;
    Ok(hex(&bytes))
}
