//! `clio disconnect`: takes the consent back at Clio, then deletes the tokens.

use clio_host::oauth::{self, DisconnectError};

use crate::account;
use crate::args::DisconnectArguments;
use crate::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::runner;
use crate::vault;

/// Runs the command.
pub(crate) async fn command(arguments: DisconnectArguments) -> Result<Exit, Failure> {
    let home = Home::from_environment()?;
    let vault = vault::open(&home)?;
    let reader = vault.clone();
    let contents = vault::aside(move || reader.read()).await?;
    let name = &arguments.name;
    let absent = || {
        Failure::usage(format!("{name:?} is not connected"))
            .next("`clio connections` lists what is")
    };
    let saved = contents.connections.get(name).ok_or_else(absent)?;
    let origin = account::origin(&saved.origin, Some(&saved.origin))?;
    let network = runner::network(&home)?;
    let ended = oauth::disconnect(&vault, name, &origin, &network, arguments.anyway).await;
    ended.map_err(|error| match error {
        DisconnectError::Absent => absent(),
        DisconnectError::Vault(error) => error.into(),
        DisconnectError::OAuth(error) => connect::not_withdrawn(&error, &origin),
        other => Failure::host(other.to_string()),
    })?;
    output::line(&format!(
        "disconnected {name}: the consent was taken back at {origin} and the tokens are deleted; \
         what was done stays in the journal"
    ))?;
    Ok(Exit::Done)
}
