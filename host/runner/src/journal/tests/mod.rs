//! The journal as its own file shows it: what is edited there is found, what is
//! written there says nothing, and several processes and kills lose nothing.

#![allow(clippy::unwrap_used)]

mod altered;
mod files;
mod retention;
mod rows;
mod uploads;

use std::fs;
use std::path::Path;

use super::verify::Finding;
use super::*;

fn open(folder: &Path) -> Journal {
    Journal::open(folder).unwrap()
}

fn row(action: &str) -> AuditRow {
    AuditRow {
        connection: "https://app.clio.com".to_owned(),
        correlation: format!("id-of-{action}"),
        ..AuditRow::note(action, "done")
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
