//! The inbox: what was changed in Clio, for a person to see and to acknowledge.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use clio_runner::account;
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::inbox::{InboxFilter, InboxRow};
use clio_runner::vault;
use maud::{Markup, html};
use serde_json::Value;

use super::form::Posted;
use super::layout::{self, Here};
use super::overview;
use super::records;
use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

/// The most rows of a connection that are shown, those that wait and the others.
const MOST: u32 = 100;
const LAST: u32 = 20;

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let (_, contents) = vault::read(&service.home).await?;
    let (mut waiting, mut seen) = (Vec::new(), Vec::new());
    for name in overview::names(&visitor, &contents) {
        let Some(saved) = contents.connections.get(name) else {
            continue;
        };
        let owner = account::of(name, saved);
        let rows = |acknowledged: bool, limit: u32| {
            let filter = InboxFilter {
                acknowledged: Some(acknowledged),
                limit,
                ..InboxFilter::default()
            };
            service.journal.inbox(name, &owner, &filter)
        };
        let with = |row: InboxRow| (name, saved.origin.as_str(), row);
        waiting.extend(rows(false, MOST)?.into_iter().map(with));
        seen.extend(rows(true, LAST)?.into_iter().map(with));
    }
    let content = html! {
        @if waiting.is_empty() { p { "Nothing waits for you." } }
        ul.rows {
            @for (name, origin, row) in &waiting { (shown(&visitor, name, origin, row)) }
        }
        @if !seen.is_empty() {
            section aria-labelledby="seen" {
                h2 id="seen" { "Acknowledged" }
                ul.rows {
                    @for (name, origin, row) in &seen { (shown(&visitor, name, origin, row)) }
                }
            }
        }
    };
    Ok(layout::page(&visitor, Here::Inbox, "Inbox", &content))
}

fn shown(visitor: &Visitor, connection: &str, origin: &str, row: &InboxRow) -> Markup {
    let said: Value = serde_json::from_slice(&row.said).unwrap_or_default();
    let action = format!("/connections/{connection}/inbox/{}/acknowledge", row.id);
    html! {
        li id={ "row-" (row.id) } {
            strong { (kind(&row.kind)) }
            @for (kind, member) in [("contacts", "contact"), ("matters", "matter")] {
                @if let Some(id) = id(&said, member) {
                    span { (member) " " (records::link(origin, kind, id)) }
                }
            }
            @if let Some(name) = name(&said["told"]) { span { (name) } }
            span.of { (connection) }
            (layout::time(row.created))
            @match row.acknowledged {
                Some(at) => {
                    span {
                        "acknowledged " (layout::time(at))
                        @if let Some(by) = &row.acknowledged_by { " by " (by) }
                    }
                }
                None if visitor.has(Right::Write) => {
                    (layout::button(visitor, &action, "Acknowledge", ""))
                }
                None => {}
            }
        }
    }
}

/// A kind in words: `contact.updated` is `contact updated`.
fn kind(kind: &str) -> String {
    kind.replace(['.', '_'], " ")
}

/// The name of a record, where Clio told it.
fn name(told: &Value) -> Option<&str> {
    told["data"]["name"]
        .as_str()
        .or_else(|| told["name"].as_str())
}

/// The id of a record that a row names.
fn id(said: &Value, member: &str) -> Option<u64> {
    let id = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    id(&said[member])
        .or_else(|| id(&said[format!("{member}_id")]))
        .or_else(|| id(&said[member]["id"]))
}

/// Notes that somebody has seen a row.
pub(super) async fn acknowledge(
    State(service): State<Arc<Service>>,
    Path((connection, id)): Path<(String, String)>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Trouble> {
    visitor.may(Right::Write, &connection)?;
    let (_, contents) = vault::read(&service.home).await?;
    let saved = contents.connections.get(&connection);
    let saved = saved.ok_or_else(|| Trouble::not_there("row"))?;
    let owner = account::of(&connection, saved);
    let by = &visitor.caller.key.name;
    if !service.journal.acknowledge(&connection, &owner, &id, by)? {
        return Err(Trouble::not_there("row"));
    }
    Ok(layout::to("/inbox?said=acknowledged"))
}
