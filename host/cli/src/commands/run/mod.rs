//! `clio run`: one action, or any component that keeps the contract, with JSON.
//!
//! Standard output carries one JSON value of every call: the result, or the
//! envelope of the failure. So a workflow engine needs nothing but a process
//! and a JSON parser to run an action. Arguments that make no call are told on
//! standard error alone, with exit code 64.

pub(crate) mod checked;

use self::checked::Checked;
use crate::args::RunArguments;
use clio_runner::aside::aside;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::output;
use clio_runner::pending::{self, Again};
use clio_runner::run::call::{self, Ended, How};
use clio_runner::run::output_file::OutputFile;
use clio_runner::session::Session;

/// Runs the command; with `again`, once more what has not succeeded.
pub(crate) async fn command(
    arguments: RunArguments,
    again: Option<Again>,
    home: &Home,
) -> Result<Exit, Failure> {
    let Checked {
        component,
        policy,
        request,
        drafter,
    } = Checked::of(&arguments).await?;
    let (session, no_account) = match Session::open(home, &arguments.account.named()).await {
        // What makes no requests needs none; where there is one, the journal
        // says which.
        Err(failure) if arguments.account.connection.is_none() => {
            (Session::without_account(home)?, Some(failure))
        }
        opened => (opened?, None),
    };
    let host = session.host(policy, request.limits.clone())?;
    let loader = host.clone();
    let action = match aside(move || call::load(&loader, &component)).await? {
        Ok(action) => action,
        Err(error) => return told(call::not_loaded(&error)),
    };
    if let Some(failure) = no_account {
        if !action.description().requests.is_empty() || !arguments.allow.is_empty() {
            return Err(failure);
        }
        tracing::debug!("no account: {}", failure.what());
    }
    if arguments.output.is_some() {
        call::reads_only(action.description())?;
    }
    let output = arguments.output.as_deref().map(OutputFile::beside);
    let how = How {
        correlation: arguments.correlation,
        output: output.transpose()?,
        dry_run: arguments.dry_run,
        again,
        typed: pending::typed(),
        ..How::default()
    };
    told(match drafter {
        Some(drafter) => {
            drafter
                .draft(&session, &host, &action, request, how)
                .await?
        }
        None => call::made(&session, &host, &action, request, how).await?,
    })
}

/// Tells what a call came to: as JSON on stdout, and a failure for a person as
/// well.
fn told(ended: Ended<'_>) -> Result<Exit, Failure> {
    output::json(&ended.told)?;
    ended.settle()?;
    Ok(Exit::Done)
}
