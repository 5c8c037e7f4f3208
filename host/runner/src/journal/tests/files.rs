//! The journal's files and its key: foreign, lost, set back, or read by others.

use super::*;
use crate::journal::audit::Filter;

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
fn a_key_is_never_made_for_a_journal_that_has_lost_its_own() {
    let folder = five();
    let vault = folder.path().join("vault");
    fs::rename(vault.join("vault"), vault.join("aside")).unwrap();
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(
        matches!(error, JournalError::Key(KeyError::Missing(_))),
        "{error}"
    );
    assert!(!vault.join("vault").exists());
    fs::write(vault.join("vault"), "no vault").unwrap();
    let error = Journal::open(folder.path()).unwrap_err();
    assert!(
        matches!(error, JournalError::Key(KeyError::Vault(_))),
        "{error}"
    );
    assert!(
        Failure::from(error)
            .to_string()
            .contains("nothing was changed")
    );
    fs::rename(vault.join("aside"), vault.join("vault")).unwrap();
    assert_eq!(findings(folder.path()), []);
}

#[test]
fn a_journal_opens_after_the_vaults_key_was_changed() {
    let folder = five();
    let mut settings = clio_host::vault::VaultSettings::in_folder(&folder.path().join("vault"));
    settings.keyring = false;
    clio_host::vault::Vault::new(settings)
        .unwrap()
        .rotate(None)
        .unwrap();
    open(folder.path()).append(row("f")).unwrap();
    assert_eq!(findings(folder.path()), []);
}

#[test]
fn a_journal_that_was_set_back_as_a_whole_is_found() {
    let files = [
        "journal.db",
        "journal.db-wal",
        "journal.db-shm",
        "journal.head",
    ];
    let folder = five();
    let old = tempfile::tempdir().unwrap();
    for file in files {
        let _ = fs::copy(folder.path().join(file), old.path().join(file));
    }
    let journal = open(folder.path());
    for _ in 0..64 {
        journal.append(row("f")).unwrap();
    }
    drop(journal);
    for file in files {
        let _ = fs::remove_file(folder.path().join(file));
        let _ = fs::copy(old.path().join(file), folder.path().join(file));
    }
    assert_eq!(findings(folder.path()), [Finding::NoHead]);
    // It goes on, and says for ever that rows may be missing there.
    open(folder.path()).append(row("g")).unwrap();
    assert_eq!(findings(folder.path()), [Finding::HeadLost { row: 6 }]);
    open(folder.path()).append(row("h")).unwrap();
    assert_eq!(findings(folder.path()), [Finding::HeadLost { row: 6 }]);
}

#[test]
fn a_journal_that_was_removed_as_a_whole_is_found() {
    let folder = five();
    for file in fs::read_dir(folder.path()).unwrap() {
        let _ = fs::remove_file(file.unwrap().path());
    }
    assert_eq!(findings(folder.path()), [Finding::NoHead]);
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
        if entry.metadata().unwrap().is_dir() {
            continue; // the vault, which has its own tests
        }
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
        files += 1;
    }
    assert!(files >= 4, "{files}");
}

/// A file that is made anew for each row costs two syncs, its own and the
/// folder's.
#[cfg(unix)]
#[test]
fn the_end_is_written_over_where_it_lies() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = five();
    let head = folder.path().join("journal.head");
    let text = fs::read_to_string(&head).unwrap();
    // As a clio of before wrote it: of any length.
    fs::write(&head, format!("{}\n", text.trim_end())).unwrap();
    assert_eq!(findings(folder.path()), []);
    let journal = open(folder.path());
    journal.append(row("f")).unwrap();
    let place = fs::metadata(&head).unwrap().ino();
    for _ in 0..10 {
        journal.append(row("g")).unwrap();
        let file = fs::metadata(&head).unwrap();
        assert_eq!((file.ino(), file.len()), (place, text.len() as u64));
    }
    assert!(fs::read_to_string(&head).unwrap().contains("\n16\n"));
    assert_eq!(findings(folder.path()), []);
}

/// One sync for one thing: SQLite's own would be another.
#[test]
fn the_log_is_synced_by_us_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let synchronous = |connection: &Connection| {
        connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))
    };
    const NORMAL: i64 = 1;
    assert_eq!(journal.read(synchronous).unwrap(), NORMAL);
    assert!(journal.log.is_some());
}

