//! `clio actions`: what there is.
//!
//! Everything shown comes from the descriptions that the build derives from the
//! contract; nothing about an action is written down here.

use crate::args::ActionsArguments;
use clio_runner::catalog::{parsed, value};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::output;
use clio_runner::table::Table;

/// Lists the actions.
pub(crate) fn command(arguments: &ActionsArguments) -> Result<Exit, Failure> {
    if arguments.json {
        output::json(&value(clio_catalog::ACTIONS_JSON)?)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["action", "function", "writes", "what it does"]);
    for action in clio_catalog::actions() {
        let description = parsed(action.description)?;
        let functions: Vec<&str> = description
            .functions
            .iter()
            .map(|function| function.name.as_str())
            .collect();
        let writes = if description.hints.read_only {
            "no"
        } else {
            "yes"
        };
        table.row([
            description.name.clone(),
            functions.join(", "),
            writes.to_owned(),
            description.summary.clone(),
        ]);
    }
    output::text(&table.render())?;
    Ok(Exit::Done)
}
