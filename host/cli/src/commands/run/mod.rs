//! `clio run`: one action, or any component that keeps the contract, with JSON.
//!
//! Standard output carries one JSON value in every case: the result, or the
//! envelope of the failure. So a workflow engine needs nothing but a process
//! and a JSON parser to run an action.

mod cursor;
mod left_out;
mod output_file;

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use clio_host::{
    AccessToken, Action, CallError, Connection, Host, Limits, LoadError, Origin, Policy,
};
use serde_json::{Value, json};

use crate::account::{self, Account};
use crate::args::RunArguments;
use crate::call_failure;
use crate::catalog;
use crate::content;
use crate::dry_run::{self, DryRun};
use crate::encoding;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::Folder;
use crate::home::Home;
use crate::journal::Journal;
use crate::output;
use crate::pending::{self, Again};
use crate::runner;
use crate::terminal;

use self::output_file::OutputFile;

/// The most text of an input. Content of this size belongs into a file.
const INPUT_BYTES: u64 = 16 * 1024 * 1024;
/// The most bytes of a component file.
const COMPONENT_BYTES: u64 = 64 * 1024 * 1024;

/// What is run, and the function where one is named.
struct Target {
    component: Component,
    function: Option<String>,
}

enum Component {
    /// An action of ours, by its name.
    Ours(String),
    Bytes(Vec<u8>),
}

/// Runs the command.
pub(crate) async fn command(arguments: RunArguments) -> Result<Exit, Failure> {
    perform(arguments, None, &Home::from_environment()?).await
}

/// Runs once more what has not succeeded.
pub(crate) async fn again(
    arguments: RunArguments,
    again: Again,
    home: &Home,
) -> Result<Exit, Failure> {
    perform(arguments, Some(again), home).await
}

