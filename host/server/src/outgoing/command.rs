//! Hands a message to a command of the operator's, on its standard input, as one
//! line of JSON. Exit code 0 takes it.
//!
//! There is no shell: the arguments are those of `serve.toml`, and nothing of the
//! message is among them.
//!
//! What must stay true: of the service's environment, in which the vault's key and
//! others' secrets may stand, the command gets what [`KEPT`] names alone; what takes
//! too long is ended with all that it began.

use std::process::Stdio;
use std::time::Duration;

use clio_runner::traced;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use super::{Message, NotTaken};

/// How long a command may take.
const WHOLE: Duration = Duration::from_secs(60);
/// The variables that a command gets, beside all that begin with `LC_`. The last is
/// what Windows starts no program without.
const KEPT: [&str; 7] = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "SystemRoot"];

pub(super) async fn run(run: &[String], message: Message<'_>) -> Result<(), NotTaken> {
    run_within(run, message, WHOLE).await
}

async fn run_within(run: &[String], message: Message<'_>, whole: Duration) -> Result<(), NotTaken> {
    let Some((program, arguments)) = run.split_first() else {
        return Err(NotTaken::away("no_destination", "it names no command"));
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        // What it says may name a client, and the service's log is no place for it.
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command.env_clear();
    command.envs(std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        KEPT.contains(&name.as_ref()) || name.starts_with("LC_")
    }));
    #[cfg(unix)]
    command.process_group(0);
    let trace = traced::current();
    if !trace.is_empty() {
        command.env("TRACEPARENT", trace);
    }
    let child = command
        .spawn()
        .map_err(|error| NotTaken::away("unreachable", format!("it cannot be started: {error}")))?;
    match tokio::time::timeout(whole, fed(child, message)).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(NotTaken {
            code: "refused",
            what: match status.code() {
                Some(code) => format!("it ended with exit code {code}"),
                None => "it was killed".to_owned(),
            },
            away: false,
            after: None,
        }),
        Ok(Err(error)) => Err(NotTaken::away(
            "unreachable",
            format!("it cannot be run: {error}"),
        )),
        Err(_) => {
            let what = format!("it did not end within {} s", whole.as_secs());
            Err(NotTaken::away("timeout", what))
        }
    }
}

async fn fed(mut child: Child, message: Message<'_>) -> std::io::Result<std::process::ExitStatus> {
    // Dropped before the child is, whose id is its own as long as nobody has waited.
    let group = Group::of(&child);
    if let Some(mut input) = child.stdin.take() {
        // A command that ends without reading says by its code whether it is done.
        let _ = input.write_all(message.body.as_bytes()).await;
        let _ = input.write_all(b"\n").await;
    }
    let status = child.wait().await?;
    group.ended();
    Ok(status)
}

/// A command and all that it began. Dropped, they are killed.
struct Group(Option<u32>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id())
    }

    /// The command has ended by itself: its id may be another's from now on.
    fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.0
            && let Some(group) = i32::try_from(id)
                .ok()
                .and_then(rustix::process::Pid::from_raw)
        {
            // That none is left is no failure.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MESSAGE: Message<'_> = Message {
        id: "evt_1",
        body: "{}",
    };

    fn script(text: String) -> Vec<String> {
        vec!["sh".to_owned(), "-c".to_owned(), text]
    }

    #[tokio::test]
    async fn what_takes_too_long_is_ended_with_all_that_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let began = folder.path().join("began");
        let text = format!("sleep 300 & echo $! > '{}'; wait", began.display());
        let late = run_within(&script(text), MESSAGE, Duration::from_secs(1)).await;
        assert_eq!(late.unwrap_err().code, "timeout");
        let id = std::fs::read_to_string(began).unwrap();
        let id = rustix::process::Pid::from_raw(id.trim().parse().unwrap()).unwrap();
        // It is gone as soon as whoever has it now has waited for it.
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero()));
        for _ in 0..250 {
            let lives = rustix::process::test_kill_process(id).is_ok();
            if !lives || stat().is_ok_and(|stat| stat.contains(") Z ")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("what it began goes on");
    }

    #[tokio::test]
    async fn of_the_services_variables_it_gets_few() {
        let few = |name: &str| KEPT.contains(&name) || name.starts_with("LC_");
        let mut own = std::env::vars().map(|(name, _)| name);
        assert!(own.any(|name| !few(&name)), "there is one to be taken away");
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("told");
        let text = format!("/usr/bin/env > '{}'", told.display());
        run(&script(text), MESSAGE).await.unwrap();
        let told = std::fs::read_to_string(told).unwrap();
        let names = told.lines().filter_map(|line| line.split_once('='));
        let names: Vec<&str> = names.map(|(name, _)| name).collect();
        assert!(names.contains(&"PATH"), "{names:?}");
        // A shell sets these itself.
        let shells = ["PWD", "OLDPWD", "SHLVL", "_"];
        let more = names.iter().find(|it| !few(it) && !shells.contains(it));
        assert_eq!(more, None, "{names:?}");
    }
}
