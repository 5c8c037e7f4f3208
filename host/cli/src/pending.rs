//! How a command takes its place in the outbox, and gives it up again.

use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Failure;
use crate::journal::Journal;
use crate::journal::outbox::{Claim, Command};

/// What `clio retry` runs again.
#[derive(Debug)]
pub(crate) struct Again {
    /// The command as it was typed at first.
    pub(crate) command: Command,
    /// The connection that it was for.
    pub(crate) connection: String,
}

/// The command of this process, as it was typed.
pub(crate) fn typed(input: Option<String>, digests: Vec<String>) -> Result<Command, Failure> {
    let folder: PathBuf = std::env::current_dir()
        .map_err(|error| Failure::host(format!("the current folder cannot be named: {error}")))?;
    let arguments = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    Ok(Command {
        arguments,
        folder,
        input,
        digests,
    })
}

/// Checks that what is run again is what was tried, and for the same account.
pub(crate) fn check(again: &Again, digests: &[String], connection: &str) -> Result<(), Failure> {
    if again.connection != connection {
        return Err(Failure::usage(format!(
            "it waits for {}, and this is {connection}",
            again.connection
        ))
        .next("name the account that it was for, and run clio retry again"));
    }
    if again.command.digests != digests {
        return Err(
            Failure::usage("a file that it names has changed since it was tried")
                .next("put the file back, or run the whole command anew"),
        );
    }
    Ok(())
}

/// Takes the place of a thing in the outbox. Waits while another process works
/// on the same.
pub(crate) async fn claim<'a>(
    journal: &'a Journal,
    subject: &[&str],
    action: &str,
    connection: &str,
    command: &Command,
) -> Result<Claim<'a>, Failure> {
    let mut told = false;
    loop {
        if let Some(claim) = journal.claim(subject, action, connection, command)? {
            return Ok(claim);
        }
        if !told {
            tracing::info!(action, "waiting: another process works on the same");
            told = true;
        }
        // The lock tells nobody when it becomes free.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
