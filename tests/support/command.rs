//! The real `clio` command as a process of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// What one run of the command left.
#[derive(Debug)]
pub struct CommandOutput {
    /// The exit code.
    pub code: i32,
    /// What stood on stdout.
    pub stdout: String,
    /// What stood on stderr.
    pub stderr: String,
}

impl CommandOutput {
    /// Stdout as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not JSON ({error}): {self:#?}"))
    }

    /// Asserts the exit code, showing everything else when it differs.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

/// The built command. `cargo test` builds it, because its own package has
/// integration tests.
pub fn clio_binary() -> PathBuf {
    let mut path = std::env::current_exe().expect("a test knows its own path");
    path.pop(); // deps/
    path.pop(); // the profile's folder
    path.push(format!("clio{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is not built: run `cargo test --release` without `-p`",
        path.display()
    );
    path
}

/// Runs the command to its end with an empty environment but for what is given.
pub(crate) async fn run<S: AsRef<OsStr>>(
    args: &[S],
    environment: &[(&str, &str)],
    home: &Path,
    stdin: Option<&str>,
) -> CommandOutput {
    let mut command = prepare(args, environment, home);
    command
        .stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    if let Some(text) = stdin {
        let mut pipe = child.stdin.take().expect("stdin is a pipe");
        pipe.write_all(text.as_bytes())
            .await
            .expect("the command reads stdin");
    }
    let output = child.wait_with_output().await.expect("the command ends");
    CommandOutput {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

/// The command with an empty environment but for what is given, ended when its
/// handle is dropped.
pub(crate) fn prepare<S: AsRef<OsStr>>(
    args: &[S],
    environment: &[(&str, &str)],
    home: &Path,
) -> Command {
    let mut command = Command::new(clio_binary());
    command
        .args(args)
        .env_clear()
        .env("CLIO_HOME", home)
        .env("CLIO_CACHE", super::host::cache_dir())
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}
