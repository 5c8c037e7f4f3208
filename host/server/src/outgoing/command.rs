//! Hands a message to a command of the operator's, on its standard input, as one
//! line of JSON. Exit code 0 takes it.
//!
//! There is no shell: the arguments are those of `serve.toml`, and nothing of the
//! message is among them. The command gets none of the service's own variables.

use std::process::Stdio;
use std::time::Duration;

use clio_runner::traced;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use super::{Message, NotTaken};

/// How long a command may take.
const WHOLE: Duration = Duration::from_secs(60);

pub(super) async fn run(run: &[String], message: Message<'_>) -> Result<(), NotTaken> {
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
    // The vault's key may be among them.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CLIO_") {
            command.env_remove(name);
        }
    }
    let trace = traced::current();
    if !trace.is_empty() {
        command.env("TRACEPARENT", trace);
    }
    let child = command
        .spawn()
        .map_err(|error| NotTaken::away("unreachable", format!("it cannot be started: {error}")))?;
    match tokio::time::timeout(WHOLE, fed(child, message)).await {
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
            let what = format!("it did not end within {} s", WHOLE.as_secs());
            Err(NotTaken::away("timeout", what))
        }
    }
}

async fn fed(mut child: Child, message: Message<'_>) -> std::io::Result<std::process::ExitStatus> {
    if let Some(mut input) = child.stdin.take() {
        // A command that ends without reading says by its code whether it is done.
        let _ = input.write_all(message.body.as_bytes()).await;
        let _ = input.write_all(b"\n").await;
    }
    child.wait().await
}
