//! `clio connections`: what is connected, without any secret.

use serde_json::Value;

use crate::args::ConnectionsArguments;
use clio_runner::connections::{expires, status, told};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::output;
use clio_runner::table::Table;
use clio_runner::vault;

/// Runs the command.
pub(crate) async fn command(arguments: ConnectionsArguments) -> Result<Exit, Failure> {
    let (_, contents) = vault::read(&Home::from_environment()?).await?;
    if output::is_json(arguments.json) {
        let rows: Vec<Value> = contents
            .connections
            .iter()
            .map(|(name, saved)| told(name, saved))
            .collect();
        output::json(&rows)?;
        return Ok(Exit::Done);
    }
    if contents.connections.is_empty() {
        output::line("nothing is connected; run `clio connect NAME --region us|eu|ca|au`")?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["name", "status", "account", "origin", "token until"]);
    for (name, saved) in &contents.connections {
        let account = saved.account.as_ref();
        let account = account.map(|account| account.name.as_ref().unwrap_or(&account.id));
        table.row([
            name.clone(),
            status(saved).to_owned(),
            account.cloned().unwrap_or_default(),
            saved.origin.clone(),
            expires(saved).map(|at| at.to_string()).unwrap_or_default(),
        ]);
    }
    output::text(&table.render())?;
    Ok(Exit::Done)
}
