//! What was taken out by age is told from what somebody removed.

use super::*;
use crate::journal::runs::{Class, NewRun, RunEnd, RunFilter};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// A journal of rows that are so many days old, closed.
fn aged(days: &[i64]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for days in days {
        let at = now() - days * DAY;
        journal.append(AuditRow { at, ..row("a") }).unwrap();
    }
    folder
}

#[test]
fn old_rows_are_taken_out_and_the_rest_verifies() {
    let folder = aged(&[90, 80, 70, 20, 10]);
    let taken = open(folder.path()).take_out(now() - 30 * DAY).unwrap();
    assert_eq!((taken.audit, taken.findings), (3, vec![]));
    let verdict = open(folder.path()).verify().unwrap();
    let told = (verdict.rows, verdict.removed_through, verdict.findings);
    assert_eq!(told, (3, Some(3), vec![]));
    // Again there is nothing to take out, and nothing is written.
    let taken = open(folder.path()).take_out(now() - 30 * DAY).unwrap();
    assert_eq!(
        (taken.audit, open(folder.path()).verify().unwrap().rows),
        (0, 3)
    );
    // Later the row that said so goes as well.
    let taken = open(folder.path()).take_out(now() + DAY).unwrap();
    assert_eq!(taken.audit, 3);
    let verdict = open(folder.path()).verify().unwrap();
    let told = (verdict.rows, verdict.removed_through, verdict.findings);
    assert_eq!(told, (1, Some(6), vec![]));
    open(folder.path()).append(row("f")).unwrap();
    assert_eq!(findings(folder.path()), []);
}

#[test]
fn a_clock_that_was_set_back_takes_out_no_newer_row() {
    let folder = aged(&[90, 10, 80, 5]);
    let taken = open(folder.path()).take_out(now() - 30 * DAY).unwrap();
    assert_eq!((taken.audit, findings(folder.path())), (1, vec![]));
}

#[test]
fn killed_between_its_word_and_the_deletion_the_audit_verifies() {
    for left in 1..=4 {
        let folder = aged(&[90, 80, 70, 20, 10]);
        let copy = tempfile::tempdir().unwrap();
        // The rows as they stood, to be put back.
        edit(
            folder.path(),
            &format!(
                "ATTACH '{}' AS copy; CREATE TABLE copy.audit AS SELECT * FROM main.audit;",
                copy.path().join("copy").display()
            ),
        );
        open(folder.path()).take_out(now() - 30 * DAY).unwrap();
        edit(
            folder.path(),
            &format!(
                "ATTACH '{}' AS copy;
                 INSERT INTO main.audit SELECT * FROM copy.audit WHERE seq >= {left} AND seq <= 3;",
                copy.path().join("copy").display()
            ),
        );
        assert_eq!(findings(folder.path()), [], "{left}");
        let taken = open(folder.path()).take_out(now() - 30 * DAY).unwrap();
        assert_eq!((taken.audit, findings(folder.path())), (4 - left, vec![]));
    }
}

#[test]
fn what_somebody_removed_beside_it_is_found() {
    let taken_out = || {
        let folder = aged(&[90, 80, 70, 20, 10, 5]);
        open(folder.path()).take_out(now() - 30 * DAY).unwrap();
        folder
    };
    for (edits, expected) in [
        ("DELETE FROM audit WHERE seq = 4", (1, 4)),
        ("DELETE FROM audit WHERE seq IN (4, 5)", (1, 5)),
        ("DELETE FROM audit WHERE seq = 5", (5, 5)),
    ] {
        let folder = taken_out();
        edit(folder.path(), edits);
        let (from, to) = expected;
        assert_eq!(
            findings(folder.path()),
            [Finding::Removed { from, to }],
            "{edits}"
        );
    }
    // The row that says so cannot be made to say more, nor be made anew.
    let folder = taken_out();
    edit(
        folder.path(),
        "UPDATE audit SET details = replace(details, '\"removed_through\":3',
         '\"removed_through\":5') WHERE status = 'rows_removed';
         DELETE FROM audit WHERE seq IN (4, 5);",
    );
    assert_eq!(
        findings(folder.path()),
        [
            Finding::Removed { from: 1, to: 5 },
            Finding::Altered { row: 7 }
        ]
    );
}

