//! How a command takes its place in the outbox, and gives it up again.

use std::path::PathBuf;
use std::time::Duration;

use crate::account::Account;
use crate::failure::Failure;
use crate::journal::Journal;
use crate::journal::outbox::{self, Claim, Command, Whose};
use crate::lock::Lock;

/// What `clio retry` runs again.
#[derive(Debug)]
pub struct Again {
    /// The command as it was typed at first.
    pub command: Command,
    /// The account that it was for: its owner, as [`Account::owner`] says it.
    /// Empty: an older clio queued it, which did not keep the account.
    pub owner: String,
}

/// The arguments of this process, as they were typed.
pub fn typed() -> Vec<String> {
    std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect()
}

/// A command that begins in the folder of this process.
pub fn command(
    arguments: Vec<String>,
    input: Option<String>,
    digests: Vec<String>,
) -> Result<Command, Failure> {
    let folder: PathBuf = std::env::current_dir()
        .map_err(|error| Failure::host(format!("the current folder cannot be named: {error}")))?;
    Ok(Command {
        arguments,
        folder,
        input,
        digests,
    })
}

/// Checks that what is run again is what was tried, and for the same account: a
/// name may lead to another one by now. A refusal stands in the audit, with the
/// account that it was for.
pub fn check(
    again: &Again,
    digests: &[String],
    account: &Account,
    journal: &Journal,
) -> Result<(), Failure> {
    if again.owner != account.owner {
        let label = account.connection.label();
        let refused = journal.begin("retry", &label, &again.owner)?;
        refused.end(journal, "failed", "another_account")?;
        return Err(another_account(&again.owner, account));
    }
    if again.command.digests != digests {
        return Err(
            Failure::usage("a file that it names has changed since it was tried")
                .next("put the file back, or run the whole command anew"),
        );
    }
    Ok(())
}

fn another_account(owner: &str, account: &Account) -> Failure {
    let anew = "nothing was sent; connect the account that it was for, and run the whole command \
                anew. What waits is deleted after a week";
    if owner.is_empty() {
        let what = "it was queued by an older clio, which did not keep the account that it was for";
        return Failure::usage(what).next(anew);
    }
    let (label, is) = (account.connection.label(), account.connection.account());
    let owner = outbox::account_of(owner);
    if owner == is {
        let what = format!(
            "it waits for the access token that was set when it was run at {owner}; whether the \
             one that is set now is for the same account is not known"
        );
        return Failure::usage(what).next(
            "nothing was sent; run the whole command anew, with a token of the account that it is \
             for",
        );
    }
    Failure::usage(format!(
        "it waits for the account {owner}, and {label} leads to the account {is} now"
    ))
    .next(anew)
}

/// Takes the place of a thing in the outbox, whose own lock is `held` where it has
/// one. Waits while another process works on the same.
pub async fn claim<'a>(
    journal: &'a Journal,
    subject: &[&str],
    held: Option<&Lock>,
    action: &str,
    account: &Account,
    command: &Command,
) -> Result<Claim<'a>, Failure> {
    let label = account.connection.label();
    let whose = Whose {
        connection: &label,
        owner: &account.owner,
    };
    let mut told = false;
    loop {
        if let Some(claim) = journal.claim(subject, held, action, whose, command)? {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clio_host::{AccessToken, Connection, Origin};

    use super::*;
    use crate::exit::Exit;
    use crate::journal::audit::Filter;

    const FIRM: &str = "https://app.clio.com#31";

    /// CASES S2
    #[test]
    fn what_waits_goes_to_no_account_that_is_not_proven_the_same() {
        let origin = Origin::parse("https://app.clio.com").unwrap();
        let connection = Connection::new(origin, AccessToken::from("x"));
        let account = Account {
            connection: connection.named("firm").of_account("31"),
            scope: FIRM.to_owned(),
            owner: FIRM.to_owned(),
            budget: FIRM.to_owned(),
        };
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let check = |owner: &str| {
            let command = Command {
                arguments: Vec::new(),
                folder: PathBuf::new(),
                input: None,
                digests: Vec::new(),
            };
            let owner = owner.to_owned();
            super::check(&Again { command, owner }, &[], &account, &journal)
        };
        check(FIRM).unwrap();
        for (owner, told) in [
            // Queued by an older clio: of this name, and nobody knows of which account.
            ("", "older clio"),
            (
                "https://app.clio.com#7",
                "waits for the account https://app.clio.com#7",
            ),
            ("https://app.clio.com#310", "#310, and firm leads to"),
            ("https://eu.app.clio.com#31", "https://eu.app.clio.com#31"),
            ("https://app.clio.com", "https://app.clio.com"),
            (
                "https://app.clio.com#token-0011223344556677",
                "the account https://app.clio.com",
            ),
        ] {
            let failure = check(owner).unwrap_err();
            assert_eq!(failure.exit(), Exit::Usage);
            let text = failure.to_string();
            assert!(text.contains(told), "{owner}: {text}");
            assert!(!text.contains("token-"), "{text}");
        }
        let rows = journal.rows(&Filter::default()).unwrap();
        assert_eq!(rows.len(), 6);
        assert!(rows.iter().all(|row| row.code == "another_account"));
    }
}
