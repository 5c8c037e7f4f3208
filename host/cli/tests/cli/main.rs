//! The built command as a shell or a workflow engine meets it: exit codes,
//! streams, and what is checked before anything is sent.
//!
//! Nothing here leaves the machine: where an account is needed it is a closed
//! port of the loopback address.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod asked;
mod cases;
mod checked;
mod components;
mod export;
mod inputs;
mod stories;

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
        let locks = self.home.path().join("locks");
        let entries = fs::read_dir(locks).into_iter().flatten();
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
