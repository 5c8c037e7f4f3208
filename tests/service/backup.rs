//! A home is backed up while it is worked on, and another begins from the file.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clio_runner::home::Home;
use clio_runner::journal::runs::{Class, NewRun};
use clio_runner::journal::{AuditRow, Journal};
use clio_tests::{CommandOutput, Serving, World};
use serde_json::Value;

/// Runs the command on another home.
async fn on(world: &World, home: &Path, arguments: &[&str]) -> CommandOutput {
    let home = home.to_str().unwrap();
    world
        .clio_with(arguments, &[("CLIO_HOME", home)], None)
        .await
}

/// Backs the world's home up, with the vault's key, and returns the file.
async fn backed_up(world: &World, name: &str) -> String {
    let file = world.home().join(name);
    let file = file.to_str().unwrap();
    let made = world.clio(&["backup", file, "--with-key"]).await;
    assert_eq!(made.expect_code(0).stderr, "");
    file.to_owned()
}

fn journal(home: &Path) -> Journal {
    Journal::of(&Home::at(home)).unwrap()
}

fn run(what: &'static str) -> NewRun<'static> {
    NewRun {
        connection: "firm",
        owner: "",
        kind: "call",
        what,
        class: Class::Interactive,
        lane: &[],
        ordered: false,
        once: &[],
        due: 0,
        asked: b"{}",
    }
}

#[tokio::test]
async fn a_backup_is_one_moment_whatever_is_written_meanwhile() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await;
    let key = world.key(&["read"], &["firm"]).await;
    std::fs::create_dir_all(world.home().join("mappings")).unwrap();
    std::fs::write(world.home().join("mappings/intake.json"), "{}").unwrap();
    std::fs::create_dir_all(world.home().join("cases/17")).unwrap();
    std::fs::write(world.home().join("cases/17/deed.pdf"), "%PDF").unwrap();
    // As deep as the longest name of a posted file leads.
    let deep = format!("cases/17/{}deep.pdf", "folder/".repeat(8));
    let folder = world.home().join(&deep);
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    std::fs::write(folder, "%PDF deep").unwrap();
    std::fs::write(world.home().join("serve.toml"), "keep_days = 400\n").unwrap();
    let serving = world.serve(&[]).await;
    // The audit and the runs grow, and the vault with the audit, all the while.
    let (home, ended) = (world.home().to_owned(), Arc::new(AtomicBool::new(false)));
    let until = Arc::clone(&ended);
    let writing = std::thread::spawn(move || {
        let journal = journal(&home);
        let mut written = 0;
        while !until.load(Ordering::Relaxed) {
            journal.append(AuditRow::note("test", "done")).unwrap();
            if written % 16 == 0 {
                journal.add_runs(&[run("check-connection.check")]).unwrap();
            }
            written += 1;
        }
        written
    });
    let mut files = Vec::new();
    for name in ["one", "two", "three"] {
        files.push(backed_up(&world, name).await);
    }
    ended.store(true, Ordering::Relaxed);
    assert!(writing.join().unwrap() > 0);
    assert_eq!(serving.end().await, Some(0));

    let mut rows = Vec::new();
    for file in &files {
        let home = tempfile::tempdir().unwrap();
        on(&world, home.path(), &["restore", file])
            .await
            .expect_code(0);
        let verdict = on(&world, home.path(), &["log", "--verify", "--json"]).await;
        let verdict = verdict.expect_code(0).json();
        assert_eq!(verdict["findings"], serde_json::json!([]));
        rows.push(verdict["rows"].as_u64().unwrap());
        for (arguments, member) in [(["connections"], "firm"), (["key"], "a test")] {
            let arguments = [
                &arguments[..],
                &["list"][..usize::from(arguments == ["key"])],
            ];
            let told = on(&world, home.path(), &arguments.concat()).await;
            let told = told.expect_code(0).json();
            assert_eq!(told[0]["name"], member);
        }
        let kept = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
        assert_eq!(kept("mappings/intake.json"), "{}");
        assert_eq!(kept("cases/17/deed.pdf"), "%PDF");
        assert_eq!(kept(&deep), "%PDF deep");
        assert_eq!(kept("serve.toml"), "keep_days = 400\n");
        assert!(!home.path().join("cache").exists());
        let left = std::fs::read_dir(home.path()).unwrap().flatten();
        let left = left.filter(|it| it.file_name().to_string_lossy().starts_with('.'));
        assert_eq!(left.count(), 0);
    }
    assert!(rows.is_sorted() && rows[0] < rows[2], "{rows:?}");

    // The service goes on there, with the key that was made before.
    let home = tempfile::tempdir().unwrap();
    on(&world, home.path(), &["restore", &files[2]])
        .await
        .expect_code(0);
    let serving = Serving::start(home.path(), &[], &[]).await;
    let bearer = format!("Bearer {key}");
    serving
        .send("GET", "/health", &[("Authorization", &bearer)], b"")
        .await
        .expect_status(200);
    assert_eq!(serving.end().await, Some(0));
}

