//! An audit that was changed by somebody without the key is told from one that
//! was not, and where.

use super::*;
use crate::journal::audit::Filter;

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

/// CASES S14: all that the row says stays the same text, one column after the
/// other; only where a column ends is moved. So it is the lengths that tell.
#[test]
fn what_moved_between_two_columns_is_an_alteration() {
    let columns = [
        "correlation",
        "action",
        "connection",
        "status",
        "code",
        "details",
    ];
    let whole = |folder: &Path| {
        let row = open(folder).rows(&Filter::default()).unwrap().remove(2);
        [
            row.correlation,
            row.action,
            row.connection,
            row.status,
            row.code,
            row.details,
        ]
        .concat()
    };
    for pair in columns.windows(2) {
        let folder = five();
        let (one, next) = (pair[0], pair[1]);
        let before = whole(folder.path());
        edit(
            folder.path(),
            &format!(
                "UPDATE audit SET {one} = '', {next} = {one} || {next}
                 WHERE seq = 3 AND {one} <> '';
                 UPDATE audit SET {one} = {next}, {next} = ''
                 WHERE seq = 3 AND {one} = '' AND changes() = 0"
            ),
        );
        assert_eq!(whole(folder.path()), before, "{one}, {next}");
        let found = findings(folder.path());
        assert_eq!(found, [Finding::Altered { row: 3 }], "{one}, {next}");
    }
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
