//! A platform in a process of its own, which is fed many calls.
//!
//! It reads a call a line, `{"origin", "token", "function", "input"}`, and answers
//! each with a line: `{"ok": …}`, `{"err": …}` or `{"failure": …}`. A failure whose
//! cause is `refused` says that the platform has no word for the input.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::table::Answer;

/// The longest that a call may take, beginning and compiling included.
const LONGEST: Duration = Duration::from_secs(60);

/// A runner that is there.
pub(crate) struct Process {
    calls: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// Why it is not spoken to any more.
    broken: Option<String>,
    /// Ended with this.
    _child: Child,
}

impl Process {
    /// Starts a runner, or says why it is not at hand.
    pub(crate) async fn start(mut command: Command, runner: &Path) -> Result<Self, String> {
        if !runner.is_file() {
            return Err(format!("there is no {}", runner.display()));
        }
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn();
        let mut child = child.map_err(|error| format!("{:?}: {error}", command.as_std()))?;
        let (Some(calls), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the runner has no pipes".to_owned());
        };
        let mut process = Self {
            calls,
            answers: BufReader::new(answers).lines(),
            broken: None,
            _child: child,
        };
        // One call that needs no account, to see that it answers.
        let nobody = ("http://127.0.0.1:1", "none");
        let input = json!({"headers": [], "body": "{}", "subscriptions": [], "last_known": []});
        process
            .call(nobody, "receive-webhook.receive", &input)
            .await?;
        Ok(process)
    }

    /// Makes a call of an account.
    pub(crate) async fn call(
        &mut self,
        (origin, token): (&str, &str),
        function: &str,
        input: &Value,
    ) -> Result<Answer, String> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        let call = json!({
            "origin": origin, "token": token, "function": function, "input": input,
        });
        let answered = async {
            self.calls.write_all(format!("{call}\n").as_bytes()).await?;
            self.calls.flush().await?;
            self.answers.next_line().await
        };
        let answer = match tokio::time::timeout(LONGEST, answered).await {
            Err(_) => Err(format!("the runner did not answer within {LONGEST:?}")),
            Ok(Err(error)) => Err(format!("the runner cannot be spoken to: {error}")),
            Ok(Ok(None)) => Err("the runner ended".to_owned()),
            Ok(Ok(Some(line))) => serde_json::from_str(&line)
                .map_err(|error| format!("the runner answered {line:?}: {error}")),
        };
        self.broken = answer.as_ref().err().cloned();
        answer
    }
}
