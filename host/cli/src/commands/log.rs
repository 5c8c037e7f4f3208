//! `clio log`: what was done, and whether the record of it is whole.

use serde_json::Value;

use crate::args::LogArguments;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_runner::journal::audit::Filter;
use clio_runner::journal::{AuditRow, Journal, Verdict, instant};
use clio_runner::output;
use clio_runner::table::Table;

/// Runs the command.
pub(crate) fn command(arguments: &LogArguments) -> Result<Exit, Failure> {
    let filter = Filter {
        since: arguments.since,
        until: arguments.until,
        action: arguments.action.clone(),
        status: arguments.status.clone(),
        connection: arguments.connection.clone(),
        correlation: arguments.correlation.clone(),
        last: arguments.last,
        beginnings: arguments.all,
    };
    let journal = Journal::of(&Home::from_environment()?)?;
    if arguments.verify {
        return told(&journal.verify()?, arguments.json);
    }
    let rows = journal.rows(&filter)?;
    if output::is_json(arguments.json) && !arguments.table {
        let rows: Vec<Value> = rows.iter().map(AuditRow::told).collect();
        output::json(&rows)?;
    } else {
        output::text(&render(&rows))?;
    }
    Ok(Exit::Done)
}

fn render(rows: &[AuditRow]) -> String {
    let mut table = Table::new([
        "when",
        "action",
        "connection",
        "account",
        "status",
        "ids in Clio",
        "requests",
        "writes",
        "correlation id",
    ]);
    for row in rows {
        let details = row.more();
        let status = match (row.status.as_str(), row.code.as_str()) {
            ("begun", _) => "begun, not ended".to_owned(),
            (status, "") => status.to_owned(),
            (status, code) => format!("{status}: {code}"),
        };
        let ids: Vec<String> = details.ids.iter().map(u64::to_string).collect();
        table.row([
            instant(row.at),
            row.action.clone(),
            row.connection.clone(),
            details.account.clone(),
            status,
            ids.join(" "),
            details.requests.to_string(),
            details.writes.len().to_string(),
            row.correlation.clone(),
        ]);
    }
    table.render()
}

fn told(verdict: &Verdict, json: bool) -> Result<Exit, Failure> {
    let whole = verdict.findings.is_empty();
    if json {
        output::json(verdict)?;
    } else if whole {
        output::line(&format!(
            "the audit is whole: {} rows, as they were written",
            verdict.rows
        ))?;
        if let Some(through) = verdict.removed_through {
            output::line(&format!(
                "rows up to {through} were taken out, for they were older than is kept"
            ))?;
        }
    }
    if whole {
        return Ok(Exit::Done);
    }
    let what = format!(
        "the audit of {} rows is not as it was written",
        verdict.rows
    );
    Err(Failure::new(Exit::Permanent, what)
        .details(verdict.findings.iter().map(ToString::to_string))
        .next("compare it with a backup of the journal's folder; what is left is still true"))
}
