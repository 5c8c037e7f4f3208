//! What was done, newest first, by connection, kind, status and day.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use clio_runner::journal::runs::{RunFilter, Status};
use clio_runner::vault;
use http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{self, Here};
use super::overview;
use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

/// How many runs a page has.
const PAGE: u32 = 50;

/// The kinds of runs, and what people call them.
const KINDS: [(&str, &str); 6] = [
    ("call", "Calls"),
    ("case", "Cases"),
    ("delivery", "News from Clio"),
    ("webhook", "Webhooks looked after"),
    ("event", "Events sent out"),
    ("detection", "Looks for new documents"),
];

/// What the form asks for.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    connection: String,
    kind: String,
    status: String,
    since: String,
    until: String,
    before: String,
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let (_, contents) = vault::read(&service.home).await?;
    let filter = filter(&visitor, &asked)?;
    let runs = service.runs(filter).await?;
    let older = (runs.len() == PAGE as usize).then(|| runs.last()).flatten();
    let names = overview::names(&visitor, &contents);
    let content = html! {
        (form(&asked, &names))
        @if runs.is_empty() { p { "Nothing fits." } }
        (layout::runs(&runs, false))
        @if let Some(last) = older {
            p { a.button rel="next" href=(asked.older(last.seq)) { "Older" } }
        }
    };
    Ok(layout::page(&visitor, Here::History, "History", &content))
}

fn filter(visitor: &Visitor, asked: &Asked) -> Result<RunFilter, Trouble> {
    let mut connections = visitor.caller.connections();
    if !asked.connection.is_empty() {
        // Another firm's is as one that is not there: nothing fits.
        let these = visitor
            .holds(&asked.connection)
            .then(|| asked.connection.clone());
        connections = Some(these.into_iter().collect());
    }
    let kinds = (!asked.kind.is_empty()).then(|| asked.kind.clone());
    Ok(RunFilter {
        connections,
        kinds: kinds.into_iter().collect(),
        status: Status::of(&asked.status),
        before: asked.before.parse().ok(),
        since: day(&asked.since, 0)?,
        until: day(&asked.until, 1)?,
        limit: PAGE,
        ..RunFilter::default()
    })
}

/// The beginning of a day, or of one that is so many later, UTC.
fn day(text: &str, later: i64) -> Result<Option<i64>, Trouble> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = text.parse::<Date>().ok();
    let day = day.and_then(|day| day.checked_add(jiff::Span::new().days(later)).ok());
    let begins = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    match begins {
        Some(begins) => Ok(Some(begins.timestamp().as_millisecond())),
        None => Err(
            Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "that is no day")
                .next("write it as 2026-11-27"),
        ),
    }
}

impl Asked {
    /// The address of what is older.
    fn older(&self, before: i64) -> String {
        let mut query = format!("/history?before={before}");
        for (name, value) in [
            ("connection", &self.connection),
            ("kind", &self.kind),
            ("status", &self.status),
            ("since", &self.since),
            ("until", &self.until),
        ] {
            // What has other characters fits nothing.
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if !value.is_empty() && value.chars().all(plain) {
                query.push_str(&format!("&{name}={value}"));
            }
        }
        query
    }
}

fn form(asked: &Asked, names: &[&str]) -> Markup {
    html! {
        form.filter method="get" action="/history" {
            div {
                label for="connection" { "Connection" }
                select id="connection" name="connection" {
                    option value="" { "all" }
                    @for name in names {
                        option value=(name) selected[*name == asked.connection] { (name) }
                    }
                }
            }
            div {
                label for="kind" { "Kind" }
                select id="kind" name="kind" {
                    option value="" { "all" }
                    @for (kind, says) in KINDS {
                        option value=(kind) selected[kind == asked.kind] { (says) }
                    }
                }
            }
            div {
                label for="status" { "Status" }
                select id="status" name="status" {
                    option value="" { "all" }
                    @for status in Status::ALL {
                        @let word = status.word();
                        option value=(word) selected[word == asked.status] { (word) }
                    }
                }
            }
            div {
                label for="since" { "From" }
                input id="since" name="since" type="date" value=(asked.since);
            }
            div {
                label for="until" { "To" }
                input id="until" name="until" type="date" value=(asked.until);
            }
            button { "Show" }
        }
    }
}
