//! `clio log`: what was done, and whether the record of it is whole.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::{Map, Value, json};

use crate::args::LogArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::audit::Filter;
use crate::journal::{Details, Journal, Row, Verdict};
use crate::output;
use crate::table::Table;

/// Runs the command.
pub(crate) fn command(arguments: &LogArguments) -> Result<Exit, Failure> {
    let filter = filter(arguments)?;
    let journal = Journal::of(&Home::from_environment()?)?;
    if arguments.verify {
        return told(&journal.verify()?, arguments.json);
    }
    let rows = journal.rows(&filter)?;
    if arguments.json || !output::is_terminal() && !arguments.table {
        let rows: Vec<Value> = rows.iter().map(as_json).collect();
        output::json(&rows)?;
    } else {
        output::text(&render(&rows))?;
    }
    Ok(Exit::Done)
}

fn filter(arguments: &LogArguments) -> Result<Filter, Failure> {
    let at = |name: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| instant(text, Timestamp::now()))
            .transpose()
            .map_err(|wrong| Failure::usage(format!("{name} is not right: {wrong}")))
    };
    Ok(Filter {
        since: at("--since", &arguments.since)?,
        until: at("--until", &arguments.until)?,
        action: arguments.action.clone(),
        status: arguments.status.clone(),
        connection: arguments.connection.clone(),
        correlation: arguments.correlation.clone(),
        last: arguments.last,
        beginnings: arguments.all,
    })
}

/// An instant (RFC 3339), a day in this machine's time zone, or a time before
/// now such as `2h`; in milliseconds since 1970.
fn instant(text: &str, now: Timestamp) -> Result<i64, String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant.as_millisecond());
    }
    if let Ok(day) = text.parse::<civil::Date>() {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        return day
            .to_zoned(zone)
            .map(|day| day.timestamp().as_millisecond())
            .map_err(|error| error.to_string());
    }
    if let Ok(ago) = text.parse::<jiff::SignedDuration>()
        && !ago.is_negative()
    {
        return now
            .checked_sub(ago)
            .map(Timestamp::as_millisecond)
            .map_err(|error| error.to_string());
    }
    Err("write 2026-03-01, 2026-03-01T09:30:00Z, or a time before now such as 2h".to_owned())
}

fn at(row: &Row) -> String {
    Timestamp::from_millisecond(row.at).map_or_else(|_| row.at.to_string(), |at| at.to_string())
}

fn details(row: &Row) -> Details {
    serde_json::from_str(&row.details).unwrap_or_default()
}

fn as_json(row: &Row) -> Value {
    let mut object = Map::new();
    object.insert("row".to_owned(), json!(row.seq));
    object.insert("at".to_owned(), json!(at(row)));
    object.insert("action".to_owned(), json!(row.action));
    object.insert("connection".to_owned(), json!(row.connection));
    object.insert("status".to_owned(), json!(row.status));
    if !row.code.is_empty() {
        object.insert("code".to_owned(), json!(row.code));
    }
    object.insert("correlation_id".to_owned(), json!(row.correlation));
    if let Ok(Value::Object(more)) = serde_json::to_value(details(row)) {
        object.extend(more);
    }
    Value::Object(object)
}

fn render(rows: &[Row]) -> String {
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
        let details = details(row);
        let status = match (row.status.as_str(), row.code.as_str()) {
            ("begun", _) => "begun, not ended".to_owned(),
            (status, "") => status.to_owned(),
            (status, code) => format!("{status}: {code}"),
        };
        let ids: Vec<String> = details.ids.iter().map(u64::to_string).collect();
        table.row([
            at(row),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_instants_days_or_how_long_ago() {
        let now: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let read = |text| instant(text, now).map(|at| Timestamp::from_millisecond(at).unwrap());
        assert_eq!(read("2h").unwrap().to_string(), "2026-03-01T22:00:00Z");
        let given = "2026-03-01T09:30:00Z";
        assert_eq!(read(given).unwrap().to_string(), given);
        assert!(read("2026-03-01").is_ok());
        for wrong in ["", "yesterday", "-2h", "2026-13-01"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
