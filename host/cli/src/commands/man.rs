//! `clio man`: man pages, of the same table of arguments as the help.

use std::io;

use clap::CommandFactory as _;

use crate::args::{Arguments, ManArguments};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;

/// Runs the command.
pub(crate) fn command(arguments: &ManArguments) -> Result<Exit, Failure> {
    let table = Arguments::command();
    match &arguments.dir {
        Some(dir) => clap_mangen::generate_to(table, dir).map_err(|error| {
            let what = format!("pages cannot be written into {}: {error}", dir.display());
            Failure::usage(what).next("name a folder that is there and may be written to")
        })?,
        None => output::text(&page(table).map_err(|error| Failure::host(error.to_string()))?)?,
    }
    Ok(Exit::Done)
}

fn page(table: clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(table).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
