//! What is remembered of a case and of its client between two runs.
//!
//! Clio is the truth, and a run without this memory comes to the same account
//! where Clio can tell who is meant. The memory makes a repetition recognisable
//! as one (`began` is the same), cheap (known ids save looking up), and one that
//! means somebody else a mistake (see [`Who`]). It stands in the journal,
//! sealed, is written before the first request, whole or not at all, and what
//! cannot be read is never overwritten: it would lose what it still says.

mod asked;
mod case;
mod client;
mod markers;
mod namesakes;
mod who;

use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::journal::{Journal, JournalError};
pub use asked::{Asked, Member};
pub use case::{CaseRecord, CaseState, KnownContact};
pub use client::{ClientRecord, ClientState};
pub use markers::Markers;
pub use who::Who;

/// Why the memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("what is remembered of the {what} is damaged: {why}")]
    Damaged {
        what: &'static str,
        why: String,
        mend: &'static str,
    },
    #[error(transparent)]
    Journal(JournalError),
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let told = error.to_string();
        match error {
            StateError::Damaged { mend, .. } => Self::host(told).next(mend),
            StateError::Journal(error) => error.into(),
        }
    }
}

/// Where the memory of one account stands.
#[derive(Debug, Clone)]
pub struct Memory {
    journal: Arc<Journal>,
    scope: String,
    /// Whether changes are written, and what was remembered is used.
    keeps: Keeps,
}

/// What becomes of the memory in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeps {
    Changes,
    /// A dry run: nothing is written.
    Nothing,
    /// A dry run that forgets: nor is anything read.
    Unread,
}

impl Memory {
    pub fn new(journal: Arc<Journal>, scope: &str) -> Self {
        Self {
            journal,
            scope: scope.to_owned(),
            keeps: Keeps::Changes,
        }
    }

    /// For a dry run. One that forgets acts as if nothing were remembered, and
    /// leaves it.
    #[must_use]
    pub fn dry(mut self, forget: bool) -> Self {
        self.keeps = if forget {
            Keeps::Unread
        } else {
            Keeps::Nothing
        };
        self
    }

    /// A digest, under the journal's key, of something that belongs to this
    /// account.
    pub fn digest(&self, kind: &str, value: &str) -> String {
        self.journal.digest(&[&self.scope, kind, value])
    }

    /// What a case waits under in the outbox.
    pub fn subject<'a>(&'a self, source_id: &'a str) -> [&'a str; 3] {
        ["sync", &self.scope, source_id]
    }

    /// The path of a case's lock.
    pub fn case_lock(&self, source_id: &str) -> PathBuf {
        self.journal.own_lock(&self.subject(source_id))
    }

    /// Reads a record and its version. `what` names it in words.
    fn read<T: Remembered>(&self, name: &str) -> Result<Option<(i64, T)>, StateError> {
        if self.keeps == Keeps::Unread {
            return Ok(None);
        }
        let kept = match self.journal.kept(T::KIND, &[&self.scope, name]) {
            Ok(Some(kept)) => kept,
            Ok(None) => return Ok(None),
            Err(error @ JournalError::Sealed) => return Err(damaged::<T>(error.to_string())),
            Err(error) => return Err(StateError::Journal(error)),
        };
        let record: T = parse(&kept.value, T::FORMATS).map_err(damaged::<T>)?;
        if !record.is_of(&self.scope, name) {
            return Err(damaged::<T>("it is another's".to_owned()));
        }
        Ok(Some((kept.version, record)))
    }

    /// Writes a record over the version that was read, and returns the new one.
    fn write<T: Remembered>(
        &self,
        name: &str,
        version: i64,
        record: &T,
    ) -> Result<i64, StateError> {
        if self.keeps != Keeps::Changes {
            return Ok(version);
        }
        let text = serde_json::to_vec(record).map_err(|error| damaged::<T>(error.to_string()))?;
        self.journal
            .keep(T::KIND, &[&self.scope, name], version, &text)
            .map_err(StateError::Journal)
    }

    fn forget<T: Remembered>(&self, name: &str) -> Result<(), StateError> {
        if self.keeps != Keeps::Changes {
            return Ok(());
        }
        self.journal
            .forget(T::KIND, &[&self.scope, name])
            .map_err(StateError::Journal)
    }
}

/// A record that the journal keeps under a name.
trait Remembered: Serialize + DeserializeOwned + Clone + PartialEq {
    /// What it is, in words.
    const WHAT: &'static str;
    const KIND: &'static str;
    /// The formats that are read; the last is written.
    const FORMATS: &'static [u32];
    /// What a person does about a damaged one.
    const MEND: &'static str = "restore the journal, or run again with --forget: the records are \
                                then looked for in Clio";

    /// Whether it belongs where it stood.
    fn is_of(&self, scope: &str, name: &str) -> bool;
}

fn damaged<T: Remembered>(why: String) -> StateError {
    let (what, mend) = (T::WHAT, T::MEND);
    StateError::Damaged { what, why, mend }
}

/// A record as it was read or written last, under its name.
#[derive(Debug)]
struct Kept<T> {
    memory: Memory,
    name: String,
    /// 0: none is kept.
    version: i64,
    record: T,
}

impl<T: Remembered> Kept<T> {
    /// Reads a record. Where there is none, it is a `new` one, which is not
    /// written yet.
    fn read(memory: &Memory, name: &str, new: impl FnOnce() -> T) -> Result<Self, StateError> {
        let (version, record) = memory.read(name)?.unwrap_or_else(|| (0, new()));
        Ok(Self {
            memory: memory.clone(),
            name: name.to_owned(),
            version,
            record,
        })
    }

    /// Changes the record and writes it, so that it stands on disk when this
    /// returns.
    fn update(&mut self, change: impl FnOnce(&mut T)) -> Result<(), StateError> {
        let before = self.record.clone();
        change(&mut self.record);
        if self.version == 0 || self.record != before {
            let memory = &self.memory;
            self.version = memory.write(&self.name, self.version, &self.record)?;
        }
        Ok(())
    }
}

/// The format that this version writes.
fn written(formats: &[u32]) -> u32 {
    formats.last().copied().unwrap_or_default()
}

fn parse<T: DeserializeOwned>(text: &[u8], formats: &[u32]) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    // The format first: another version's members would look like damage.
    let Format { format } = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if !formats.contains(&format) {
        return Err(format!(
            "it has format {format}, and this clio reads up to format {}",
            written(formats)
        ));
    }
    serde_json::from_slice(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
