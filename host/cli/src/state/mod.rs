//! What is remembered of a case and of its client between two runs.
//!
//! Clio is the truth, and a run without this memory comes to the same account
//! where Clio can tell who is meant. The memory makes a repetition recognisable
//! as one (`began` is the same), cheap (known ids save looking up), and one that
//! means somebody else a mistake (see [`Who`]). It stands in the journal,
//! sealed, is written before the first request, whole or not at all, and what
//! cannot be read is never overwritten: it would lose what it still says.

mod asked;
mod client;
mod markers;
mod namesakes;
mod who;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::journal::{Journal, JournalError};
use crate::lock::Lock;
pub(crate) use asked::{Asked, Member};
pub(crate) use client::{ClientRecord, ClientState};
pub(crate) use markers::{Markers, MarkersError};
pub(crate) use who::Who;

/// The formats of a case's record that are read. The last is written: it knows
/// what was asked, and whether the matter was looked for again.
const FORMATS: [u32; 2] = [1, 2];
/// The kind under which the journal keeps cases.
const KIND: &str = "case";

/// What is remembered of one case in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseRecord {
    format: u32,
    /// The account that the ids belong to, or Clio's origin where none is known.
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
    /// What was asked of the matter and of the documents, the latter by their
    /// identifiers.
    #[serde(default, skip_serializing_if = "Asked::is_empty")]
    pub(crate) asked: Asked,
    /// Whether the matter was created, and nobody has looked since whether
    /// another machine created it at the same instant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) look_again: bool,
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
            format: written(&FORMATS),
            origin: origin.to_owned(),
            source_id: source_id.to_owned(),
            began,
            contact: None,
            matter: None,
            client_fields: None,
            matter_fields: None,
            asked: Asked::default(),
            look_again: false,
        }
    }
}

/// Why the memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("what is remembered of the {what} is damaged: {why}")]
    Damaged { what: &'static str, why: String },
    #[error(transparent)]
    Journal(JournalError),
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let told = error.to_string();
        let next = match error {
            StateError::Damaged { .. } => {
                "restore the journal, or run again with --forget: the records are then looked for \
                 in Clio"
            }
            StateError::Journal(error) => return error.into(),
        };
        Self::host(told).next(next)
    }
}

