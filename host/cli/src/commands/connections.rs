//! `clio connections`: what is connected, without any secret.

use std::time::{Duration, SystemTime};

use clio_host::vault::SavedConnection;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::args::ConnectionsArguments;
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
            .map(|(name, saved)| row(name, saved))
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

fn row(name: &str, saved: &SavedConnection) -> Value {
    json!({
        "name": name,
        "status": status(saved),
        "origin": saved.origin,
        "account": saved.account.as_ref().map(|account| json!({"id": account.id, "name": account.name})),
        "client_id": saved.credentials.as_ref().map(|credentials| &credentials.client_id),
        "access_token_expires": expires(saved).map(|at| at.to_string()),
    })
}

/// How a connection stands, as far as this machine knows.
fn status(saved: &SavedConnection) -> &'static str {
    match &saved.credentials {
        None => "disconnected",
        Some(credentials) if credentials.refused_ms.is_some() => "withdrawn",
        Some(credentials) => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let now = u64::try_from(now.unwrap_or(Duration::ZERO).as_millis()).unwrap_or(u64::MAX);
            let expired = credentials.expires_ms.is_some_and(|expires| expires <= now);
            // An expired token with a refresh token is renewed by the next use.
            match (expired, &credentials.refresh_token) {
                (true, None) => "expired",
                _ => "connected",
            }
        }
    }
}

fn expires(saved: &SavedConnection) -> Option<Timestamp> {
    let ms = saved.credentials.as_ref()?.expires_ms?;
    Timestamp::from_second(i64::try_from(ms / 1000).ok()?).ok()
}
