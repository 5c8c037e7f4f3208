//! One run: how it stands, why it failed, what it came to, and each of its calls
//! with the requests that were made.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::runs::{Run, Status};
use clio_runner::journal::{AuditRow, Details};
use maud::{Markup, html};
use serde_json::Value;

use super::form::Posted;
use super::layout::{self, Here, said};
use super::reason::{self, Reason, lines, told};
use super::records;
use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

/// The most calls of a run that are shown.
const MOST_STEPS: u32 = 1000;

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let run = known(&service, &visitor, &id, Right::Read).await?;
    let told = told(&service.journal, &run)?;
    let mut steps = service.journal.run_rows(&run.id, MOST_STEPS)?;
    ended_alone(&mut steps);
    let content = html! {
        div id="run" data-live=[(!run.status.has_ended()).then_some("")]
            data-news={ (run.what) ": " (layout::status(&run)) } {
            (facts(&run))
            @if let Some(told) = &told { (came_to(&run, told, &steps)) }
            section aria-labelledby="steps" {
                h2 id="steps" { "Steps" }
                @if steps.is_empty() { p { "Clio was not asked for anything yet." } }
                ol.rows { @for row in &steps { (step(row)) } }
            }
            @if visitor.has(Right::Write) { (buttons(&visitor, &run)) }
        }
    };
    let title = match case(&service, &run)? {
        Some(source_id) => format!("Case {source_id}"),
        None => run.what.clone(),
    };
    Ok(layout::page(&visitor, Here::History, &title, &content))
}

/// A run that the visitor may see; of another firm's there is none.
async fn known(
    service: &Service,
    visitor: &Visitor,
    id: &str,
    right: Right,
) -> Result<Run, Trouble> {
    let run = service.run(id).await?;
    let run = run.filter(|run| visitor.holds(&run.connection));
    let run = run.ok_or_else(|| Trouble::not_there("run"))?;
    visitor.may(right, &run.connection)?;
    Ok(run)
}

/// The identifier of the case that a run is of.
pub(super) fn case(service: &Service, run: &Run) -> Result<Option<String>, Trouble> {
    if run.kind != "case" {
        return Ok(None);
    }
    let asked = service.journal.run_asked(&run.id)?;
    let asked: Option<Value> = asked.and_then(|asked| serde_json::from_slice(&asked).ok());
    let source_id = asked.as_ref().and_then(|asked| asked["source_id"].as_str());
    Ok(source_id.map(str::to_owned))
}

/// Drops the beginnings of calls whose end stands there, too.
fn ended_alone(steps: &mut Vec<AuditRow>) {
    let name = |row: &AuditRow| (row.correlation.clone(), row.action.clone());
    let ended: BTreeSet<_> = steps
        .iter()
        .filter(|row| row.status != "begun")
        .map(name)
        .collect();
    steps.retain(|row| row.status != "begun" || !ended.contains(&name(row)));
}

fn facts(run: &Run) -> Markup {
    html! {
        dl.facts {
            div { dt { "Status" } dd { (layout::badge(run)) } }
            div {
                dt { "Connection" }
                dd { a href={ "/connections/" (run.connection) } { (run.connection) } }
            }
            (said("Kind", &run.kind))
            (said("Began", layout::time(run.created)))
            (said("Last", layout::time(run.updated)))
            @if run.status == Status::Waiting { (said("Due", layout::time(run.due))) }
            (said("Attempts", run.attempts))
            @if !run.code.is_empty() { (said("Code", &run.code)) }
            (said("Id", html! { code { (run.id) } }))
        }
    }
}

fn came_to(run: &Run, told: &Value, steps: &[AuditRow]) -> Markup {
    let reason = Reason::of(told);
    let failed = run.status != Status::Done && reason != Reason::default();
    let account = steps
        .iter()
        .map(details)
        .find(|details| !details.account.is_empty());
    let account = account.unwrap_or_default();
    html! {
        @if failed {
            section aria-labelledby="why" { h2 id="why" { "Why it failed" } (reason.render()) }
        }
        @if run.kind == "case" && lines(told).next().is_some() {
            (report(reason::report(told), records::origin(&account)))
        }
        @if run.status == Status::Done {
            details {
                summary { "Result" }
                pre tabindex="0" { (serde_json::to_string_pretty(told).unwrap_or_default()) }
            }
        }
    }
}

