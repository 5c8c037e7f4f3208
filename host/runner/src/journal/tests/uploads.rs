//! What was uploaded stays for as long as a run needs it.

use super::open;
use crate::journal::Journal;
use crate::journal::runs::{Class, NewRun, RunEnd};
use crate::journal::uploads::Upload;

fn upload(journal: &Journal, connection: &str) -> Upload {
    let upload = Upload::new(connection, 3, "ab".repeat(32), String::new()).unwrap();
    assert!(journal.add_upload(&upload, u64::MAX).unwrap());
    upload
}

fn run(journal: &Journal) -> String {
    let run = NewRun {
        connection: "firm",
        owner: "https://app.clio.com#31",
        kind: "call",
        what: "upload-document.upload",
        class: Class::Interactive,
        lane: &[],
        ordered: false,
        once: &[],
        due: 0,
        asked: b"{}",
    };
    journal.add_runs(&[run]).unwrap().remove(0).0
}

/// Lets all uploads be over, as far as their time goes.
fn let_time_pass(journal: &Journal) {
    journal
        .write(|transaction| transaction.execute("UPDATE uploads SET expires = 1", []))
        .unwrap();
}

#[test]
fn an_upload_is_its_connections_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let upload = upload(&journal, "firm");
    assert_eq!(
        journal.upload("firm", &upload.id).unwrap(),
        Some(upload.clone())
    );
    assert_eq!(journal.upload("other", &upload.id).unwrap(), None);
    assert_eq!(journal.uploaded_bytes("firm").unwrap(), 3);
    assert_eq!(journal.uploaded_bytes("other").unwrap(), 0);
}

#[test]
fn uploads_that_come_at_once_stay_within_what_a_connection_has() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    upload(&journal, "other");
    let added = std::thread::scope(|scope| {
        let add = || {
            let upload = Upload::new("firm", 3, "ab".repeat(32), String::new()).unwrap();
            journal.add_upload(&upload, 10).unwrap()
        };
        let adding: Vec<_> = (0..8).map(|_| scope.spawn(add)).collect();
        let added = adding.into_iter().map(|it| it.join().unwrap());
        added.filter(|is_added| *is_added).count()
    });
    assert_eq!((added, journal.uploaded_bytes("firm").unwrap()), (3, 9));
}

#[test]
fn what_a_run_needs_stays_until_that_run_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let holder = journal.holder().unwrap();
    let (needed, idle) = (upload(&journal, "firm"), upload(&journal, "firm"));
    let (first, second) = (run(&journal), run(&journal));
    for run in [&first, &second] {
        journal.use_uploads(run, &[&needed.id]).unwrap();
    }
    assert!(journal.take_overdue_uploads().unwrap().is_empty());
    let_time_pass(&journal);
    assert_eq!(
        journal.take_overdue_uploads().unwrap(),
        std::slice::from_ref(&idle.id)
    );
    assert!(!journal.is_upload(&idle.id).unwrap());
    let end = |id: &str, end: RunEnd| {
        let taken = journal.take_run(&holder, "firm").unwrap().unwrap();
        assert_eq!(taken.id, id);
        assert!(journal.end_run(&holder, id, &end).unwrap());
    };
    end(&first, RunEnd::Done(b"{}".to_vec()));
    assert!(journal.take_overdue_uploads().unwrap().is_empty());
    // A person may run it again.
    let code = "ambiguous".to_owned();
    end(
        &second,
        RunEnd::Failed {
            code,
            told: b"{}".to_vec(),
        },
    );
    assert!(journal.take_overdue_uploads().unwrap().is_empty());
    assert!(journal.retry_run(&second).unwrap());
    end(&second, RunEnd::Done(b"{}".to_vec()));
    assert_eq!(journal.take_overdue_uploads().unwrap(), [needed.id]);
}
