#![allow(clippy::unwrap_used)]
use jiff::Timestamp;

use super::case::KIND;
use super::*;
use crate::lock::Lock;
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
    assert_eq!(path.file_stem().unwrap().len(), 12);
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