async fn perform(
    arguments: RunArguments,
    again: Option<Again>,
    home: &Home,
) -> Result<Exit, Failure> {
    let target = target(&arguments)?;
    let policy = policy(&arguments)?;
    let mut input = input(arguments.input.clone()).await?;
    let folder = arguments.files.as_deref().map(open_folder).transpose()?;
    let folder = folder.map(|folder| folder.with_hidden(arguments.hidden_files));
    let contents;
    (input, contents) = aside(move || {
        let found = content::find(&input, folder.as_ref());
        found.map(|found| (input, found))
    })
    .await??;
    let limits = limits(&arguments, contents.iter().map(|it| it.place.length).sum());
    let network = runner::network(home)?;
    let journal = Arc::new(Journal::of(home)?);
    let host = runner::audited(home, policy, limits, Arc::clone(&journal))?;

    let ours = matches!(target.component, Component::Ours(_));
    let function = target.function;
    let (loader, component) = (host.clone(), target.component);
    let action = match aside(move || load(&loader, &component)).await? {
        Ok(action) => action,
        Err(error) => return not_loaded(&error),
    };
    let offline = action.description().requests.is_empty() && arguments.allow.is_empty();
    let account = match account::open(&arguments.account, home, &network).await {
        // What makes no requests needs no account; where there is one, the
        // journal says which.
        Err(failure) if offline && arguments.account.connection.is_none() => {
            tracing::debug!("no account: {}", failure.what());
            nowhere()?
        }
        opened => opened?,
    };
    let connection = account.connection.clone();
    let mut call = host
        .call(&connection)
        .on_log(|line| output::tell(&format!("log: {}", terminal::line(&line.text))));
    if let Some(correlation) = &arguments.correlation {
        call = call.correlation(correlation);
    }
    if arguments.output.is_some() && !action.description().hints.read_only {
        return Err(Failure::usage(
            "--output is for actions that read, and this one changes something",
        )
        .next("leave --output out: the result is on standard output"));
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
        let claim = pending::claim(&journal, &subject, name, &account, &command).await?;
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

/// Does what takes long and cannot be awaited, on a thread of its own: ctrl-c
/// ends the wait for it.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::host(format!("a thread ended early: {error}")))
}

/// Tells a failure twice: as the envelope on stdout, and for a person.
fn told(error: &CallError) -> Result<Exit, Failure> {
    output::json(&error.to_json())?;
    Err(call_failure::of_run(error))
}

fn target(arguments: &RunArguments) -> Result<Target, Failure> {
    let named = arguments.action.clone();
    if let Some(path) = &arguments.component {
        let bytes = read_file(path, COMPONENT_BYTES, "the component")?;
        return Ok(Target {
            component: Component::Bytes(bytes),
            function: named,
        });
    }
    let named = named.unwrap_or_default();
    let (name, function) = match named.split_once('.') {
        Some((name, function)) => (name, Some(function)),
        None => (named.as_str(), None),
    };
    // Looked up before anything is read or started: a typing mistake is told
    // at once.
    let description = catalog::parsed(catalog::named(name)?.description)?;
    let functions: Vec<&str> = description
        .functions
        .iter()
        .map(|function| function.name.as_str())
        .collect();
    let function = match (function, functions.as_slice()) {
        // An action is named after the first function of its interface.
        (None, [first, ..]) => (*first).to_owned(),
        (Some(function), known) if known.contains(&function) => function.to_owned(),
        _ => {
            let known: Vec<String> = functions
                .iter()
                .map(|function| format!("{name}.{function}"))
                .collect();
            return Err(
                Failure::usage(format!("{named:?} names no function of {name}"))
                    .next(format!("use {}", known.join(" or "))),
            );
        }
    };
    Ok(Target {
        component: Component::Ours(name.to_owned()),
        function: Some(function),
    })
}

fn load(host: &Host, component: &Component) -> Result<Action, LoadError> {
    match component {
        Component::Ours(name) => host.load_action(name),
        Component::Bytes(bytes) => host.load(bytes),
    }
}

/// The account of an action that makes no requests: none.
fn nowhere() -> Result<Account, Failure> {
    let origin = Origin::parse("https://app.clio.com");
    let origin = origin.map_err(|error| Failure::host(error.to_string()))?;
    let nothing = AccessToken::from("none".to_owned());
    Ok(Account {
        connection: Connection::new(origin, nothing).named("none"),
        scope: "none".to_owned(),
        owner: "none".to_owned(),
    })
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

/// The policy that the arguments make.
fn policy(arguments: &RunArguments) -> Result<Policy, Failure> {
    for rule in &arguments.allow {
        // One by one, so that the message names the one that is wrong.
        rules(std::slice::from_ref(rule)).map_err(|error| {
            Failure::usage(format!("--allow {rule:?} is no rule: {error}"))
                .next("write a method and a path, such as \"GET /api/v4/contacts/{id}.json\"")
        })?;
    }
    for origin in &arguments.content_origin {
        Origin::allow(origin).map_err(|error| {
            Failure::usage(format!("--content-origin {origin:?} is not right: {error}"))
                .next("give an https origin, such as https://files.example.com")
        })?;
    }
    let mut policy = match arguments.allow.as_slice() {
        [] => Policy::default(),
        allow => rules(allow).map_err(|error| Failure::usage(error.to_string()))?,
    };
    policy.content_origins.clone_from(&arguments.content_origin);
    Ok(policy)
}

fn rules(allow: &[String]) -> serde_json::Result<Policy> {
    serde_json::from_value(json!({ "allow": allow }))
}

/// The limits of a call that carries this many bytes of files.
fn limits(arguments: &RunArguments, bytes: u64) -> Limits {
    let mut limits = Limits::default().with_time_for(bytes);
    if let Some(deadline) = arguments.deadline {
        limits.deadline = deadline;
    }
    if let Some(wait) = arguments.max_wait {
        limits.wait = wait;
    }
    if let Some(cpu) = arguments.max_cpu {
        limits.cpu = cpu;
    }
    if let Some(mebibytes) = arguments.max_memory {
        limits.memory_bytes = usize::from(mebibytes) << 20;
    }
    if let Some(requests) = arguments.max_requests {
        limits.requests = requests;
    }
    limits
}

fn open_folder(path: &Path) -> Result<Folder, Failure> {
    Folder::open(path).map_err(|error| {
        Failure::usage(format!(
            "--files {} cannot be opened: {error}",
            path.display()
        ))
        .next("name a folder that clio may read")
    })
}

/// The input: JSON as it stands, of a file, or of stdin.
async fn input(argument: String) -> Result<Value, Failure> {
    let text = if argument == "-" {
        aside(|| read(io::stdin().lock(), INPUT_BYTES))
            .await?
            .map_err(|error| Failure::usage(format!("stdin cannot be read: {error}")))?
    } else if let Some(path) = argument.strip_prefix('@') {
        read_file(Path::new(path), INPUT_BYTES, "the input")?
    } else {
        argument.into_bytes()
    };
    encoding::json(&text).map_err(|what| {
        Failure::usage(format!("the input {what}"))
            .next("give --input a JSON value, @FILE, or - for stdin")
    })
}

fn read_file(path: &Path, most: u64, what: &str) -> Result<Vec<u8>, Failure> {
    fs::File::open(path)
        .map_err(|error| error.to_string())
        .and_then(|file| read(file, most))
        .map_err(|error| {
            Failure::usage(format!("{what} {} cannot be read: {error}", path.display()))
                .next("name a file that clio may read")
        })
}

fn read(from: impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    from.take(most + 1)
        .read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    if u64::try_from(text.len()).is_ok_and(|length| length > most) {
        let mebibytes = most >> 20;
        return Err(format!(
            "it is longer than {mebibytes} MiB; content of this size is named with --files"
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn an_input_is_json_or_the_file_that_is_named() {
        assert_eq!(
            input("[1]".to_owned()).await.unwrap(),
            serde_json::json!([1])
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "{}").unwrap();
        let named = format!("@{}", file.path().display());
        assert_eq!(input(named).await.unwrap(), serde_json::json!({}));
        for wrong in ["{", "@/absent/input.json", ""] {
            assert_eq!(
                input(wrong.to_owned()).await.unwrap_err().exit(),
                Exit::Usage,
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_is_longer_than_its_limit_is_not_read_on() {
        assert_eq!(read(&b"abc"[..], 3).unwrap(), b"abc");
        assert!(read(&b"abcd"[..], 3).unwrap_err().contains("--files"));
    }
}