/// Where the memory of one account stands.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
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
    pub(crate) fn new(journal: Arc<Journal>, scope: &str) -> Self {
        Self {
            journal,
            scope: scope.to_owned(),
            keeps: Keeps::Changes,
        }
    }

    /// For a dry run. One that forgets acts as if nothing were remembered, and
    /// leaves it.
    #[must_use]
    pub(crate) fn dry(mut self, forget: bool) -> Self {
        self.keeps = if forget {
            Keeps::Unread
        } else {
            Keeps::Nothing
        };
        self
    }

    /// A digest, under the journal's key, of something that belongs to this
    /// account.
    pub(crate) fn digest(&self, kind: &str, value: &str) -> String {
        self.journal.digest(&[&self.scope, kind, value])
    }

    /// What a case waits under in the outbox.
    pub(crate) fn subject<'a>(&'a self, source_id: &'a str) -> [&'a str; 3] {
        ["sync", &self.scope, source_id]
    }

    /// The path of a case's lock.
    pub(crate) fn case_lock(&self, source_id: &str) -> PathBuf {
        self.journal.own_lock(&self.subject(source_id))
    }

    /// Reads a record and its version. `what` names it in words.
    fn read<T: Remembered>(&self, name: &str) -> Result<Option<(i64, T)>, StateError> {
        if self.keeps == Keeps::Unread {
            return Ok(None);
        }
        let damaged = |why: String| StateError::Damaged { what: T::WHAT, why };
        let kept = match self.journal.kept(T::KIND, &[&self.scope, name]) {
            Ok(Some(kept)) => kept,
            Ok(None) => return Ok(None),
            Err(error @ JournalError::Sealed) => return Err(damaged(error.to_string())),
            Err(error) => return Err(StateError::Journal(error)),
        };
        let record: T = parse(&kept.value, T::FORMATS).map_err(damaged)?;
        if !record.is_of(&self.scope, name) {
            return Err(damaged("it is another's".to_owned()));
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
        let text = serde_json::to_vec(record).map_err(|error| StateError::Damaged {
            what: T::WHAT,
            why: error.to_string(),
        })?;
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
trait Remembered: Serialize + DeserializeOwned {
    /// What it is, in words.
    const WHAT: &'static str;
    const KIND: &'static str;
    /// The formats that are read; the last is written.
    const FORMATS: &'static [u32];

    /// Whether it belongs where it stood.
    fn is_of(&self, scope: &str, name: &str) -> bool;
}

impl Remembered for CaseRecord {
    const WHAT: &'static str = "case";
    const KIND: &'static str = KIND;
    const FORMATS: &'static [u32] = &FORMATS;

    fn is_of(&self, scope: &str, name: &str) -> bool {
        self.origin == scope && self.source_id == name
    }
}

/// The format that this version writes.
fn written(formats: &[u32]) -> u32 {
    formats.last().copied().unwrap_or_default()
}

/// What is remembered of one case. Holds the case's lock: whoever has this is
/// the only one who works on the case.
#[derive(Debug)]
pub(crate) struct CaseState {
    memory: Memory,
    /// The version that was read or written last; 0: there is none.
    version: i64,
    record: CaseRecord,
    lock: Lock,
}

impl CaseState {
    /// Reads what is remembered of a case whose lock is held. Where nothing is,
    /// a record is made that began at `now`; it is not written yet.
    pub(crate) fn read(
        memory: &Memory,
        lock: Lock,
        source_id: &str,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        let (version, record) = match memory.read::<CaseRecord>(source_id)? {
            Some((version, record)) => (version, record),
            None => (0, CaseRecord::new(&memory.scope, source_id, now)),
        };
        Ok(Self {
            memory: memory.clone(),
            version,
            record,
            lock,
        })
    }

    /// Begins anew, whatever stood there of the case and of its client, readable
    /// or not.
    pub(crate) fn forget(
        memory: &Memory,
        lock: Lock,
        source_id: &str,
        client: &str,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        client::forget(memory, client)?;
        memory.forget::<CaseRecord>(source_id)?;
        Self::read(memory, lock, source_id, now)
    }

    pub(crate) fn record(&self) -> &CaseRecord {
        &self.record
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Changes the record and writes it, so that it stands on disk when this
    /// returns.
    pub(crate) fn update(
        &mut self,
        change: impl FnOnce(&mut CaseRecord),
    ) -> Result<(), StateError> {
        let before = self.record.clone();
        change(&mut self.record);
        self.record.format = written(&FORMATS);
        if self.version == 0 || self.record != before {
            let name = self.record.source_id.clone();
            self.version = self.memory.write(&name, self.version, &self.record)?;
        }
        Ok(())
    }
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    const ORIGIN: &str = "https://app.clio.com";
    const NAME: [&str; 2] = [ORIGIN, "intake:17"];

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn memory(folder: &Path) -> Memory {
        let journal = Arc::new(Journal::open(folder).unwrap());
        Memory::new(journal, ORIGIN)
    }

    fn lock(memory: &Memory) -> Lock {
        Lock::try_take(&memory.case_lock("intake:17"))
            .unwrap()
            .unwrap()
    }

    fn open(memory: &Memory, now: &str) -> Result<CaseState, StateError> {
        CaseState::read(memory, lock(memory), "intake:17", at(now))
    }

    #[test]
    fn a_second_run_began_when_the_first_did_and_knows_its_records() {
        let folder = tempfile::tempdir().unwrap();
        let memory = memory(folder.path());
        let mut first = open(&memory, "2026-03-01T09:30:00Z").unwrap();
        first
            .update(|record| {
                record.contact = Some(KnownContact {
                    source_id: "c".into(),
                    id: 4,
                });
                record.matter = Some(5);
                record.look_again = true;
            })
            .unwrap();
        let wrote = first.record().clone();
        drop(first);
        let second = open(&memory, "2026-04-01T00:00:00Z").unwrap();
        assert_eq!(second.record(), &wrote);
        assert_eq!(second.record().began, at("2026-03-01T09:30:00Z"));
    }

    #[test]
    fn a_record_of_the_first_format_is_read_and_becomes_one_of_the_present() {
        let folder = tempfile::tempdir().unwrap();
        let memory = memory(folder.path());
        let first = format!(
            r#"{{"format":1,"origin":"{ORIGIN}","source_id":"intake:17",
                "began":"2026-03-01T09:30:00Z","contact":{{"source_id":"c","id":4}},"matter":5,
                "client_fields":"aa"}}"#
        );
        memory
            .journal
            .keep(KIND, &NAME, 0, first.as_bytes())
            .unwrap();
        let mut state = open(&memory, "2026-04-01T00:00:00Z").unwrap();
        let record = state.record();
        assert_eq!(record.began, at("2026-03-01T09:30:00Z"));
        assert_eq!(record.contact.as_ref().unwrap().id, 4);
        assert_eq!((record.matter, record.look_again), (Some(5), false));
        state.update(|_| {}).unwrap();
        let kept = memory.journal.kept(KIND, &NAME).unwrap().unwrap();
        assert!(
            String::from_utf8(kept.value)
                .unwrap()
                .contains(r#""format":2"#)
        );
    }

    #[test]
    fn a_dry_run_leaves_nothing_and_one_that_forgets_reads_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let memory = memory(folder.path());
        let mut dry = open(&memory.clone().dry(false), "2026-03-01T09:30:00Z").unwrap();
        dry.update(|record| record.matter = Some(5)).unwrap();
        assert_eq!(dry.record().matter, Some(5));
        drop(dry);
        let mut next = open(&memory, "2026-04-01T00:00:00Z").unwrap();
        assert_eq!(next.record().began, at("2026-04-01T00:00:00Z"));
        next.update(|record| record.matter = Some(6)).unwrap();
        drop(next);
        let unread = open(&memory.clone().dry(true), "2026-05-01T00:00:00Z").unwrap();
        assert_eq!(unread.record().matter, None);
        drop(unread);
        let kept = open(&memory, "2026-05-01T00:00:00Z").unwrap();
        assert_eq!(kept.record().matter, Some(6));
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
            r#"{"format":3}"#,
            r#"{"format":1}"#,
            r#"{"format":2}"#,
            &other,
        ] {
            let folder = tempfile::tempdir().unwrap();
            let memory = memory(folder.path());
            let journal = &memory.journal;
            journal.keep(KIND, &NAME, 0, text.as_bytes()).unwrap();
            let error = open(&memory, "2026-04-01T00:00:00Z").unwrap_err();
            assert!(
                matches!(error, StateError::Damaged { .. }),
                "{text}: {error}"
            );
            let kept = journal.kept(KIND, &NAME).unwrap().unwrap();
            assert_eq!(kept.value, text.as_bytes());
            assert!(Failure::from(error).to_string().contains("--forget"));
            let (now, lock) = (at("2026-05-01T00:00:00Z"), lock(&memory));
            let mut state = CaseState::forget(&memory, lock, "intake:17", "c", now).unwrap();
            state.update(|_| {}).unwrap();
            assert_eq!(state.record().began, now);
        }
    }

    #[test]
    fn one_case_in_two_accounts_has_two_locks() {
        let folder = tempfile::tempdir().unwrap();
        let here = memory(folder.path());
        let there = Memory {
            scope: "https://eu.app.clio.com".to_owned(),
            ..here.clone()
        };
        assert_ne!(here.case_lock("intake:17"), there.case_lock("intake:17"));
        let path = here.case_lock("intake:17");
        assert_eq!(path.file_stem().unwrap().len(), 32);
    }

    fn who(memory: &Memory, client: &str) -> Who {
        Who::of(memory, &serde_json::from_str(client).unwrap())
    }

    async fn client(memory: &Memory, source_id: &str, who: &Who) -> ClientState {
        let began = at("2026-03-01T09:30:00Z");
        ClientState::take(memory, source_id, who, began, true)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_client_is_known_in_every_case_and_their_namesakes_are_others() {
        let folder = tempfile::tempdir().unwrap();
        let memory = memory(folder.path());
        let john = who(&memory, r#"{"first_name":"John","last_name":"Smith"}"#);
        let mut first = client(&memory, "crm:1", &john).await;
        first.found(&john, 4, &[9, 7], |_| {}).unwrap();
        drop(first);
        let again = client(&memory, "crm:1", &john).await;
        assert_eq!(again.record().contact, Some(4));
        assert_eq!(again.record().others, [7, 9]);
        assert_eq!(again.namesakes(&john).unwrap(), [0; 0]);
        drop(again);
        let second = client(&memory, "crm:2", &john).await;
        assert_eq!(second.record().contact, None);
        assert_eq!(second.namesakes(&john).unwrap(), [4]);
        drop(second);
        let company = who(&memory, r#"{"company_name":"John Smith"}"#);
        assert!(!company.fits(&john));
        forget_client(&memory, "crm:1");
        let second = client(&memory, "crm:2", &john).await;
        assert_eq!(second.namesakes(&john).unwrap(), [0; 0]);
    }

    fn forget_client(memory: &Memory, source_id: &str) {
        super::client::forget(memory, source_id).unwrap();
        assert_eq!(ClientRecord::glance(memory, source_id).unwrap(), None);
    }

    #[test]
    fn what_is_remembered_of_a_client_holds_none_of_their_words() {
        let folder = tempfile::tempdir().unwrap();
        let memory = memory(folder.path());
        let gail = who(
            &memory,
            r#"{"first_name":"Gail","last_name":"Orr","email":"gail@orr.example",
                "phone":"305 555 0147"}"#,
        );
        let text = serde_json::to_string(&gail).unwrap();
        for word in ["gail", "orr", "555"] {
            assert!(
                !text.to_lowercase().contains(&format!("\"{word}")),
                "{text}"
            );
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let other = self::memory(elsewhere.path());
        assert_ne!(other.digest("x", "gail"), memory.digest("x", "gail"));
    }
}
