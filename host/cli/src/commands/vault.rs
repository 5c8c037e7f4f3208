//! `clio vault rotate`: another key for the vault.

use clio_host::vault::VaultError;

use crate::args::{VaultArguments, VaultCommand};
use clio_runner::aside::aside;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::Journal;
use clio_runner::output;
use clio_runner::vault::{KEY, NEW_KEY, open, variable, with_key};

/// Runs the command.
pub(crate) async fn command(arguments: VaultArguments) -> Result<Exit, Failure> {
    match arguments.command {
        VaultCommand::Rotate => rotate(&Home::from_environment()?).await,
    }
}

async fn rotate(home: &Home) -> Result<Exit, Failure> {
    let vault = open(home)?;
    let reader = vault.clone();
    if aside(move || reader.key_place()).await??.is_none() {
        return Err(VaultError::Absent(vault.folder().to_owned()).into());
    }
    let given = variable(NEW_KEY)?;
    let journal = Journal::of(home)?;
    let event = journal.begin("vault-rotate", "", "")?;
    let next = given.clone();
    match aside(move || vault.rotate(given.as_ref())).await? {
        Ok(place) => {
            // The journal's key lies in the vault, which another key opens now.
            let key = match next {
                None => variable(KEY)?,
                given => given,
            };
            drop(journal);
            let journal = Journal::in_vault(home, with_key(home, key)?)?;
            event.end(&journal, "done", "")?;
            output::line(&format!(
                "the vault is sealed with a new key, kept in {place}"
            ))?;
            Ok(Exit::Done)
        }
        Err(error) => {
            event.end(&journal, "failed", "vault")?;
            Err(error.into())
        }
    }
}
