//! What is remembered of a case between two runs.
//!
//! Clio is the truth, and a run without this state comes to the same account.
//! The state makes a repetition recognisable as one (`began` is the same) and
//! cheap (known ids save looking up). It stands in the journal, sealed, is
//! written before the first request, whole or not at all, and what cannot be
//! read is never overwritten: it would lose what it still says.

mod lock;
mod markers;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::journal::{Journal, JournalError};
pub(crate) use lock::Lock;
pub(crate) use markers::{Markers, MarkersError};

const FORMAT: u32 = 1;
/// The kind under which the journal keeps cases.
const KIND: &str = "case";

/// What is remembered of one case in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseRecord {
    format: u32,
    /// The Clio origin the ids belong to.
    origin: String,
    /// The case's own identifier.
    source_id: String,
    /// When the first run began: the same on every repetition.
    pub(crate) began: Timestamp,
    /// The contact that stands for the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<KnownContact>,
    /// The matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) matter: Option<u64>,
    /// A digest of the values that were written into the client's fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_fields: Option<String>,
    /// The same of the matter's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) matter_fields: Option<String>,
}

/// A contact, and whom it stood for when it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownContact {
    pub(crate) source_id: String,
    pub(crate) id: u64,
}

impl CaseRecord {
    pub(crate) fn new(origin: &str, source_id: &str, began: Timestamp) -> Self {
        Self {
            format: FORMAT,
            origin: origin.to_owned(),
            source_id: source_id.to_owned(),
            began,
            contact: None,
            matter: None,
            client_fields: None,
            matter_fields: None,
        }
    }
}

/// Why the state cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("{what} {}: {error}", .path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        error: io::Error,
    },
    #[error("what is remembered of the case is damaged: {0}")]
    Damaged(String),
    #[error(transparent)]
    Journal(JournalError),
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let told = error.to_string();
        let next = match error {
            StateError::Io { .. } => "make the folder writable, or set CLIO_HOME to another",
            StateError::Damaged(_) => {
                "restore the journal, or run again with --forget: the records are then looked for \
                 in Clio"
            }
            StateError::Journal(error) => return error.into(),
        };
        Self::host(told).next(next)
    }
}

impl From<JournalError> for StateError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Sealed => Self::Damaged(error.to_string()),
            error => Self::Journal(error),
        }
    }
}

/// What is remembered of one case. Holds the case's lock: whoever has this is
/// the only one who works on the case.
#[derive(Debug)]
pub(crate) struct CaseState {
    journal: Arc<Journal>,
    /// The version that was read or written last; 0: there is none.
    version: i64,
    record: CaseRecord,
    _lock: Lock,
    /// Whether changes are written.
    remembers: bool,
}

/// The path of a case's lock.
pub(crate) fn lock_path(folder: &Path, origin: &str, source_id: &str) -> PathBuf {
    // A source id is free text, and a digest is a name on every file system.
    let digest = Sha256::new()
        .chain_update(origin)
        .chain_update([0])
        .chain_update(source_id)
        .finalize();
    let name: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    folder.join(format!("{name}.lock"))
}

impl CaseState {
    /// Reads what is remembered of a case whose lock is held. Where nothing is,
    /// a record is made that began at `now`; it is not written yet.
    pub(crate) fn read(
        journal: Arc<Journal>,
        lock: Lock,
        origin: &str,
        source_id: &str,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        let (version, record) = match journal.kept(KIND, &[origin, source_id])? {
            Some(kept) => {
                let record = parse(&kept.value, origin, source_id).map_err(StateError::Damaged)?;
                (kept.version, record)
            }
            None => (0, CaseRecord::new(origin, source_id, now)),
        };
        Ok(Self {
            journal,
            version,
            record,
            _lock: lock,
            remembers: true,
        })
    }

    /// Begins anew, whatever stood there, readable or not.
    pub(crate) fn forget(
        journal: Arc<Journal>,
        lock: Lock,
        origin: &str,
        source_id: &str,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        journal.forget(KIND, &[origin, source_id])?;
        Self::read(journal, lock, origin, source_id, now)
    }

    /// Writes nothing from here on: for a dry run.
    pub(crate) fn remember_nothing(&mut self) {
        self.remembers = false;
    }

    pub(crate) fn record(&self) -> &CaseRecord {
        &self.record
    }

