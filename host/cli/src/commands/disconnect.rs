//! `clio disconnect`: takes the consent back at Clio, then deletes the tokens.

use std::sync::Arc;

use clio_runner::connect;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::Journal;
use clio_runner::output;

use crate::args::DisconnectArguments;

/// Runs the command.
pub(crate) async fn command(arguments: DisconnectArguments) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let home = Home::from_environment()?;
    let journal = || Ok(Arc::new(Journal::of(&home)?));
    let became = connect::take_back(&home, journal, name, arguments.anyway).await?;
    output::line(&format!(
        "disconnected {name}: {became}, and the tokens are deleted; what was done stays in the \
         journal"
    ))?;
    Ok(Exit::Done)
}
