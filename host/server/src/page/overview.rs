//! What is connected, at a glance, and what was done last.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use clio_host::vault::{Contents, SavedConnection};
use clio_runner::connections;
use clio_runner::journal::api_keys::{Connections, Right};
use clio_runner::journal::runs::RunFilter;
use clio_runner::vault;
use maud::{Markup, html};

use super::failed;
use super::layout::{self, Here};
use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

/// How many runs are shown.
const LAST: u32 = 10;

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let (_, contents) = vault::read(&service.home).await?;
    let filter = RunFilter {
        connections: visitor.caller.connections(),
        limit: LAST,
        ..RunFilter::default()
    };
    let last = service.runs(filter.clone()).await?;
    let filter = RunFilter {
        for_a_person: true,
        limit: failed::MOST,
        ..filter
    };
    let failed = service.runs(filter).await?;
    let of = |name: &str| failed.iter().filter(|run| run.connection == name).count();
    let names = names(&visitor, &contents);
    let content = html! {
        section aria-labelledby="connections" {
            h2 id="connections" { "Clio accounts" }
            @if names.is_empty() { p { "Nothing is connected yet." } }
            ul.cards {
                @for name in &names { (card(name, contents.connections.get(*name), of(name))) }
            }
            @if visitor.has(Right::Admin) {
                p { a.button href="/connect" { "Connect a Clio account" } }
            }
        }
        section aria-labelledby="last" {
            h2 id="last" { "Last" }
            @if last.is_empty() { p { "Nothing was done yet." } }
            (layout::runs(&last, true))
            p { a href="/history" { "The whole history" } }
        }
    };
    Ok(layout::page(&visitor, Here::Overview, "Overview", &content))
}

/// What the visitor may see: what is connected, and what may be.
pub(super) fn names<'a>(visitor: &'a Visitor, contents: &'a Contents) -> Vec<&'a str> {
    let connected = contents.connections.keys().map(String::as_str);
    let mut names: BTreeSet<&str> = connected.filter(|name| visitor.holds(name)).collect();
    if let Connections::These(these) = &visitor.caller.key.connections {
        names.extend(these.iter().map(String::as_str));
    }
    names.into_iter().collect()
}

fn card(name: &str, saved: Option<&SavedConnection>, failed: usize) -> Markup {
    let status = saved.map_or("not connected", connections::status);
    html! {
        li {
            h3 { a href={ "/connections/" (name) } { (name) } }
            span class={ "badge " (class(status)) } { (status) }
            @if let Some(firm) = saved.and_then(|saved| saved.account.as_ref()) {
                span.of { (firm.name.as_ref().unwrap_or(&firm.id)) }
            }
            @if failed > 0 {
                a href={ "/failed?connection=" (name) } { (failed) " failed" }
            }
        }
    }
}

/// How a connection's status looks.
pub(super) fn class(status: &str) -> &'static str {
    match status {
        "connected" => "done",
        "not connected" | "disconnected" => "waiting",
        _ => "failed",
    }
}