    /// Changes the record and writes it, so that it stands on disk when this
    /// returns.
    pub(crate) fn update(
        &mut self,
        change: impl FnOnce(&mut CaseRecord),
    ) -> Result<(), StateError> {
        change(&mut self.record);
        if !self.remembers {
            return Ok(());
        }
        let text = serde_json::to_vec(&self.record)
            .map_err(|error| StateError::Damaged(error.to_string()))?;
        let name = [self.record.origin.as_str(), self.record.source_id.as_str()];
        self.version = self.journal.keep(KIND, &name, self.version, &text)?;
        Ok(())
    }
}

fn parse(text: &[u8], origin: &str, source_id: &str) -> Result<CaseRecord, String> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    // The format first: another version's members would look like damage.
    let Format { format } = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if format != FORMAT {
        return Err(format!(
            "it has format {format}, and this clio reads format {FORMAT}"
        ));
    }
    let record: CaseRecord = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if record.origin != origin || record.source_id != source_id {
        return Err("it is another case's".to_owned());
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ORIGIN: &str = "https://app.clio.com";
    const NAME: [&str; 2] = [ORIGIN, "intake:17"];

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn lock(folder: &Path) -> Lock {
        let path = lock_path(folder, ORIGIN, "intake:17");
        Lock::try_take(&path).unwrap().unwrap()
    }

    fn open(folder: &Path, now: &str) -> Result<CaseState, StateError> {
        let journal = Arc::new(Journal::open(folder).unwrap());
        CaseState::read(journal, lock(folder), ORIGIN, "intake:17", at(now))
    }

    #[test]
    fn a_second_run_began_when_the_first_did_and_knows_its_records() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = open(folder.path(), "2026-03-01T09:30:00Z").unwrap();
        first
            .update(|record| {
                record.contact = Some(KnownContact {
                    source_id: "c".into(),
                    id: 4,
                });
                record.matter = Some(5);
            })
            .unwrap();
        let wrote = first.record().clone();
        drop(first);
        let second = open(folder.path(), "2026-04-01T00:00:00Z").unwrap();
        assert_eq!(second.record(), &wrote);
        assert_eq!(second.record().began, at("2026-03-01T09:30:00Z"));
    }

    #[test]
    fn a_dry_run_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut dry = open(folder.path(), "2026-03-01T09:30:00Z").unwrap();
        dry.remember_nothing();
        dry.update(|record| record.matter = Some(5)).unwrap();
        assert_eq!(dry.record().matter, Some(5));
        drop(dry);
        let next = open(folder.path(), "2026-04-01T00:00:00Z").unwrap();
        assert_eq!(next.record().began, at("2026-04-01T00:00:00Z"));
    }

    #[test]
    fn a_damaged_record_is_an_error_and_stays_until_it_is_forgotten() {
        let other = format!(
            r#"{{"format":1,"origin":"{ORIGIN}","source_id":"b","began":"2026-03-01T09:30:00Z"}}"#
        );
        for text in [
            "",
            "{",
            "null",
            r#"{"format":2}"#,
            r#"{"format":1}"#,
            &other,
        ] {
            let folder = tempfile::tempdir().unwrap();
            let journal = Arc::new(Journal::open(folder.path()).unwrap());
            journal.keep(KIND, &NAME, 0, text.as_bytes()).unwrap();
            let error = open(folder.path(), "2026-04-01T00:00:00Z").unwrap_err();
            assert!(matches!(error, StateError::Damaged(_)), "{text}: {error}");
            let kept = journal.kept(KIND, &NAME).unwrap().unwrap();
            assert_eq!(kept.value, text.as_bytes());
            assert!(Failure::from(error).to_string().contains("--forget"));
            let (now, lock) = (at("2026-05-01T00:00:00Z"), lock(folder.path()));
            let mut state = CaseState::forget(journal, lock, ORIGIN, "intake:17", now).unwrap();
            state.update(|_| {}).unwrap();
            assert_eq!(state.record().began, now);
        }
    }

    #[test]
    fn one_case_in_two_accounts_has_two_locks() {
        let folder = Path::new("cases");
        let of = |origin| lock_path(folder, origin, "intake:17");
        assert_ne!(of("https://app.clio.com"), of("https://eu.app.clio.com"));
        assert_eq!(of(ORIGIN).file_stem().unwrap().len(), 32);
    }
}
