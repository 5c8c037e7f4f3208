//! `clio disconnect`: takes the consent back at Clio, then deletes the tokens.

use clio_host::oauth::{self, Consent, DisconnectError};

use crate::account;
use crate::args::DisconnectArguments;
use crate::commands::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::Journal;
use crate::output;
use crate::runner;
use crate::vault;

/// Runs the command.
pub(crate) async fn command(arguments: DisconnectArguments) -> Result<Exit, Failure> {
    let home = Home::from_environment()?;
    let (vault, contents) = vault::read(&home).await?;
    let name = &arguments.name;
    let absent = || {
        Failure::usage(format!("{name:?} is not connected"))
            .next("`clio connections` lists what is")
    };
    let saved = contents.connections.get(name);
    let saved = saved.filter(|saved| saved.credentials.is_some());
    let saved = saved.ok_or_else(absent)?;
    let origin = account::origin_of(saved)?;
    let network = runner::network(&home)?;
    let journal = Journal::of(&home)?;
    let event = journal.begin("disconnect", name, &account::of(name, saved))?;
    let ended = oauth::disconnect(&vault, name, saved, &network, arguments.anyway).await;
    let (status, code) = match &ended {
        Ok(Consent::Stands(_)) => ("done", "consent_stands"),
        Ok(_) => ("done", ""),
        Err(DisconnectError::OAuth(_)) => ("failed", "consent_stands"),
        Err(DisconnectError::Relinked) => ("failed", "another_account"),
        Err(DisconnectError::Absent) => ("failed", "not_connected"),
        Err(_) => ("failed", "vault"),
    };
    event.end(&journal, status, code)?;
    let consent = ended.map_err(|error| match error {
        DisconnectError::Absent => absent(),
        DisconnectError::Relinked => Failure::new(
            Exit::Transient,
            format!("{name:?} has just been led to another account; nothing was changed"),
        )
        .next("look at `clio connections`, and run the same again if it is meant"),
        DisconnectError::Vault(error) => error.into(),
        DisconnectError::OAuth(error) => connect::not_withdrawn(&error, &origin),
        other => Failure::host(other.to_string()),
    })?;
    let became = match consent {
        Consent::TakenBack => format!("the consent was taken back at {origin}"),
        Consent::Gone => format!("{origin} knew no such consent any more"),
        Consent::Stands(error) => {
            return Err(Failure::new(
                Exit::Permanent,
                format!(
                    "the tokens of {name} are deleted here, but the consent was not taken back at \
                     {origin}: {error}"
                ),
            )
            .next("take it back in the firm's settings in Clio: a copy of the tokens works on"));
        }
        _ => "what became of the consent is not known".to_owned(),
    };
    output::line(&format!(
        "disconnected {name}: {became}, and the tokens are deleted; what was done stays in the \
         journal"
    ))?;
    Ok(Exit::Done)
}
