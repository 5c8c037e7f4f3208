//! Cases and their documents, as far as they are in Clio.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use clio_runner::journal::runs::{Run, RunFilter, Status};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::layout::{self, Here};
use super::reason::{self, told};
use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

/// How many cases a page has.
const PAGE: u32 = 50;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    before: String,
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let filter = RunFilter {
        connections: visitor.caller.connections(),
        kinds: vec!["case".to_owned()],
        before: asked.before.parse().ok(),
        limit: PAGE,
        ..RunFilter::default()
    };
    let runs = service.runs(filter).await?;
    let older = (runs.len() == PAGE as usize).then(|| runs.last()).flatten();
    let mut rows = Vec::with_capacity(runs.len());
    for run in &runs {
        rows.push(row(&service, run)?);
    }
    let goes_on = runs.iter().any(|run| !run.status.has_ended());
    let content = html! {
        @if runs.is_empty() { p { "No case has come in yet." } }
        ol.rows id="cases" data-live=[goes_on.then_some("")] {
            @for row in &rows { (row) }
        }
        @if let Some(last) = older {
            p { a.button rel="next" href={ "/cases?before=" (last.seq) } { "Older" } }
        }
    };
    Ok(layout::page(&visitor, Here::Cases, "Cases", &content))
}

fn row(service: &Service, run: &Run) -> Result<Markup, Trouble> {
    let name = super::run::case(service, run)?;
    let name = name.as_deref().unwrap_or(&run.what);
    let told = told(&service.journal, run)?.unwrap_or_default();
    let report = reason::report(&told);
    let documents = report["documents"].as_array().map_or(0, Vec::len);
    let in_clio = |line: &&Value| line["id"].is_u64();
    let there = report["documents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(in_clio)
        .count();
    Ok(html! {
        li id={ "run-" (run.id) } data-news={ (name) ": " (layout::status(run)) } {
            a.what href={ "/runs/" (run.id) } { (name) }
            (layout::badge(run))
            span.of { (run.connection) }
            (layout::time(run.created))
            @if documents > 0 { span { (there) " of " (documents) " documents in Clio" } }
            @if run.status == Status::Failed { a href="/failed" { "why" } }
        }
    })
}
