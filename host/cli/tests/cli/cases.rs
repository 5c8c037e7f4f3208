//! Case files, their mistakes, and what is remembered of them.

use super::*;

#[test]
fn the_schema_of_a_case_file_is_printed() {
    let output = Clio::new().run(&["sync", "--schema"]);
    ended(&output, 0);
    let schema: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(schema["required"], json!(["source_id", "client", "matter"]));
}

#[test]
fn all_mistakes_of_a_case_are_told_before_anything_is_sent_or_kept() {
    let clio = Clio::new();
    let folder = tempfile::tempdir().unwrap();
    let wrong = case(
        folder.path(),
        &json!({"source_id": "intake:17", "client": {"email": "lee"}, "matter": {},
        "documents": [
            {"source_id": "a", "file": "absent.pdf", "approved": true},
            {"source_id": "a", "file": "../a.pdf", "approved": true, "name": "a/b.pdf"},
        ]}),
    );
    let output = clio.run_connected(&["sync", &wrong]);
    ended(&output, 64);
    for pointer in [
        "/client: ",
        "/client/email: ",
        "/matter/title: ",
        "/documents/0/file: ",
        "/documents/1/file: ",
        "/documents/1/name: ",
        "/documents/1/source_id: ",
    ] {
        assert!(
            stderr(&output).contains(pointer),
            "{pointer} in {}",
            stderr(&output)
        );
    }
    assert!(clio.left().is_empty());
}

#[test]
fn a_sync_that_cannot_reach_clio_is_transient_and_remembers_when_it_began() {
    let clio = Clio::new();
    let folder = tempfile::tempdir().unwrap();
    let right = right_case(folder.path());
    let began = || {
        let output = clio.run_connected(&["sync", &right, "--json"]);
        assert_eq!(output.status.code(), Some(75), "{}", stderr(&output));
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(report["contact"]["status"], "failed", "{report}");
        assert_eq!(report["documents"][0]["status"], "not_tried", "{report}");
        let waiting = clio.run(&["retry", "--json"]);
        let waiting: Value = serde_json::from_str(&stdout(&waiting)).unwrap();
        assert_eq!(waiting[0]["status"], "failed", "{waiting}");
        waiting[0]["first_tried"].clone()
    };
    let first = began();
    assert!(first.is_string());
    assert_eq!(began(), first);
}

#[test]
fn a_damaged_journal_is_told_and_kept() {
    let clio = Clio::new();
    let folder = tempfile::tempdir().unwrap();
    let right = right_case(folder.path());
    clio.run_connected(&["sync", &right, "--quiet"]);
    let journal = clio.home.path().join("journal/journal.db");
    let damaged = vec![b'x'; 8192];
    fs::write(&journal, &damaged).unwrap();
    let output = clio.run_connected(&["sync", &right]);
    ended(&output, 70);
    assert!(stderr(&output).contains("journal.db"));
    assert_eq!(fs::read(&journal).unwrap(), damaged);
}

#[test]
fn a_second_sync_of_a_case_learns_who_holds_it() {
    let clio = Clio::new();
    let folder = tempfile::tempdir().unwrap();
    let right = right_case(folder.path());
    clio.run_connected(&["sync", &right, "--quiet"]);
    let left = clio.left();
    let path = left
        .iter()
        .find(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.ends_with(".lock") && !name.starts_with("client-")
        })
        .unwrap();
    let mut lock = fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(path)
        .unwrap();
    lock.lock().unwrap();
    lock.write_all(b"process 4711 since 2026-03-01T09:30:00Z")
        .unwrap();
    let output = clio.run_connected(&["sync", &right, "--no-wait"]);
    ended(&output, 75);
    assert!(
        stderr(&output).contains("process 4711"),
        "{}",
        stderr(&output)
    );
}
