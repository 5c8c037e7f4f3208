//! Hands a message to a command of the operator's, on its standard input, as one
//! line of JSON. Exit code 0 takes it.
//!
//! What must stay true: the arguments are those of `serve.toml`, and nothing of the
//! message is among them; what takes too long is ended with all that it began.

use std::process::Stdio;
use std::time::Duration;

use clio_runner::program::{self, Group};
use clio_runner::traced;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Child;

use super::{Message, NotTaken};

/// How long a command may take.
const WHOLE: Duration = Duration::from_secs(60);

pub(super) async fn run(run: &[String], message: Message<'_>) -> Result<(), NotTaken> {
    run_within(run, message, WHOLE).await
}

async fn run_within(run: &[String], message: Message<'_>, whole: Duration) -> Result<(), NotTaken> {
    let Some((program, arguments)) = run.split_first() else {
        return Err(NotTaken::away("no_destination", "it names no command"));
    };
    let mut command = program::command(program, arguments);
    // What it says may name a client, and the service's log is no place for it.
    command.stdout(Stdio::null()).stderr(Stdio::null());
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
        let stat = format!("/proc/{}/stat", id.trim());
        // It is gone as soon as whoever has it now has waited for it.
        for _ in 0..250 {
            let told = std::fs::read_to_string(&stat).unwrap_or_default();
            if told.is_empty() || told.contains(") Z ") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("what it began goes on");
    }
}
