//! `clio completions`: what a shell needs to complete what is typed, of the same
//! table of arguments as the help.

use clap::CommandFactory as _;

use crate::args::{Arguments, CompletionsArguments};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;

/// Runs the command.
pub(crate) fn command(arguments: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    let mut table = Arguments::command();
    clap_complete::generate(arguments.shell, &mut table, "clio", &mut script);
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