#[test]
fn a_row_that_does_not_follow_from_the_last_one_taken_out_is_found() {
    let folder = aged(&[90, 80, 70, 20]);
    let journal = open(folder.path());
    let details = Details {
        removed_through: Some(3),
        removed_code: crate::digest::hex(&[7; 32]),
        ..Details::default()
    };
    // Genuine, and of another row than stood there.
    journal
        .append(AuditRow {
            details: serde_json::to_string(&details).unwrap(),
            ..AuditRow::note("journal", "rows_removed")
        })
        .unwrap();
    edit(folder.path(), "DELETE FROM audit WHERE seq <= 3");
    assert_eq!(findings(folder.path()), [Finding::Unchained { row: 4 }]);
}

#[test]
fn rows_that_are_not_as_they_were_written_stay() {
    let folder = aged(&[90, 80, 70, 20]);
    edit(
        folder.path(),
        "UPDATE audit SET action = 'other' WHERE seq = 2",
    );
    let taken = open(folder.path()).take_out(now() - 30 * DAY).unwrap();
    let altered = [Finding::Altered { row: 2 }];
    assert_eq!((taken.audit, &*taken.findings), (0, &altered[..]));
    assert_eq!(findings(folder.path()), altered);
}

fn run<'a>(kind: &'a str, what: &'a str) -> NewRun<'a> {
    NewRun {
        connection: "firm",
        owner: "",
        kind,
        what,
        class: Class::Interactive,
        lane: &[],
        ordered: false,
        once: &[],
        due: 0,
        asked: b"{}",
    }
}

#[test]
fn runs_that_ended_long_ago_go_and_those_that_wait_stay() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let holder = journal.holder().unwrap();
    let runs = ["done", "failed", "cancelled", "waiting", "new"].map(|what| run("call", what));
    let ids = journal.add_runs(&runs).unwrap();
    for (id, end) in [
        (&ids[0].0, RunEnd::Done(b"{}".to_vec())),
        (
            &ids[1].0,
            RunEnd::Failed {
                code: "failed".to_owned(),
                told: b"{}".to_vec(),
            },
        ),
    ] {
        assert_eq!(journal.take_run(&holder, "firm").unwrap().unwrap().id, *id);
        assert!(journal.end_run(&holder, id, &end).unwrap());
    }
    assert!(journal.cancel_run(&ids[2].0).unwrap());
    assert!(journal.cancel_run(&ids[4].0).unwrap());
    edit(
        folder.path(),
        &format!(
            "UPDATE runs SET created = 0, updated = 0 WHERE what <> 'new';
             UPDATE runs SET updated = {} WHERE what = 'new'",
            now()
        ),
    );
    let taken = journal.take_out(now() - 30 * DAY).unwrap();
    assert_eq!(taken.others, 3);
    let left = journal.runs(&RunFilter {
        limit: 10,
        ..RunFilter::default()
    });
    let left: Vec<String> = left.unwrap().into_iter().map(|run| run.what).collect();
    assert_eq!(left, ["new", "waiting"]);
}

#[test]
fn an_event_that_is_still_to_go_out_stays() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    journal.add_runs(&[run("event", "out")]).unwrap();
    let event = |seq: u32, connection: &str, created: i64| {
        format!(
            "INSERT INTO events (seq, id, connection, owner, kind, created, sealed)
             VALUES ({seq}, '{seq}', '{connection}', '', 'document.new', {created}, x'');"
        )
    };
    let old = now() - 90 * DAY;
    edit(
        folder.path(),
        &[
            format!("UPDATE runs SET created = {old};"),
            event(1, "firm", old - DAY),
            event(2, "firm", old),
            event(3, "firm", old + DAY),
            event(4, "other", old),
            event(5, "other", now()),
        ]
        .concat(),
    );
    assert_eq!(journal.take_out(now() - 30 * DAY).unwrap().others, 2);
    let left: Vec<i64> = journal
        .read(|connection| {
            connection
                .prepare("SELECT seq FROM events ORDER BY seq")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
        .unwrap();
    assert_eq!(left, [2, 3, 5]);
}
