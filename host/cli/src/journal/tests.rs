//! The journal as its own file shows it: what is edited there is found, what is
//! written there says nothing, and several processes and kills lose nothing.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use super::audit::Filter;
use super::outbox::{Command, FAILED, RUNNING};
use super::verify::Finding;
use super::*;

fn open(folder: &Path) -> Journal {
    Journal::open(folder).unwrap()
}

fn row(action: &str) -> Row {
    Row {
        connection: "https://app.clio.com".to_owned(),
        correlation: format!("id-of-{action}"),
        ..Row::note(action, "done")
    }
}

/// A journal of five rows, closed.
fn five() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for action in ["a", "b", "c", "d", "e"] {
        journal.append(row(action)).unwrap();
    }
    assert_eq!(findings(folder.path()), []);
    folder
}

/// Edits the database as somebody would who has the file and no key.
fn edit(folder: &Path, sql: &str) {
    let connection = Connection::open(database_path(folder)).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn findings(folder: &Path) -> Vec<Finding> {
    open(folder).verify().unwrap().findings
}

#[test]
fn every_column_of_a_row_is_covered() {
    for column in [
        "correlation",
        "action",
        "connection",
        "status",
        "code",
        "details",
    ] {
        let folder = five();
        edit(
            folder.path(),
            &format!("UPDATE audit SET {column} = {column} || 'x' WHERE seq = 3"),
        );
        assert_eq!(
            findings(folder.path()),
            [Finding::Altered { row: 3 }],
            "{column}"
        );
    }
    for change in [
        "at = at + 1",
        "prev = zeroblob(32)",
        "mac = zeroblob(32)",
        "mac = x''",
    ] {
        let folder = five();
        edit(
            folder.path(),
            &format!("UPDATE audit SET {change} WHERE seq = 3"),
        );
        assert_eq!(
            findings(folder.path()),
            [Finding::Altered { row: 3 }],
            "{change}"
        );
    }
}

#[test]
fn what_moved_between_two_columns_is_an_alteration() {
    let folder = five();
    edit(
        folder.path(),
        "UPDATE audit SET action = 'cc', correlation = substr(correlation, 2) WHERE seq = 3",
    );
    assert_eq!(findings(folder.path()), [Finding::Altered { row: 3 }]);
}

#[test]
fn removed_rows_are_found_at_the_beginning_and_in_the_middle() {
    let folder = five();
    edit(folder.path(), "DELETE FROM audit WHERE seq IN (1, 3, 4)");
    assert_eq!(
        findings(folder.path()),
        [
            Finding::Removed { from: 1, to: 1 },
            Finding::Removed { from: 3, to: 4 }
        ]
    );
}

#[test]
fn a_removed_row_is_found_when_the_others_were_renumbered() {
    let folder = five();
    edit(
        folder.path(),
        "DELETE FROM audit WHERE seq = 3;
         UPDATE audit SET seq = 3 WHERE seq = 4;
         UPDATE audit SET seq = 4 WHERE seq = 5;",
    );
    assert_eq!(
        findings(folder.path()),
        [
            Finding::Reordered {
                row: 3,
                belongs_at: 4
            },
            Finding::Reordered {
                row: 4,
                belongs_at: 5
            },
            Finding::Truncated { from: 5, to: 5 },
        ]
    );
}

#[test]
fn exchanged_rows_are_found_with_their_places() {
    let folder = five();
    edit(
        folder.path(),
        "UPDATE audit SET seq = 99 WHERE seq = 2;
         UPDATE audit SET seq = 2 WHERE seq = 4;
         UPDATE audit SET seq = 4 WHERE seq = 99;",
    );
    assert_eq!(
        findings(folder.path()),
        [
            Finding::Reordered {
                row: 2,
                belongs_at: 4
            },
            Finding::Reordered {
                row: 4,
                belongs_at: 2
            },
        ]
    );
}

#[test]
fn truncated_rows_are_found_and_stay_found_when_it_goes_on() {
    let folder = five();
    edit(folder.path(), "DELETE FROM audit WHERE seq > 3");
    let cut = Finding::Truncated { from: 4, to: 5 };
    assert_eq!(findings(folder.path()), [cut]);
    open(folder.path()).append(row("f")).unwrap();
    assert_eq!(
        findings(folder.path()),
        [Finding::Removed { from: 4, to: 5 }]
    );
}

#[test]
fn an_emptied_audit_is_found() {
    let folder = five();
    edit(folder.path(), "DELETE FROM audit");
    assert_eq!(
        findings(folder.path()),
        [Finding::Truncated { from: 1, to: 5 }]
    );
}

#[test]
fn a_row_of_somebody_without_the_key_is_found() {
    let folder = five();
    edit(
        folder.path(),
        "INSERT INTO audit SELECT 6, at, correlation, action, connection, status, code, details,
         mac, mac FROM audit WHERE seq = 5",
    );
    assert_eq!(findings(folder.path()), [Finding::Altered { row: 6 }]);
}

#[test]
fn a_head_that_was_lost_or_set_back_by_hand_is_found() {
    let folder = five();
    let head = folder.path().join("journal.head");
    let text = fs::read_to_string(&head).unwrap();
    fs::write(&head, text.replace("\n5\n", "\n3\n")).unwrap();
    edit(folder.path(), "DELETE FROM audit WHERE seq > 3");
    assert_eq!(findings(folder.path()), [Finding::NoHead]);
    fs::remove_file(&head).unwrap();
    assert_eq!(findings(folder.path()), [Finding::NoHead]);
    // It goes on, and says for ever that it once was lost.
    open(folder.path()).append(row("f")).unwrap();
    assert_eq!(findings(folder.path()), [Finding::HeadLost { row: 4 }]);
}

#[test]
fn an_end_between_a_row_and_its_head_is_no_finding() {
    let folder = five();
    let head = folder.path().join("journal.head");
    let before = fs::read(&head).unwrap();
    open(folder.path()).append(row("f")).unwrap();
    fs::write(&head, before).unwrap();
    assert_eq!(findings(folder.path()), []);
    open(folder.path()).append(row("g")).unwrap();
    let verdict = open(folder.path()).verify().unwrap();
    assert_eq!((verdict.rows, verdict.findings), (7, vec![]));
}

#[test]
fn what_is_no_journal_is_an_error_and_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let path = database_path(folder.path());
    for text in [&b"not a database, but longer than a header would be.............................................."[..], &[0; 4096]] {
        let _ = fs::remove_file(folder.path().join("journal.db-wal"));
        let _ = fs::remove_file(folder.path().join("journal.db-shm"));
        fs::write(&path, text).unwrap();
        let error = Journal::open(folder.path()).unwrap_err();
        assert!(matches!(error, JournalError::Database { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), text);
        assert!(Failure::from(error).to_string().contains("next: "));
    }
}

#[test]
fn a_database_of_another_program_or_of_a_newer_clio_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    edit(folder.path(), "PRAGMA user_version = 1000");
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(
        matches!(error, JournalError::Newer { version: 1000, .. }),
        "{error}"
    );
    edit(folder.path(), "PRAGMA application_id = 7");
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(matches!(error, JournalError::Foreign(_)), "{error}");
}

