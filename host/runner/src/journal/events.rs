//! Events: what became known of an account, as it goes out. Each has an id by
//! which who gets it drops repeats, for it goes out at least once.
//!
//! What must stay true: what a look at the account found, the cursor from which
//! the next look goes on, and the runs that bring it out are written in one
//! transaction. So a kill loses nothing that was found, and doubles nothing.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::matters::KnownStatus;
use super::runs::{NewRun, new_id};
use super::{Journal, JournalError, now};

/// An event to be.
#[derive(Debug)]
pub struct NewEvent<'a> {
    /// What [`new_event_id`] made.
    pub id: &'a str,
    /// What it is: `document.new`, ….
    pub kind: &'a str,
    /// What is the same is an event once. Empty: each time.
    pub once: &'a [&'a str],
    /// What it says, as JSON. Kept sealed.
    pub said: &'a [u8],
    /// The runs that bring it out. They are added with it, or not at all.
    pub out: &'a [NewRun<'a>],
}

/// What a look at an account came to.
#[derive(Debug)]
pub struct Found<'a> {
    pub connection: &'a str,
    /// The account: see [`super::outbox::Whose`].
    pub owner: &'a str,
    /// Where the next look goes on.
    pub cursor: CursorMove<'a>,
    pub events: &'a [NewEvent<'a>],
    /// What is known of matters from now on.
    pub matters: &'a [KnownStatus],
    /// The looks that follow.
    pub runs: &'a [NewRun<'a>],
}

/// The move of a cursor, which stands among what is remembered ([`super::kept`]).
#[derive(Debug)]
pub struct CursorMove<'a> {
    pub kind: &'a str,
    pub name: &'a [&'a str],
    /// The version that was read; 0 where there was none.
    pub read: i64,
    pub value: &'a [u8],
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub seq: i64,
    pub id: String,
    pub connection: String,
    pub owner: String,
    pub kind: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// What it says, as JSON.
    pub said: Vec<u8>,
}

/// An id for an event.
pub fn new_event_id() -> Result<String, JournalError> {
    Ok(format!("evt_{}", new_id()?))
}

impl Journal {
    /// Writes what a look found, durably, all of it or nothing. Returns the ids of
    /// the events that are new.
    ///
    /// # Errors
    /// `Conflict` when the cursor was moved meanwhile: what was found is another
    /// look's then.
    pub fn add_found(&self, found: &Found<'_>) -> Result<Vec<String>, JournalError> {
        let CursorMove {
            kind,
            name,
            read,
            value,
        } = found.cursor;
        let cursor = self.prepared_change(kind, name, read, value)?;
        let mut events = Vec::with_capacity(found.events.len());
        for event in found.events {
            let sealed = self.sealer.seal(&purpose(event.id), event.said)?;
            let once = (!event.once.is_empty()).then(|| {
                let parts = ["events/once", found.connection, found.owner];
                let parts = parts.iter().chain(event.once).map(|part| part.as_bytes());
                self.sealer.name(&parts.collect::<Vec<_>>())
            });
            events.push((event, once, sealed, self.prepared_runs(event.out)?));
        }
        let runs = self.prepared_runs(found.runs)?;
        let added = self.write_durably(|transaction| {
            if !cursor.write(transaction)? {
                return Ok(None);
            }
            let mut added = Vec::new();
            for (event, once, sealed, out) in &events {
                let changed = transaction
                    .prepare_cached(
                        "INSERT INTO events (id, connection, owner, kind, once, created, sealed)
                         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (once) DO NOTHING",
                    )?
                    .execute(params![
                        event.id,
                        found.connection,
                        found.owner,
                        event.kind,
                        once,
                        now(),
                        sealed
                    ])?;
                if changed == 1 {
                    insert_all(transaction, out)?;
                    added.push(event.id.to_owned());
                }
            }
            for matter in found.matters {
                matter.write(transaction, found.connection, found.owner)?;
            }
            insert_all(transaction, &runs)?;
            Ok(Some(added))
        })?;
        added.ok_or(JournalError::Conflict)
    }

    /// One event.
    pub fn event(&self, id: &str) -> Result<Option<Event>, JournalError> {
        let query = format!("SELECT {COLUMNS} FROM events WHERE id = ?");
        let found = self.read(|connection| {
            connection
                .prepare_cached(&query)?
                .query_row([id], from_sql)
                .optional()
        })?;
        found.map(|event| self.unsealed(event)).transpose()
    }

    /// The events of a connection's account after one, oldest first, at most so
    /// many.
    pub fn events_after(
        &self,
        connection: &str,
        owner: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Event>, JournalError> {
        let query = format!(
            "SELECT {COLUMNS} FROM events WHERE connection = ? AND owner = ? AND seq > ?
             ORDER BY seq LIMIT ?"
        );
        let found: Vec<Event> = self.read(|journal| {
            journal
                .prepare_cached(&query)?
                .query_map(params![connection, owner, after, limit], from_sql)?
                .collect()
        })?;
        let unsealed = found.into_iter().map(|event| self.unsealed(event));
        unsealed.collect()
    }

    /// The number of the last event of a connection; 0 where there is none.
    pub fn last_event(&self, connection: &str) -> Result<i64, JournalError> {
        self.read(|journal| {
            journal
                .prepare_cached("SELECT coalesce(max(seq), 0) FROM events WHERE connection = ?")?
                .query_row([connection], |row| row.get(0))
        })
    }

    fn unsealed(&self, mut event: Event) -> Result<Event, JournalError> {
        event.said = self.sealer.unseal(&purpose(&event.id), &event.said)?;
        Ok(event)
    }
}

fn insert_all(
    transaction: &Transaction<'_>,
    runs: &[super::runs::PreparedRun<'_>],
) -> rusqlite::Result<()> {
    runs.iter()
        .try_for_each(|run| run.insert(transaction).map(drop))
}

const COLUMNS: &str = "seq, id, connection, owner, kind, created, sealed";

/// Its last member is still sealed.
fn from_sql(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        seq: row.get(0)?,
        id: row.get(1)?,
        connection: row.get(2)?,
        owner: row.get(3)?,
        kind: row.get(4)?,
        created: row.get(5)?,
        said: row.get(6)?,
    })
}

fn purpose(id: &str) -> Vec<u8> {
    [b"events/", id.as_bytes()].concat()
}
