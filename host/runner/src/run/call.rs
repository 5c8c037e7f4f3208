//! One call of an action, from its checked input to its end: the way that
//! `clio run` and a tool of `clio mcp` go alike.
//!
//! What must stay true: what a call came to is told before its place in the
//! outbox is given up, so that a result that nobody got leaves something to run
//! again.

use clio_host::{Action, CallError, Description, Host, Limits, LoadError, LocalSink};
use serde_json::{Value, json};

use super::output_file::OutputFile;
use super::{cursor, drafts, left_out};
use crate::account::Account;
use crate::call_failure;
use crate::content::{self, FileContent};
use crate::dry_run::{self, DryRun};
use crate::failure::Failure;
use crate::journal::outbox::Claim;
use crate::output;
use crate::pending::{self, Again};
use crate::runner;
use crate::session::Session;
use crate::terminal;

/// What is run.
#[derive(Debug)]
pub enum Component {
    /// An action of ours, by its name.
    Ours(String),
    Bytes(Vec<u8>),
}

/// What is asked of a component.
#[derive(Debug)]
pub struct Request {
    /// Whether the component is an action of ours.
    pub ours: bool,
    /// Where one is named.
    pub function: Option<String>,
    pub limits: Limits,
    pub input: Value,
    /// The files that the input names, open.
    pub contents: Vec<FileContent>,
}

/// Refuses a file for the result of what changes something: it would be lost
/// with a file that cannot be written.
pub fn reads_only(description: &Description) -> Result<(), Failure> {
    if description.hints.read_only {
        return Ok(());
    }
    Err(
        Failure::usage("--output is for actions that read, and this one changes something")
            .next("leave --output out: the result is on standard output"),
    )
}

/// Whether a function makes something that a sink takes.
pub fn makes_something(description: &Description, function: &str) -> bool {
    left_out::asks_where_to_put(&json!({}), description, Some(function))
}

/// How a call is made.
#[derive(Debug, Default)]
pub struct How {
    pub correlation: Option<String>,
    /// Takes the bytes of the result.
    pub output: Option<OutputFile>,
    /// Takes what the action makes, where its caller names no place for it.
    pub sink: Option<LocalSink>,
    pub dry_run: bool,
    /// What is run once more.
    pub again: Option<Again>,
    /// The arguments of the command that `clio retry` is to run.
    pub typed: Vec<String>,
    /// Since when the call stands in the journal as a run of the service, in
    /// milliseconds since 1970. The outbox then keeps it only while it runs, and
    /// what an action prints goes nowhere: a service's log is read by many.
    pub run_since: Option<i64>,
}

/// What a call came to.
#[derive(Debug)]
pub struct Ended<'a> {
    /// The result, or the envelope of the failure.
    pub told: Value,
    failure: Option<Failure>,
    /// Its place in the outbox, and the error's code where it stays there.
    claim: Option<(Claim<'a>, Option<String>)>,
}

impl<'a> Ended<'a> {
    fn done(told: Value) -> Self {
        Self {
            told,
            failure: None,
            claim: None,
        }
    }

    /// An envelope on stdout, and the same for a person.
    fn failed(told: Value, failure: Failure) -> Self {
        Self {
            told,
            failure: Some(failure),
            claim: None,
        }
    }

    /// The failure that it ended in, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Gives up the place in the outbox, now that what it came to was told.
    ///
    /// # Errors
    /// The failure that the call ended in.
    pub fn settle(self) -> Result<(), Failure> {
        match self.claim {
            Some((claim, Some(code))) => claim.failed(&code)?,
            Some((claim, None)) => claim.done()?,
            None => {}
        }
        self.failure.map_or(Ok(()), Err)
    }
}

