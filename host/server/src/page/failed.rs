//! What failed and waits for a person: why, the next step, and a button to try it
//! again, one or all of a connection.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::runs::{Run, RunFilter};
use maud::{Markup, html};
use serde::Deserialize;

use super::form::Posted;
use super::layout::{self, Here};
use super::reason::{Reason, told};
use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

/// The most that is shown, and tried again with one button.
pub(super) const MOST: u32 = 100;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    connection: String,
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let mut connections = visitor.caller.connections();
    if !asked.connection.is_empty() {
        let these = visitor.holds(&asked.connection).then_some(asked.connection);
        connections = Some(these.into_iter().collect());
    }
    let failed = failed(&service, connections).await?;
    let mut rows = Vec::with_capacity(failed.len());
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for run in &failed {
        *of.entry(&run.connection).or_default() += 1;
        let reason = told(&service.journal, run)?.map(|told| Reason::of(&told));
        rows.push((run, reason.unwrap_or_default()));
    }
    let may_try = visitor.has(Right::Write);
    let content = html! {
        div id="failed" data-live {
            @if failed.is_empty() { p { "Nothing failed that waits for you." } }
            @if may_try {
                @for (connection, count) in of.iter().filter(|(_, count)| **count > 1) {
                    form.inline method="post" action="/failed/retry" {
                        (layout::token(&visitor))
                        input type="hidden" name="connection" value=(connection);
                        button { "Try all " (count) " of " (connection) " again" }
                    }
                }
            }
            ol.rows {
                @for (run, reason) in &rows { (row(&visitor, run, reason, may_try)) }
            }
        }
    };
    Ok(layout::page(&visitor, Here::Failed, "Failed", &content))
}

fn row(visitor: &Visitor, run: &Run, reason: &Reason, may_try: bool) -> Markup {
    html! {
        li id={ "run-" (run.id) } data-news={ (run.what) " failed" } {
            a.what href={ "/runs/" (run.id) } { (run.what) }
            span.badge.failed { (run.code) }
            span.of { (run.connection) }
            (layout::time(run.updated))
            (reason.render())
            @if may_try {
                (layout::button(visitor, &format!("/runs/{}/retry", run.id), "Try again", &run.what))
            }
        }
    }
}

async fn failed(service: &Service, connections: Option<Vec<String>>) -> Result<Vec<Run>, Trouble> {
    let filter = RunFilter {
        connections,
        for_a_person: true,
        limit: MOST,
        ..RunFilter::default()
    };
    Ok(service.runs(filter).await?)
}

/// Tries all that failed of a connection again, the oldest first.
pub(super) async fn retry_all(
    State(service): State<Arc<Service>>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Trouble> {
    let connection = fields.get("connection");
    visitor.may(Right::Write, connection)?;
    let failed = failed(&service, Some(vec![connection.to_owned()])).await?;
    for run in failed.iter().rev() {
        service.journal.retry_run(&run.id)?;
        service.tell(&run.id, &run.connection, "");
    }
    service.wake.notify_one();
    Ok(layout::to("/failed?said=retried"))
}