#[test]
fn a_key_is_never_made_beside_a_journal() {
    let folder = five();
    let key = folder.path().join("journal.key");
    fs::remove_file(&key).unwrap();
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(
        matches!(error, JournalError::Key(KeyError::Missing(_))),
        "{error}"
    );
    assert!(!key.exists());
    fs::write(&key, "clio-journal-key 1\n00\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let error = Journal::open(folder.path()).unwrap_err();
        assert!(
            matches!(error, JournalError::Key(KeyError::Exposed(_))),
            "{error}"
        );
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(
        matches!(error, JournalError::Key(KeyError::Damaged(_))),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn every_file_of_a_journal_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    journal.append(row("a")).unwrap();
    let mut files = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
        files += 1;
    }
    assert!(files >= 5, "{files}");
}

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
            .claim(&["run", "intake:1"], "sync-contact", "eu", &typed)
            .unwrap()
    };
    let first = claim().unwrap();
    let id = first.id.clone();
    let (created, waiting) = (first.created, journal.waiting().unwrap());
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
        .claim(&["a"], "a", "eu", &command("x"))
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
        let bytes = fs::read(&path).unwrap();
        for mark in marks {
            let found = bytes
                .windows(mark.len())
                .any(|window| window == mark.as_bytes());
            assert!(!found, "{mark} in {}", path.display());
        }
    }
}
