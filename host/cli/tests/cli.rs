//! The built command as a shell or a workflow engine meets it: exit codes,
//! streams, and what is checked before anything is sent.
//!
//! Nothing here leaves the machine: where an account is needed it is a closed
//! port of the loopback address.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// A port on which nothing listens: the lowest is never given out.
const NOBODY: &str = "http://127.0.0.1:1";
const TOKEN: &str = "1234-unguessableUnguessable";

/// The command with an empty environment but for a home of its own.
struct Clio {
    home: tempfile::TempDir,
}

impl Clio {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clio"));
        command
            .args(arguments)
            .env_clear()
            .env("CLIO_HOME", self.home.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn run_connected(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .env("CLIO_ORIGIN", NOBODY)
            .env("CLIO_ACCESS_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// The files that were left in the home, but for the cache.
    fn left(&self) -> Vec<PathBuf> {
        let cases = self.home.path().join("cases");
        let entries = fs::read_dir(cases).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Asserts the exit code, and that a failure names its next step.
#[track_caller]
fn ended(output: &Output, code: i32) {
    let told = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{}{told}", stdout(output));
    assert!(!told.contains("panicked"), "{told}");
    assert!(
        !told.contains(TOKEN) && !stdout(output).contains(TOKEN),
        "{told}"
    );
    if code != 0 {
        assert!(told.contains("next: ") || told.contains("--help"), "{told}");
    }
}

fn case(folder: &Path, case: &Value) -> String {
    let path = folder.join("case.json");
    fs::write(&path, case.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn right_case(folder: &Path) -> String {
    fs::write(folder.join("retainer.pdf"), "%PDF-1.4").unwrap();
    let document = json!({"source_id": "retainer", "file": "retainer.pdf", "approved": true});
    case(
        folder,
        &json!({"source_id": "intake:17", "client": {"last_name": "Lee"},
            "matter": {"title": "Estate"}, "documents": [document]}),
    )
}

#[test]
fn help_is_no_failure_and_says_how_the_command_ends() {
    let clio = Clio::new();
    let help = clio.run(&["--help"]);
    ended(&help, 0);
    for part in [
        "CLIO_ORIGIN",
        "CLIO_ACCESS_TOKEN",
        "CLIO_HOME",
        "Exit codes:",
        "75 ",
    ] {
        assert!(stdout(&help).contains(part), "{part}");
    }
    let sync = clio.run(&["sync", "--help"]);
    ended(&sync, 0);
    assert!(stdout(&sync).contains("the worst outcome of the run decides"));
    ended(&clio.run(&["--version"]), 0);
}

#[test]
fn mistakes_in_the_arguments_are_usage() {
    let clio = Clio::new();
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["actions", "--frobnicate"],
        &["run", "sync-contact"],
        &["sync"],
        &["sync", "case.json", "--at-once", "0"],
        &["run", "sync-contact", "--input", "{}", "--deadline", "soon"],
    ] {
        let output = clio.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(64),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn the_actions_are_listed_for_people_and_for_programs() {
    let clio = Clio::new();
    let table = clio.run(&["actions"]);
    ended(&table, 0);
    let json = clio.run(&["actions", "--json"]);
    ended(&json, 0);
    let descriptions: Value = serde_json::from_str(&stdout(&json)).unwrap();
    let names: Vec<&str> = descriptions
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "sync-contact",
            "create-matter",
            "upload-document",
            "find-documents",
            "detect-documents",
            "setup-markers"
        ]
    );
    for name in names {
        assert!(stdout(&table).contains(name), "{name}");
    }
}

#[test]
fn a_description_is_json_when_a_program_reads_it() {
    let clio = Clio::new();
    let output = clio.run(&["describe", "upload-document"]);
    ended(&output, 0);
    let description: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(description["functions"][0]["name"], "upload");
    assert!(description["functions"][0]["input"].is_object());
    let unknown = clio.run(&["describe", "delete-everything"]);
    ended(&unknown, 64);
    assert!(stderr(&unknown).contains("sync-contact"));
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let clio = Clio::new();
    let mut child = clio
        .command(&["actions", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn without_an_account_the_next_step_is_named() {
    let clio = Clio::new();
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}}}"#;
    let output = clio.run(&["run", "sync-contact", "--input", input]);
    ended(&output, 77);
    assert!(stderr(&output).contains("CLIO_ORIGIN"));
    assert!(stderr(&output).contains("clio sandbox"));

    let folder = tempfile::tempdir().unwrap();
    ended(&clio.run(&["sync", &right_case(folder.path())]), 77);
    assert!(clio.left().is_empty());
}

#[test]
fn a_token_is_not_sent_to_an_address_that_is_no_clio() {
    let clio = Clio::new();
    let output = clio
        .command(&["run", "find-documents", "--input", "{}"])
        .env("CLIO_ORIGIN", "https://app.clio.com.example")
        .env("CLIO_ACCESS_TOKEN", TOKEN)
        .output()
        .unwrap();
    ended(&output, 64);
    assert!(stderr(&output).contains("--allow-origin"));
}

#[test]
fn a_bad_input_is_told_before_an_account_is_needed() {
    let clio = Clio::new();
    for (arguments, part) in [
        (&["run", "sync-contact", "--input", "{"][..], "not JSON"),
        (&["run", "sync-contacts", "--input", "{}"], "no action"),
        (
            &["run", "sync-contact.frobnicate", "--input", "{}"],
            "sync-contact.sync",
        ),
        (
            &["run", "sync-contact", "--input", "@/absent.json"],
            "/absent.json",
        ),
        (
            &["run", "--component", "/absent.wasm", "--input", "{}"],
            "/absent.wasm",
        ),
        (
            &[
                "run",
                "find-documents",
                "--input",
                "{}",
                "--allow",
                "everything",
            ],
            "--allow",
        ),
    ] {
        let output = clio.run(arguments);
        ended(&output, 64);
        assert!(
            stderr(&output).contains(part),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn an_input_of_the_wrong_form_is_an_envelope_and_usage() {
    let clio = Clio::new();
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_nam":"Lee"}}}"#;
    let output = clio.run_connected(&["run", "sync-contact", "--input", input]);
    ended(&output, 64);
    let envelope: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let problem = &envelope["error"]["permanent"];
    assert_eq!(problem["code"], "invalid_input", "{envelope}");
    assert!(
        problem["field"]
            .as_str()
            .unwrap()
            .starts_with("/contact/person"),
        "{envelope}"
    );
}

#[test]
fn files_of_an_input_stay_inside_their_folder() {
    let clio = Clio::new();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("files");
    fs::create_dir(&folder).unwrap();
    fs::write(root.path().join("secret"), TOKEN).unwrap();
    fs::write(folder.join("a.pdf"), "%PDF").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret", folder.join("link.pdf")).unwrap();
    let run = |name: &str, files: bool| {
        let input = json!({"content": {"source": {"file": name}}}).to_string();
        let mut arguments = vec!["run", "upload-document", "--input", &input];
        if files {
            arguments.extend(["--files", folder.to_str().unwrap()]);
        }
        clio.run(&arguments)
    };
    for name in ["../secret", "/etc/passwd", "link.pdf", "absent.pdf", "."] {
        let output = run(name, true);
        ended(&output, 64);
        assert!(
            stderr(&output).contains("/content/source/file"),
            "{name}: {}",
            stderr(&output)
        );
    }
    let without = run("a.pdf", false);
    ended(&without, 64);
    assert!(stderr(&without).contains("--files DIR"));
    // Inside, only the account is missing.
    ended(&run("a.pdf", true), 77);
}

#[test]
fn inline_content_over_a_mebibyte_names_files() {
    let clio = Clio::new();
    let input = json!({"content": {"source": {"inline": "A".repeat(1_500_000)}}}).to_string();
    let mut child = clio
        .command(&["run", "upload-document", "--input", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    ended(&output, 64);
    assert!(
        stderr(&output).contains("--files DIR"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_account_that_cannot_be_reached_is_transient() {
    let clio = Clio::new();
    let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}},
        "emails":[{"address":"lee@example.com"}]}"#;
    let output = clio.run_connected(&["run", "sync-contact", "--input", input]);
    ended(&output, 75);
    let envelope: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        envelope["error"]["transient"]["code"], "unavailable",
        "{envelope}"
    );
    assert!(
        !stderr(&output).contains("lee@example.com"),
        "{}",
        stderr(&output)
    );
}

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
        .find(|path| path.extension().unwrap() == "lock")
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

#[cfg(unix)]
#[test]
fn a_sandbox_prints_where_it_is_and_ends_by_ctrl_c() {
    let clio = Clio::new();
    let mut child = clio
        .command(&["sandbox"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let place: Value = serde_json::from_str(&line).unwrap();
    let origin = place["origin"].as_str().unwrap();
    assert!(origin.starts_with("http://127.0.0.1:"), "{origin}");

    let synced = clio
        .command(&["run", "sync-contact", "--input", "-"])
        .env("CLIO_ORIGIN", origin)
        .env("CLIO_ACCESS_TOKEN", place["token"].as_str().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .and_then(|mut run| {
            let input = r#"{"source_id":"i:1","contact":{"person":{"last_name":"Lee"}}}"#;
            run.stdin.take().unwrap().write_all(input.as_bytes())?;
            run.wait_with_output()
        })
        .unwrap();
    assert_eq!(synced.status.code(), Some(0));
    let outcome: Value = serde_json::from_str(&stdout(&synced)).unwrap();
    assert_eq!(outcome["disposition"], "created", "{outcome}");

    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "nothing but the one line is printed");
}

#[test]
fn the_demo_verifies_its_own_story_within_one_minutes_budget() {
    let clio = Clio::new();
    let output = clio.run(&["demo"]);
    ended(&output, 0);
    let story = stdout(&output);
    let used = story
        .lines()
        .find(|line| line.contains("requests"))
        .unwrap_or_default();
    assert!(!used.is_empty(), "{story}");
    assert!(
        !story.contains('\u{1b}'),
        "a pipe gets no control sequences: {story}"
    );
    assert!(clio.left().is_empty(), "the demo keeps nothing");
}
