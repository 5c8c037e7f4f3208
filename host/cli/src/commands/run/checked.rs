//! What `clio run` was asked for: read, and checked before anything is opened.

use std::io;
use std::path::Path;

use clio_host::{Limits, Policy, read_at_most};
use serde_json::{Value, json};

use crate::args::RunArguments;
use clio_runner::aside::aside;
use clio_runner::bounded;
use clio_runner::catalog;
use clio_runner::component_file;
use clio_runner::content;
use clio_runner::encoding;
use clio_runner::failure::Failure;
use clio_runner::files::Roots;
use clio_runner::run::call::{Component, Request, reads_only};
use clio_runner::run::drafter::{self, Drafter};
use clio_runner::run::output_file;

/// The most text of an input. Content of this size belongs into a file.
const INPUT_BYTES: u64 = 16 * 1024 * 1024;

/// What is run, with what.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) component: Component,
    pub(crate) policy: Policy,
    pub(crate) request: Request,
    /// Drafts in place of the action.
    pub(crate) drafter: Option<Drafter>,
}

impl Checked {
    /// Checks the arguments, and reads what they name.
    pub(crate) async fn of(arguments: &RunArguments) -> Result<Self, Failure> {
        let (component, function) = target(arguments)?;
        if let Some(output) = &arguments.output {
            output_file::check(output)?;
        }
        let drafter = drafter(arguments, &component, function.as_deref())?;
        let input = input(arguments.input.clone()).await?;
        let roots = Roots::open(&arguments.files, arguments.hidden_files)?;
        let found = aside(move || {
            let found = content::find(&input, &roots);
            found.map(|found| (input, found))
        });
        let (input, contents) = found.await??;
        Ok(Self {
            policy: policy(arguments)?,
            request: Request {
                ours: matches!(component, Component::Ours(_)),
                function,
                limits: limits(arguments, contents.iter().map(|it| it.place.length).sum()),
                input,
                contents,
            },
            component,
            drafter,
        })
    }
}

/// The program that drafts, where one is named for what it can take the place of.
fn drafter(
    arguments: &RunArguments,
    component: &Component,
    function: Option<&str>,
) -> Result<Option<Drafter>, Failure> {
    let Some(command) = &arguments.draft_with else {
        return Ok(None);
    };
    let (action, place) = drafter::PLACE;
    let fits = matches!(component, Component::Ours(name) if name == action);
    if !fits || function != Some(place) {
        return Err(Failure::usage("--draft-with is for fill-document.fill")
            .next("leave it out, or run fill-document"));
    }
    let time = arguments.deadline.unwrap_or(drafter::TIME);
    Drafter::parse(command, time).map(Some)
}

fn target(arguments: &RunArguments) -> Result<(Component, Option<String>), Failure> {
    let named = arguments.action.clone();
    if let Some(path) = &arguments.component {
        return Ok((Component::Bytes(component_file::read(path)?), named));
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
    if arguments.output.is_some() {
        reads_only(&description)?;
    }
    Ok((Component::Ours(name.to_owned()), Some(function)))
}

/// The policy that the arguments make.
fn policy(arguments: &RunArguments) -> Result<Policy, Failure> {
    let mut policy = match arguments.allow.as_slice() {
        [] => Policy::default(),
        allow => serde_json::from_value(json!({ "allow": allow }))
            .map_err(|error| Failure::usage(format!("--allow is not right: {error}")))?,
    };
    policy.content_origins.clone_from(&arguments.content_origin);
    Ok(policy)
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

/// The input: JSON as it stands, of a file, or of stdin.
async fn input(argument: String) -> Result<Value, Failure> {
    let in_a_file = |error: &io::Error| match error.kind() {
        io::ErrorKind::FileTooLarge => "; content of this size is named with --files",
        _ => "",
    };
    let text = if argument == "-" {
        aside(|| read_at_most(io::stdin().lock(), INPUT_BYTES))
            .await?
            .map_err(|error| {
                let more = in_a_file(&error);
                Failure::usage(format!("stdin cannot be read: {error}{more}"))
            })?
    } else if let Some(path) = argument.strip_prefix('@') {
        let path = Path::new(path);
        bounded::file(path, INPUT_BYTES).map_err(|error| {
            let more = in_a_file(&error);
            unreadable("the input", path, &format!("{error}{more}"))
        })?
    } else {
        argument.into_bytes()
    };
    encoding::json(&text).map_err(|what| {
        Failure::usage(format!("the input {what}"))
            .next("give --input a JSON value, @FILE, or - for stdin")
    })
}

fn unreadable(what: &str, path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("{what} {} cannot be read: {why}", path.display()))
        .next("name a file that clio may read")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clio_runner::exit::Exit;

    #[tokio::test]
    async fn an_input_is_json_or_the_file_that_is_named() {
        assert_eq!(
            input("[1]".to_owned()).await.unwrap(),
            serde_json::json!([1])
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{}").unwrap();
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
}