#[tokio::test]
async fn what_ran_when_it_was_backed_up_waits_once_it_is_restored() {
    let world = World::new().await;
    let here = journal(world.home());
    let holder = here.holder().unwrap();
    here.add_runs(&[run("one"), run("two")]).unwrap();
    let taken = here.take_run(&holder, "firm").unwrap().unwrap();
    let file = backed_up(&world, "backup").await;
    let home = tempfile::tempdir().unwrap();
    on(&world, home.path(), &["restore", &file])
        .await
        .expect_code(0);
    // Here it runs still, and there nobody runs it.
    assert_eq!(here.release_dead(&here.holder().unwrap()).unwrap(), 0);
    let there = journal(home.path());
    let holder = there.holder().unwrap();
    assert_eq!(there.release_dead(&holder).unwrap(), 1);
    let mut again = Vec::new();
    while let Some(run) = there.take_run(&holder, "firm").unwrap() {
        again.push((run.id, run.what));
    }
    assert_eq!(again.len(), 2);
    assert_eq!(again[0], (taken.id, "one".to_owned()));
}

#[tokio::test]
async fn without_the_vaults_key_nothing_is_restored_and_with_it_all_is() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await;
    let file = world.home().join("backup");
    let file = file.to_str().unwrap();
    let made = world.clio(&["backup", file]).await.expect_code(0);
    let kept = world.home().join("vault/key");
    assert!(
        made.stderr.contains(kept.to_str().unwrap()),
        "{}",
        made.stderr
    );
    let key = std::fs::read_to_string(&kept).unwrap();
    // What is in the file is not opened by what is in the file.
    let home = tempfile::tempdir().unwrap();
    let refused = on(&world, home.path(), &["restore", file]).await;
    assert!(refused.stderr.contains("--vault-key"), "{}", refused.stderr);
    assert_ne!(refused.code, 0);
    let left: Vec<_> = std::fs::read_dir(home.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(left, ["locks"]);
    let copy = world.home().join("copy");
    std::fs::write(&copy, &key).unwrap();
    let restored = [
        &["restore", file][..],
        &["--vault-key", copy.to_str().unwrap()],
    ];
    on(&world, home.path(), &restored.concat())
        .await
        .expect_code(0);
    let told = on(&world, home.path(), &["connections"]).await;
    assert_eq!(told.expect_code(0).json()[0]["name"], "firm");
    // A home in which something stands is left as it is.
    let again = on(&world, home.path(), &restored.concat()).await;
    let again = again.expect_code(64).stderr;
    assert!(again.contains("stands there already"), "{again}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_its_owners_alone_and_one_that_is_not_whole_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new().await;
    world.connect_as("firm", &[]).await;
    let file = backed_up(&world, "backup").await;
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // It is not written over.
    world.clio(&["backup", &file]).await.expect_code(64);
    let whole = std::fs::read(&file).unwrap();
    let broken = world.home().join("broken");
    let middle = whole.len() / 2;
    let mut changed = whole.clone();
    changed[middle] ^= 1;
    for bytes in [
        &whole[..middle],
        &whole[..whole.len() - 1],
        &changed,
        &b"no backup"[..],
        b"",
    ] {
        std::fs::write(&broken, bytes).unwrap();
        let home = tempfile::tempdir().unwrap();
        let refused = on(&world, home.path(), &["restore", broken.to_str().unwrap()]).await;
        let told = refused.expect_code(64).stderr;
        assert!(told.contains("no whole backup"), "{told}");
        assert!(!home.path().join("journal").exists());
    }
}

#[tokio::test]
async fn backups_and_restores_stand_in_the_audit() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await;
    let file = backed_up(&world, "backup").await;
    let home = tempfile::tempdir().unwrap();
    on(&world, home.path(), &["restore", &file])
        .await
        .expect_code(0);
    let told = on(&world, home.path(), &["log", "--json", "--all"]).await;
    let rows = told.expect_code(0).json();
    let rows: Vec<(String, String)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(&row["action"]), text(&row["status"])))
        .collect();
    let last = &rows[rows.len() - 3..];
    let expected = [
        ("backup", "begun"),
        ("restore", "begun"),
        ("restore", "done"),
    ];
    assert_eq!(last, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Trap: what a backup cannot hold is left out, and nobody knows until it is needed.
#[cfg(unix)]
#[tokio::test]
async fn what_a_backup_cannot_hold_is_told_and_none_is_written() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new().await;
    drop(journal(world.home()));
    let folder = world.home().join("mappings");
    std::fs::create_dir_all(&folder).unwrap();
    let link = folder.join("firm.json");
    let no_text = folder.join(std::ffi::OsStr::from_bytes(b"\xff.json"));
    let file = world.home().join("backup");
    let refused = async |named: &str| {
        let refused = world.clio(&["backup", file.to_str().unwrap()]).await;
        let told = refused.expect_code(70).stderr;
        assert!(told.contains("cannot be backed up"), "{told}");
        assert!(told.contains(named), "{told}");
        assert!(!file.exists());
    };
    std::os::unix::fs::symlink("/etc/hostname", &link).unwrap();
    refused("firm.json").await;
    std::fs::remove_file(&link).unwrap();
    std::fs::write(&no_text, "{}").unwrap();
    refused("no text").await;
    std::fs::remove_file(&no_text).unwrap();
    backed_up(&world, "backup").await;
}