/// A case's records.
fn report(told: &Value, origin: &str) -> Markup {
    let one = |member: &str, kind: &str| {
        html! {
            @if told[member].is_object() { (record(kind, &told[member], origin)) }
        }
    };
    let many = |member: &str, kind: &str| {
        html! {
            @for line in told[member].as_array().into_iter().flatten() { (record(kind, line, origin)) }
        }
    };
    html! {
        section aria-labelledby="records" {
            h2 id="records" { "Records" }
            ul.rows {
                (one("contact", "Contact"))
                (one("matter", "Matter"))
                (many("fields", "Fields"))
                (many("documents", "Document"))
            }
            @if let Some(notes) = told["notes"].as_array() {
                h3 { "The mapping lacks" }
                ul { @for note in notes { li { (text(&note["at"])) ": " (text(&note["message"])) } } }
            }
        }
    }
}

fn record(kind: &str, line: &Value, origin: &str) -> Markup {
    let status = text(&line["status"]);
    let class = match status {
        "failed" => "failed",
        "not_tried" | "not_approved" => "waiting",
        "changed" | "moved" => "again",
        _ => "done",
    };
    let of = match kind {
        "Contact" => "contacts",
        "Matter" => "matters",
        _ => "",
    };
    html! {
        li {
            strong { (kind) }
            span class={ "badge " (class) } { (status.replace('_', " ")) }
            span.of { (text(&line["source_id"])) }
            @if let Some(id) = line["id"].as_u64() {
                span { (records::link(origin, of, id)) }
            }
            @if let Some(number) = line["display_number"].as_str() { span { (number) } }
        }
    }
}

fn details(row: &AuditRow) -> Details {
    serde_json::from_str(&row.details).unwrap_or_default()
}

/// One call.
fn step(row: &AuditRow) -> Markup {
    let details = details(row);
    let origin = records::origin(&details);
    let (class, says) = match (row.status.as_str(), row.code.as_str()) {
        ("begun", _) => ("running", "begun, not ended".to_owned()),
        ("done", _) => ("done", "done".to_owned()),
        (status, "") => ("failed", status.to_owned()),
        (status, code) => ("failed", format!("{status}: {code}")),
    };
    html! {
        li {
            strong { (row.action) }
            span class={ "badge " (class) } { (says) }
            (layout::time(row.at))
            span { (requests(details.requests)) }
            @if !details.ids.is_empty() {
                span.ids {
                    "in Clio: "
                    @for id in &details.ids { (records::link(origin, records::of_action(&row.action), *id)) " " }
                }
            }
            @if !details.writes.is_empty() {
                ul.writes {
                    @for write in &details.writes {
                        li {
                            code { (write.method) " " (write.path) }
                            @match write.status {
                                Some(status) => { " → " (status) }
                                None => { " → the answer was lost" }
                            }
                            @if let Some(id) = write.id {
                                ", " (records::link(origin, records::kind(&write.path), id))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn requests(count: u32) -> String {
    match count {
        1 => "1 request".to_owned(),
        many => format!("{many} requests"),
    }
}

fn buttons(visitor: &Visitor, run: &Run) -> Markup {
    let to = |what: &str| format!("/runs/{}/{what}", run.id);
    let again = matches!(run.status, Status::Failed | Status::Cancelled)
        || (run.status == Status::Waiting && !run.code.is_empty());
    html! {
        p.buttons {
            @if again { (layout::button(visitor, &to("retry"), "Try again", "")) }
            @if !run.status.has_ended() {
                (layout::button(visitor, &to("cancel"), "End it", ""))
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Lets it be tried again at once.
pub(super) async fn retry(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Trouble> {
    let run = known(&service, &visitor, &id, Right::Write).await?;
    let again = service.journal.retry_run(&run.id)?;
    Ok(changed(
        &service,
        &run,
        if again { "retried" } else { "ended" },
    ))
}

/// Asks it to end.
pub(super) async fn cancel(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Trouble> {
    let run = known(&service, &visitor, &id, Right::Write).await?;
    let ends = service.journal.cancel_run(&run.id)?;
    Ok(changed(
        &service,
        &run,
        if ends { "cancelled" } else { "ended" },
    ))
}

fn changed(service: &Service, run: &Run, said: &str) -> Response {
    service.tell(&run.id, &run.connection, "");
    service.wake.notify_one();
    layout::to(&format!("/runs/{}?said={said}", run.id))
}
