//! What is written is found again, says nothing to who has only the file, and is
//! never lost between several writers.

use super::*;
use crate::journal::audit::Filter;
use crate::journal::outbox::{Command, FAILED, RUNNING, Whose};

#[test]
fn rows_are_found_by_when_what_and_how() {
    let folder = five();
    let journal = open(folder.path());
    let mut begun = row("f");
    begun.status = "begun".to_owned();
    journal.append(begun.clone()).unwrap();
    journal.append(row("f")).unwrap();
    begun.correlation = "interrupted".to_owned();
    journal.append(begun).unwrap();
    let found = |filter: Filter| -> Vec<u64> {
        journal
            .rows(&filter)
            .unwrap()
            .iter()
            .map(|row| row.seq)
            .collect()
    };
    // The beginning that has its end is left out; the one that has none stays.
    assert_eq!(found(Filter::default()), [1, 2, 3, 4, 5, 7, 8]);
    assert_eq!(
        found(Filter {
            beginnings: true,
            last: Some(3),
            ..Filter::default()
        }),
        [6, 7, 8]
    );
    assert_eq!(
        found(Filter {
            action: Some("b".into()),
            ..Filter::default()
        }),
        [2]
    );
    assert_eq!(
        found(Filter {
            status: Some("begun".into()),
            ..Filter::default()
        }),
        [8]
    );
    assert_eq!(
        found(Filter {
            connection: Some("x".into()),
            ..Filter::default()
        }),
        [0; 0]
    );
    assert_eq!(
        found(Filter {
            since: Some(i64::MAX),
            ..Filter::default()
        }),
        [0; 0]
    );
    assert_eq!(
        found(Filter {
            until: Some(0),
            ..Filter::default()
        }),
        [0; 0]
    );
}

const WHOSE: Whose<'_> = Whose {
    connection: "eu",
    owner: "https://eu.app.clio.com#31",
};

fn command(input: &str) -> Command {
    Command {
        arguments: vec!["run".into(), "sync-contact".into()],
        folder: "/".into(),
        input: Some(input.to_owned()),
        digests: Vec::new(),
    }
}

#[test]
fn an_input_waits_sealed_until_it_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let typed = command("a marked input");
    let claim = || {
        journal
            .claim(&["run", "intake:1"], None, "sync-contact", WHOSE, &typed)
            .unwrap()
    };
    let first = claim().unwrap();
    let id = first.id.clone();
    let (created, waiting) = (first.created, journal.waiting().unwrap());
    assert_eq!(waiting[0].account(), Some(WHOSE.owner));
    assert_eq!(waiting[0].status, RUNNING);
    assert!(journal.is_held(&id).unwrap());
    // The same thing is one process's at a time.
    assert!(claim().is_none());
    first.failed("unavailable").unwrap();
    let waiting = journal.waiting().unwrap();
    assert_eq!(
        (waiting[0].status.as_str(), waiting[0].code.as_str()),
        (FAILED, "unavailable")
    );
    assert_eq!(journal.waiting_command(&id).unwrap().unwrap(), typed);
    // Taken up again, it began when it first did.
    let second = claim().unwrap();
    assert_eq!((second.id.as_str(), second.created), (id.as_str(), created));
    assert_eq!(journal.waiting().unwrap()[0].attempts, 2);
    second.done().unwrap();
    assert!(journal.waiting().unwrap().is_empty());
    assert!(journal.waiting_command(&id).unwrap().is_none());
    drop(journal);
    nowhere(folder.path(), &["marked", "intake:1"]);
    let locks = fs::read_dir(folder.path()).unwrap();
    let locks = locks.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(&id)
    });
    assert_eq!(locks.count(), 0);
}

#[test]
fn what_waited_too_long_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let claim = journal
        .claim(&["a"], None, "a", WHOSE, &command("x"))
        .unwrap()
        .unwrap();
    claim.failed("unavailable").unwrap();
    edit(folder.path(), "UPDATE outbox SET expires = 1");
    assert!(journal.waiting().unwrap().is_empty());
}

#[test]
fn a_sealed_row_cannot_take_the_place_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for name in ["a", "b"] {
        journal.keep("case", &[name], 0, name.as_bytes()).unwrap();
    }
    edit(
        folder.path(),
        "CREATE TEMP TABLE before AS SELECT name, sealed FROM kept;
         UPDATE kept SET sealed = (SELECT sealed FROM before WHERE before.name <> kept.name)",
    );
    for name in ["a", "b"] {
        assert!(matches!(
            journal.kept("case", &[name]),
            Err(JournalError::Sealed)
        ));
    }
}

#[test]
fn what_is_kept_is_changed_by_compare_and_swap() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()), open(folder.path()));
    assert_eq!(one.kept("cursor", &["a"]).unwrap(), None);
    assert_eq!(one.keep("cursor", &["a"], 0, b"marked 1").unwrap(), 1);
    assert!(matches!(
        other.keep("cursor", &["a"], 0, b"2"),
        Err(JournalError::Conflict)
    ));
    assert_eq!(other.keep("cursor", &["a"], 1, b"marked 2").unwrap(), 2);
    assert!(matches!(
        one.keep("cursor", &["a"], 1, b"3"),
        Err(JournalError::Conflict)
    ));
    let kept = one.kept("cursor", &["a"]).unwrap().unwrap();
    assert_eq!((kept.version, kept.value.as_slice()), (2, &b"marked 2"[..]));
    nowhere(folder.path(), &["marked"]);
    one.forget("cursor", &["a"]).unwrap();
    assert_eq!(other.kept("cursor", &["a"]).unwrap(), None);
}

#[test]
fn two_openers_never_lose_each_others_rows() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let folder = folder.path();
            scope.spawn(move || {
                // The first of them makes keys and tables, while all try.
                let journal = open(folder);
                for _ in 0..20 {
                    journal.append(row(name)).unwrap();
                    loop {
                        let kept = journal.kept("count", &["n"]).unwrap();
                        let (version, count) = kept.map_or((0, 0), |kept| {
                            let text = String::from_utf8(kept.value).unwrap();
                            (kept.version, text.parse::<u32>().unwrap())
                        });
                        let next = (count + 1).to_string();
                        match journal.keep("count", &["n"], version, next.as_bytes()) {
                            Ok(_) => break,
                            Err(JournalError::Conflict) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
    });
    let journal = open(folder.path());
    let verdict = journal.verify().unwrap();
    assert_eq!((verdict.rows, verdict.findings), (60, vec![]));
    assert_eq!(journal.kept("count", &["n"]).unwrap().unwrap().value, b"60");
}

/// Asserts that no file of the folder holds any of the marks.
fn nowhere(folder: &Path, marks: &[&str]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // the vault, which has its own tests
        }
        let bytes = fs::read(&path).unwrap();
        for mark in marks {
            let found = bytes
                .windows(mark.len())
                .any(|window| window == mark.as_bytes());
            assert!(!found, "{mark} in {}", path.display());
        }
    }
}
