//! `clio retry`: runs again what has not succeeded yet.
//!
//! What waits is the command as it was typed, with its input. It goes the same
//! way as at first, so what was begun is taken up and nothing is made twice.

use clap::Parser as _;
use serde_json::{Value, json};

use crate::args::{Arguments, Command, RetryArguments};
use crate::commands::{run, sync};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::outbox::{self, FAILED, Waiting};
use clio_runner::journal::{Journal, instant};
use clio_runner::output;
use clio_runner::pending::Again;
use clio_runner::table::Table;

/// Runs the command.
pub(crate) async fn command(arguments: RetryArguments) -> Result<Exit, Failure> {
    let absent = |id: &str| {
        Failure::usage(format!("nothing waits under {id:?}"))
            .next("run clio retry, which lists what waits")
    };
    if let Some(id) = arguments.id.as_deref().filter(|id| !outbox::is_id(id)) {
        return Err(absent(id));
    }
    let home = Home::from_environment()?.absolute()?;
    let journal = Journal::of(&home)?;
    let waiting = journal.waiting()?;
    let chosen: Vec<Waiting> = match (&arguments.id, arguments.failed) {
        (Some(id), _) => {
            let one = waiting.into_iter().find(|one| one.id == *id);
            vec![one.ok_or_else(|| absent(id))?]
        }
        (None, true) => waiting,
        (None, false) => return list(&journal, &waiting, arguments.json),
    };
    let many = chosen.len() > 1;
    let mut worst = Exit::Done;
    for one in chosen {
        // Another process works on it: it is that one's to finish.
        if arguments.failed && journal.is_held(&one.id)? {
            continue;
        }
        let id = one.id.clone();
        match again(&journal, &home, one).await {
            Ok(exit) => worst = worst.max(exit),
            Err(failure) if many => {
                tracing::warn!(id, "failed again");
                output::tell(&failure.to_string());
                worst = worst.max(failure.exit());
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(worst)
}

async fn again(journal: &Journal, home: &Home, one: Waiting) -> Result<Exit, Failure> {
    let Some(command) = journal.waiting_command(&one.id)? else {
        // Another process has just finished it.
        return Ok(Exit::Done);
    };
    let unreadable = |what: String| {
        Failure::host(format!("what waits under {} cannot be run: {what}", one.id))
            .next("run the command anew, as it was typed at first")
    };
    std::env::set_current_dir(&command.folder)
        .map_err(|error| unreadable(format!("its folder cannot be entered: {error}")))?;
    let typed = std::iter::once("clio").chain(command.arguments.iter().map(String::as_str));
    // Not clap's own words: they quote the arguments, which hold an input.
    let parsed = Arguments::try_parse_from(typed)
        .map_err(|_| unreadable("this clio does not know its arguments".to_owned()))?;
    let again = Again {
        owner: one.owner.clone(),
        command,
    };
    match parsed.command {
        Command::Run(mut arguments) => {
            if let Some(input) = &again.command.input {
                arguments.input.clone_from(input);
            }
            run::command(arguments, Some(again), home).await
        }
        Command::Sync(arguments) => sync::command(arguments, Some(again), home).await,
        _ => Err(unreadable("it is no run and no sync".to_owned())),
    }
}

fn list(journal: &Journal, waiting: &[Waiting], json: bool) -> Result<Exit, Failure> {
    let status = |one: &Waiting| -> Result<&'static str, Failure> {
        Ok(if one.status == FAILED {
            "failed"
        } else if journal.is_held(&one.id)? {
            "running"
        } else {
            "interrupted"
        })
    };
    let mut all: Vec<Value> = Vec::new();
    let mut table = Table::new([
        "id",
        "action",
        "connection",
        "status",
        "tried",
        "first tried",
    ]);
    for one in waiting {
        let status = status(one)?;
        let first_tried = instant(one.created);
        let mut row = json!({
            "id": one.id, "action": one.action, "connection": one.connection,
            "account": one.account(), "status": status, "attempts": one.attempts,
            "first_tried": first_tried, "expires": instant(one.expires),
        });
        let mut told = status.to_owned();
        if !one.code.is_empty() {
            row["code"] = one.code.clone().into();
            told = format!("{status}: {}", one.code);
        }
        all.push(row);
        table.row([
            one.id.clone(),
            one.action.clone(),
            one.connection.clone(),
            told,
            one.attempts.to_string(),
            first_tried,
        ]);
    }
    if output::is_json(json) {
        output::json(&all)?;
    } else {
        output::text(&table.render())?;
    }
    Ok(Exit::Done)
}
