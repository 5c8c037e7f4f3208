//! `clio run`: one action, or any component that keeps the contract, with JSON.
//!
//! Standard output carries one JSON value in every case: the result, or the
//! envelope of the failure. So a workflow engine needs nothing but a process
//! and a JSON parser to run an action.

mod checked;
mod cursor;
mod left_out;
mod output_file;

use clio_host::{Action, CallError, Host, LoadError};
use serde_json::{Value, json};

use crate::account::Account;
use crate::args::RunArguments;
use crate::aside::aside;
use crate::call_failure;
use crate::content;
use crate::dry_run::{self, DryRun};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::pending::{self, Again};
use crate::runner;
use crate::session::Session;
use crate::terminal;

use self::checked::{Checked, Component};
use self::output_file::OutputFile;

/// Runs the command; with `again`, once more what has not succeeded.
pub(crate) async fn command(
    arguments: RunArguments,
    again: Option<Again>,
    home: &Home,
) -> Result<Exit, Failure> {
    let Checked {
        component,
        function,
        policy,
        limits,
        mut input,
        contents,
    } = Checked::of(&arguments).await?;
    let ours = matches!(component, Component::Ours(_));
    let (session, no_account) = match Session::open(home, &arguments.account).await {
        // What makes no requests needs none; where there is one, the journal
        // says which.
        Err(failure) if arguments.account.connection.is_none() => {
            (Session::without_account(home)?, Some(failure))
        }
        opened => (opened?, None),
    };
    let host = session.host(policy, limits)?;
    let loader = host.clone();
    let action = match aside(move || load(&loader, &component)).await? {
        Ok(action) => action,
        Err(error) => return not_loaded(&error),
    };
    if let Some(failure) = no_account {
        if !action.description().requests.is_empty() || !arguments.allow.is_empty() {
            return Err(failure);
        }
        tracing::debug!("no account: {}", failure.what());
    }
    let Session {
        account, journal, ..
    } = session;
    let connection = account.connection.clone();
    let mut call = host
        .call(&connection)
        .on_log(|line| output::tell(&format!("log: {}", terminal::line(&line.text))));
    if let Some(correlation) = &arguments.correlation {
        call = call.correlation(correlation);
    }
    if arguments.output.is_some() {
        checked::reads_only(action.description())?;
    }
    let output = arguments.output.as_deref().map(OutputFile::beside);
    let output = output.transpose()?;
    if let Some(output) = &output {
        call = call.content_into(output.sink()?);
    }
    let dry_run = arguments.dry_run.then(DryRun::default);
    if let Some(dry_run) = &dry_run {
        call = dry_run.of(call);
    }
    let digests: Vec<String> = contents
        .iter()
        .map(|content| content.place.sha256.to_string())
        .collect();
    if let Some(again) = &again {
        pending::check(again, &digests, &account, &journal)?;
    }
    let original = input.clone();
    for content in contents {
        let content::FileContent { file, place } = content;
        let local =
            runner::content(file, place.media_type.as_deref(), place.sha256).map_err(|error| {
                Failure::usage(format!("the file at {} cannot be read: {error}", place.at))
                    .next("name a readable file inside the folder of --files")
            })?;
        let url = call.add_content(local).map_err(|error| {
            Failure::usage(format!("the file at {} cannot be used: {error}", place.at))
                .next("name fewer or smaller files in one call")
        })?;
        content::put(&mut input, &place, url);
    }
    if ours {
        if let Err(at) = cursor::unbind(&mut input, &account) {
            return not_its_cursor(at);
        }
        left_out::marker(
            &mut input,
            action.description(),
            function.as_deref(),
            &journal,
            &account.scope,
        )?;
    }
    if let Some(dry_run) = &dry_run {
        let result = call.invoke(&action, function.as_deref(), input).await;
        let result = result.map(|result| bound(result, ours, &account));
        return told_dry(result, dry_run);
    }
    // A call that only reads leaves nothing half done: its caller asks again.
    let claim = if action.description().hints.read_only {
        None
    } else {
        let original = original.to_string();
        let source_id = input.get("source_id").and_then(Value::as_str);
        let subject = source_id.unwrap_or(&original).to_owned();
        let command = match again {
            Some(again) => again.command,
            None => pending::typed(Some(original), digests)?,
        };
        // Not what a component calls itself.
        let name = &action.label();
        let subject = [
            "run",
            &account.scope,
            name,
            function.as_deref().unwrap_or(""),
            &subject,
        ];
        let claim = pending::claim(&journal, &subject, None, name, &account, &command).await?;
        left_out::began(
            &mut input,
            action.description(),
            function.as_deref(),
            claim.created,
        );
        Some(claim)
    };
    match call.invoke(&action, function.as_deref(), input).await {
        Ok(result) => {
            let mut result = bound(result, ours, &account);
            if let Some(output) = output {
                output.keep(&mut result)?;
            }
            output::json(&result)?;
            if let Some(claim) = claim {
                claim.done()?;
            }
            Ok(Exit::Done)
        }
        Err(error) => {
            output::json(&error.to_json())?;
            let failure = call_failure::of_run(&error);
            let Some(claim) = claim else {
                return Err(failure);
            };
            if call_failure::is_bad_input(&error) {
                claim.done()?;
                return Err(failure);
            }
            let next = format!(
                "{}; `clio retry {}` runs it again",
                call_failure::next(&error),
                claim.id
            );
            claim.failed(&error.code())?;
            Err(failure.next(next))
        }
    }
}

/// The result of an action of ours, its cursor bound to the account.
fn bound(mut result: Value, ours: bool, account: &Account) -> Value {
    if ours {
        cursor::bind(&mut result, account);
    }
    result
}

/// Refuses a cursor as the action refuses one of another origin.
fn not_its_cursor(at: &str) -> Result<Exit, Failure> {
    let message = "The cursor is of another account, or was read with another kind of credential. \
                   Begin anew.";
    output::json(&json!({"error":
        {"permanent": {"code": "invalid_input", "message": message, "field": at}}}))?;
    Err(Failure::usage(format!("{message} (at {at})")).next("leave the cursor out"))
}

/// Tells what a dry run came to: what would be sent, or the result where
/// nothing would.
fn told_dry(result: Result<Value, CallError>, dry_run: &DryRun) -> Result<Exit, Failure> {
    let mut told = json!({"dry_run": true, "would_send": dry_run.would_send()});
    match result {
        Ok(result) => told["result"] = result,
        Err(error) if dry_run::held_back(&error) => {}
        Err(error) => return self::told(&error),
    }
    output::json(&told)?;
    Ok(Exit::Done)
}

/// Tells a failure twice: as the envelope on stdout, and for a person.
fn told(error: &CallError) -> Result<Exit, Failure> {
    output::json(&error.to_json())?;
    Err(call_failure::of_run(error))
}

fn load(host: &Host, component: &Component) -> Result<Action, LoadError> {
    match component {
        Component::Ours(name) => host.load_action(name),
        Component::Bytes(bytes) => host.load(bytes),
    }
}

/// A component that cannot be loaded fails as one that cannot be instantiated.
fn not_loaded(error: &LoadError) -> Result<Exit, Failure> {
    let message = error.to_string();
    output::json(&json!({"error":
        {"execution_failed": {"cause": "instantiation", "message": message}}}))?;
    Err(
        Failure::host(format!("the component cannot be loaded: {message}")).next(
            "use a component that exports plain functions and imports HTTP, clocks and streams",
        ),
    )
}
