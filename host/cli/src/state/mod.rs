//! What is remembered of a case between two runs.
//!
//! Clio is the truth, and a run without this state comes to the same account.
//! The state makes a repetition recognisable as one (`began` is the same) and
//! cheap (known ids save looking up). It is written before the first request,
//! whole or not at all, and what cannot be read is never overwritten: it would
//! lose what it still says.

mod lock;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
pub(crate) use lock::Lock;

const FORMAT: u32 = 1;

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
    #[error("what is remembered of the case is damaged ({}): {reason}", .path.display())]
    Damaged { path: PathBuf, reason: String },
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let next = match &error {
            StateError::Io { .. } => "make the folder writable, or set CLIO_HOME to another",
            StateError::Damaged { .. } => {
                "restore the file, or run again with --forget: the records are then looked for \
                 in Clio, and the damaged file is kept beside its place"
            }
        };
        Self::host(error.to_string()).next(next)
    }
}

/// The place of one case's record. Holds the case's lock: whoever has this is
/// the only one who works on the case.
#[derive(Debug)]
pub(crate) struct CaseState {
    path: PathBuf,
    record: CaseRecord,
    _lock: Lock,
}

/// The names of a case's files: of its record and of its lock.
pub(crate) fn paths(folder: &Path, origin: &str, source_id: &str) -> (PathBuf, PathBuf) {
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
    (
        folder.join(format!("{name}.json")),
        folder.join(format!("{name}.lock")),
    )
}

impl CaseState {
    /// Reads the record of a case whose lock is held. Where there is none, one
    /// is made that began at `now`; it is not written yet.
    pub(crate) fn read(
        path: PathBuf,
        lock: Lock,
        origin: &str,
        source_id: &str,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        let record = match fs::read(&path) {
            Ok(text) => parse(&text, origin, source_id).map_err(|reason| StateError::Damaged {
                path: path.clone(),
                reason,
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                CaseRecord::new(origin, source_id, now)
            }
            Err(error) => {
                return Err(StateError::Io {
                    what: "cannot read",
                    path,
                    error,
                });
            }
        };
        Ok(Self {
            path,
            record,
            _lock: lock,
        })
    }

    /// Begins anew. What stood there, readable or not, is kept beside its
    /// place.
    pub(crate) fn forget(
        path: PathBuf,
        lock: Lock,
        origin: &str,
        source_id: &str,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        let aside = path.with_extension(format!("forgotten-{}.json", now.as_millisecond()));
        match fs::rename(&path, aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StateError::Io {
                    what: "cannot rename",
                    path,
                    error,
                });
            }
            _ => {}
        }
        let record = CaseRecord::new(origin, source_id, now);
        Ok(Self {
            path,
            record,
            _lock: lock,
        })
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
        write(&self.path, &self.record).map_err(|error| StateError::Io {
            what: "cannot write",
            path: self.path.clone(),
            error,
        })
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

fn write(path: &Path, record: &CaseRecord) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, record)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The name is durable when the folder is; Windows cannot open one.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ORIGIN: &str = "https://app.clio.com";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn open(folder: &Path, now: &str) -> Result<CaseState, StateError> {
        let (path, lock) = paths(folder, ORIGIN, "intake:17");
        let lock = Lock::try_take(&lock).unwrap().unwrap();
        CaseState::read(path, lock, ORIGIN, "intake:17", at(now))
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
    fn nothing_but_the_record_and_the_lock_is_left_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = open(folder.path(), "2026-03-01T09:30:00Z").unwrap();
        state.update(|_| {}).unwrap();
        state.update(|record| record.matter = Some(5)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_damaged_record_is_an_error_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = paths(folder.path(), ORIGIN, "intake:17");
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
            fs::write(&path, text).unwrap();
            let error = open(folder.path(), "2026-04-01T00:00:00Z").unwrap_err();
            assert!(
                matches!(error, StateError::Damaged { .. }),
                "{text}: {error}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert!(Failure::from(error).to_string().contains("--forget"));
        }
    }

    #[test]
    fn forgetting_keeps_what_stood_there_beside_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (path, lock) = paths(folder.path(), ORIGIN, "intake:17");
        fs::write(&path, "{").unwrap();
        let lock = Lock::try_take(&lock).unwrap().unwrap();
        let now = at("2026-04-01T00:00:00Z");
        let mut state = CaseState::forget(path.clone(), lock, ORIGIN, "intake:17", now).unwrap();
        state.update(|_| {}).unwrap();
        let texts: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        assert!(texts.iter().any(|text| text == "{"), "{texts:?}");
        assert_eq!(state.record().began, now);
    }

    #[test]
    fn one_case_in_two_accounts_has_two_records() {
        let folder = Path::new("cases");
        let of = |origin| paths(folder, origin, "intake:17").0;
        assert_ne!(of("https://app.clio.com"), of("https://eu.app.clio.com"));
        assert_eq!(of(ORIGIN).file_stem().unwrap().len(), 32);
    }
}