/// The system tells of lost bytes once; the sync that follows succeeds.
#[test]
#[cfg(unix)]
fn after_a_sync_that_failed_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    journal.append(row("a")).unwrap();
    // What cannot be synced.
    let whole = journal.log.replace(fs::File::open("/dev/null").unwrap());
    let failed = Failure::from(journal.append(row("b")).unwrap_err()).to_string();
    for says in ["did not keep", "check the disk"] {
        assert!(failed.contains(says), "{failed}");
    }
    journal.log = whole;
    let later = Failure::from(journal.append(row("c")).unwrap_err()).to_string();
    assert_eq!(later, failed);
    assert!(journal.sync_audit().is_err());
    let rows = journal.rows(&Filter::default()).unwrap();
    assert!(rows.iter().all(|it| it.action != "c"), "{rows:?}");
    // The next process begins anew.
    drop(journal);
    open(folder.path()).append(row("d")).unwrap();
}

/// What was not synced may be gone after a power cut; an end that was told is
/// not, nor is a row before it.
#[test]
fn no_end_is_told_before_its_row_is_synced() {
    let folder = five();
    let journal = open(folder.path());
    journal.add(row("f")).unwrap();
    assert_eq!(journal.keys.load_head().unwrap().unwrap().seq, 5);
    edit(folder.path(), "DELETE FROM audit WHERE seq > 5");
    assert_eq!(journal.verify().unwrap().findings, []);
    journal.add(row("f")).unwrap();
    journal.add(row("g")).unwrap();
    journal.sync_audit().unwrap();
    assert_eq!(journal.keys.load_head().unwrap().unwrap().seq, 7);
    edit(folder.path(), "DELETE FROM audit WHERE seq > 5");
    let cut = Finding::Truncated { from: 6, to: 7 };
    assert_eq!(journal.verify().unwrap().findings, [cut]);
}

/// CASES S2: nobody can say whom that is for, and it is not guessed.
#[test]
fn what_waits_in_a_journal_of_before_has_no_account() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    fs::remove_file(database_path(folder.path())).unwrap();
    edit(
        folder.path(),
        &format!(
            "{}
             INSERT INTO outbox VALUES ('1', x'01', 1, 9000000000000, 1, 'failed', 'unavailable',
             'sync', 'firm', x'00');
             PRAGMA application_id = 0x434c494f;
             PRAGMA user_version = 1",
            schema::STEPS[0]
        ),
    );
    let waiting = open(folder.path()).waiting().unwrap();
    assert_eq!(waiting[0].connection, "firm");
    assert_eq!(
        (waiting[0].owner.as_str(), waiting[0].account()),
        ("", None)
    );
}

/// Trap: who reads "restore it from a backup" loses what came since.
#[test]
fn a_full_disk_is_told_as_one_and_nothing_is_to_be_restored() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    journal.check().unwrap();
    journal.append(row("a")).unwrap();
    let pages: i64 = journal
        .read(|connection| connection.query_row("PRAGMA page_count", [], |row| row.get(0)))
        .unwrap();
    let limit = format!("PRAGMA max_page_count = {pages}");
    journal
        .read(|connection| connection.query_row(&limit, [], |_| Ok(())))
        .unwrap();
    let full = (0..10_000).find_map(|_| journal.append(row("a")).err());
    let full = full.unwrap();
    assert!(full.is_full(), "{full}");
    let told = Failure::from(full).to_string();
    assert!(told.contains("the disk is full"), "{told}");
    assert!(told.contains("make room"), "{told}");
    for wrong in ["backup", "away"] {
        assert!(!told.contains(wrong), "{told}");
    }
    let no_room = JournalError::Io {
        path: "journal.head".into(),
        error: io::ErrorKind::StorageFull.into(),
    };
    assert!(Failure::from(no_room).to_string().contains("make room"));
    // Nor is it for what a disk or its rights are at.
    let other = JournalError::Database {
        path: "journal.db".into(),
        cause: rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR),
            None,
        ),
    };
    let told = Failure::from(other).to_string();
    assert!(!told.contains("backup") && told.contains("disk"), "{told}");
    // What stands is whole.
    drop(journal);
    assert_eq!(findings(folder.path()), []);
    open(folder.path()).append(row("b")).unwrap();
}
