//! `clio key`: the keys of the service's API.

use std::collections::BTreeSet;

use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::api_keys::{ApiKey, Connections, Right};
use clio_runner::journal::{Journal, instant};
use clio_runner::output;
use clio_runner::table::Table;
use serde_json::{Value, json};

use crate::args::{KeyAddArguments, KeyArguments, KeyCommand, KeyRight};

/// Runs the command.
pub(crate) fn command(arguments: &KeyArguments) -> Result<Exit, Failure> {
    let journal = Journal::of(&Home::from_environment()?)?;
    match &arguments.command {
        KeyCommand::Add(arguments) => add(&journal, arguments),
        KeyCommand::List(arguments) => list(&journal.api_keys()?, arguments.json),
        KeyCommand::Remove(arguments) => {
            if journal.remove_api_key(&arguments.id)? {
                return Ok(Exit::Done);
            }
            Err(
                Failure::usage(format!("there is no key {:?}", arguments.id))
                    .next("`clio key list` lists them"),
            )
        }
    }
}

fn add(journal: &Journal, arguments: &KeyAddArguments) -> Result<Exit, Failure> {
    let rights: BTreeSet<Right> = arguments.rights.iter().copied().map(Right::from).collect();
    let connections = match arguments.connections.as_slice() {
        [] => Connections::All,
        these => Connections::These(these.iter().cloned().collect()),
    };
    let (key, shown) = journal.add_api_key(&arguments.name, &rights, &connections)?;
    output::tell(&format!(
        "key {}: it is shown this once; `clio key remove {}` ends it",
        key.id, key.id
    ));
    output::line(&shown)?;
    Ok(Exit::Done)
}

fn list(keys: &[ApiKey], json: bool) -> Result<Exit, Failure> {
    if output::is_json(json) {
        let keys: Vec<Value> = keys
            .iter()
            .map(|key| {
                json!({
                    "id": key.id, "name": key.name, "rights": key.rights,
                    "connections": names(&key.connections), "created": instant(key.created),
                    "used": key.used.map(instant),
                })
            })
            .collect();
        output::json(&keys)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["id", "name", "rights", "connections", "made", "used"]);
    for key in keys {
        let rights: Vec<&str> = key.rights.iter().map(|right| right.word()).collect();
        let connections = names(&key.connections);
        table.row([
            key.id.clone(),
            key.name.clone(),
            rights.join(" "),
            connections.map_or_else(|| "all".to_owned(), |names| names.join(" ")),
            instant(key.created),
            key.used.map(instant).unwrap_or_default(),
        ]);
    }
    output::text(&table.render())?;
    Ok(Exit::Done)
}

/// The connections of a key; none: all.
fn names(connections: &Connections) -> Option<Vec<String>> {
    match connections {
        Connections::All => None,
        Connections::These(these) => Some(these.iter().cloned().collect()),
    }
}

impl From<KeyRight> for Right {
    fn from(right: KeyRight) -> Self {
        match right {
            KeyRight::Read => Self::Read,
            KeyRight::Write => Self::Write,
            KeyRight::Approve => Self::Approve,
            KeyRight::Admin => Self::Admin,
        }
    }
}