/// Makes the call.
///
/// # Errors
/// What keeps it from being made. What it ends in is no error here.
pub async fn made<'s>(
    session: &'s Session,
    host: &Host,
    action: &Action,
    request: Request,
    how: How,
) -> Result<Ended<'s>, Failure> {
    let Session {
        account, journal, ..
    } = session;
    let Request {
        ours,
        function,
        limits,
        mut input,
        contents,
    } = request;
    let function = function.as_deref();
    let mut call = host.call(&account.connection).limits(limits);
    if how.run_since.is_none() {
        call = call.on_log(|line| output::tell(&format!("log: {}", terminal::line(&line.text))));
    }
    if let Some(correlation) = &how.correlation {
        call = call.correlation(correlation);
    }
    if let Some(output) = &how.output {
        call = call.content_into(output.sink()?);
    }
    let dry_run = how.dry_run.then(DryRun::default);
    if let Some(dry_run) = &dry_run {
        call = dry_run.of(call);
    }
    let digests: Vec<String> = contents
        .iter()
        .map(|content| content.place.sha256.to_string())
        .collect();
    if let Some(again) = &how.again {
        pending::check(again, &digests, account, journal)?;
    }
    let original = input.clone();
    if let Err(refused) = drafts::no_approval(&input) {
        return Ok(Ended::failed(refused.told, refused.failure));
    }
    if let Err(refused) = drafts::lend(&mut input, &mut call, session).await? {
        return Ok(Ended::failed(refused.told, refused.failure));
    }
    for content in contents {
        let FileContent { file, place } = content;
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
    let sink = match (&how.sink, &how.output) {
        (Some(sink), _) => Some(sink.clone()),
        (None, Some(output)) => Some(output.local_sink()?),
        (None, None) => None,
    };
    if let Some(sink) = sink
        && left_out::asks_where_to_put(&input, action.description(), function)
    {
        input["into"] = call.add_sink(sink).into();
    }
    if ours {
        if let Err(at) = cursor::unbind(&mut input, account) {
            return Ok(not_its_cursor(at));
        }
        left_out::marker(
            &mut input,
            action.description(),
            function,
            journal,
            &account.scope,
        )?;
    }
    if let Some(dry_run) = &dry_run {
        let result = call.invoke(action, function, input).await;
        let result = result.map(|result| bound(result, ours, account));
        return Ok(told_dry(result, dry_run));
    }
    // A call that only reads leaves nothing half done: its caller asks again.
    let claim = if action.description().hints.read_only {
        None
    } else {
        let original = original.to_string();
        let source_id = input.get("source_id").and_then(Value::as_str);
        let subject = source_id.unwrap_or(&original).to_owned();
        let command = match how.again {
            Some(again) => again.command,
            None => pending::command(how.typed, Some(original), digests)?,
        };
        // Not what a component calls itself.
        let name = &action.label();
        let subject = [
            "run",
            &account.scope,
            name,
            function.unwrap_or(""),
            &subject,
        ];
        let claim = pending::claim(journal, &subject, None, name, account, &command).await?;
        let first = how.run_since.unwrap_or(claim.created).min(claim.created);
        left_out::began(&mut input, action.description(), function, first);
        Some(claim)
    };
    match call.invoke(action, function, input).await {
        Ok(result) => {
            let mut result = bound(result, ours, account);
            if let Some(output) = how.output {
                output.keep(&mut result)?;
            }
            Ok(Ended {
                claim: claim.map(|claim| (claim, None)),
                ..Ended::done(result)
            })
        }
        Err(error) => Ok(failed(&error, claim, how.run_since.is_some())),
    }
}

/// `is_run`: the service runs it again, so that nothing of it needs to wait here but
/// what waited before.
fn failed<'a>(error: &CallError, claim: Option<Claim<'a>>, is_run: bool) -> Ended<'a> {
    let failure = call_failure::of_run(error);
    let (failure, claim) = match claim {
        None => (failure, None),
        // The same input is refused each time.
        Some(claim) if call_failure::is_refused(error) || (is_run && claim.is_new) => {
            (failure, Some((claim, None)))
        }
        Some(claim) => {
            let next = format!(
                "{}; `clio retry {}` runs it again",
                call_failure::next(error),
                claim.id
            );
            (failure.next(next), Some((claim, Some(error.code()))))
        }
    };
    Ended {
        claim,
        ..Ended::failed(error.to_json(), failure)
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
fn not_its_cursor<'a>(at: &str) -> Ended<'a> {
    let message = "The cursor is of another account, or was read with another kind of credential. \
                   Begin anew.";
    let told = json!({"error":
        {"permanent": {"code": "invalid_input", "message": message, "field": at}}});
    let failure = Failure::usage(format!("{message} (at {at})")).next("leave the cursor out");
    Ended::failed(told, failure)
}

/// Tells what a dry run came to: what would be sent, or the result where
/// nothing would.
fn told_dry<'a>(result: Result<Value, CallError>, dry_run: &DryRun) -> Ended<'a> {
    let mut told = json!({"dry_run": true, "would_send": dry_run.would_send()});
    match result {
        Ok(result) => told["result"] = result,
        Err(error) if dry_run::held_back(&error) => {}
        Err(error) => return failed(&error, None, false),
    }
    Ended::done(told)
}

/// Loads what is called. This compiles, and blocks.
pub fn load(host: &Host, component: &Component) -> Result<Action, LoadError> {
    match component {
        Component::Ours(name) => host.load_action(name),
        Component::Bytes(bytes) => host.load(bytes),
    }
}

/// A component that cannot be loaded fails as one that cannot be instantiated.
pub fn not_loaded<'a>(error: &LoadError) -> Ended<'a> {
    let message = error.to_string();
    let told = json!({"error":
        {"execution_failed": {"cause": "instantiation", "message": message}}});
    let failure = Failure::host(format!("the component cannot be loaded: {message}"))
        .next("use a component that exports plain functions and imports HTTP, clocks and streams");
    Ended::failed(told, failure)
}
