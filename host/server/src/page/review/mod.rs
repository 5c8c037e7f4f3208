//! The queue of drafts: what machines made, and a person is to read, approve or
//! reject.
//!
//! What must stay true: who approves has the right to, and says who they are; what is
//! approved are the bytes whose digest stood on the page; nothing of a draft is run or
//! loaded by the browser.

mod one;
mod sides;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use clio_host::vault::Contents;
use clio_runner::account;
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::drafts::{Draft, DraftFilter, Status};
use clio_runner::review::{self, Verdict};
use clio_runner::vault;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::form::Posted;
use super::layout::{self, Here};
use super::overview;
use super::records;
use super::session::Visitor;
use super::trouble::Trouble;
use crate::attachment::Attachment;
use crate::drafts::{self, Desk};
use crate::service::Service;

/// The most drafts of a connection that are listed.
const MOST: u32 = 100;
/// The word of the filter that lets all through.
const ALL: &str = "all";

/// What the form of the list asks for.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    connection: String,
    status: String,
}

impl Asked {
    /// None: all. Those that wait are what somebody comes for.
    fn status(&self) -> Option<Status> {
        let named = Status::ALL.into_iter().find(|it| it.word() == self.status);
        match self.status.as_str() {
            ALL => None,
            _ => named.or(Some(Status::Waiting)),
        }
    }
}

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let (_, contents) = vault::read(&service.home).await?;
    let names = overview::names(&visitor, &contents);
    let status = asked.status();
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for name in &names {
        if !asked.connection.is_empty() && asked.connection != *name {
            continue;
        }
        // Of what is not connected any more the drafts wait for its account.
        let Some(saved) = contents.connections.get(*name) else {
            continue;
        };
        let filter = DraftFilter {
            status,
            limit: MOST,
            ..DraftFilter::default()
        };
        let desk = Desk::of(&contents, name, account::of(name, saved));
        let rows = drafts::list(&service, &desk, filter)?;
        // What was added by a name that is gone is of each that leads there.
        let new = rows.into_iter().filter(|row| seen.insert(row.id.clone()));
        found.extend(new.map(|row| (*name, saved.origin.as_str(), row)));
    }
    found.sort_by_key(|(_, _, draft)| std::cmp::Reverse(draft.seq));
    let content = html! {
        (filter(&asked, status, &names))
        div id="drafts" data-live {
            @if found.is_empty() {
                p { @if status == Some(Status::Waiting) { "Nothing waits for a review." } @else { "Nothing fits." } }
            }
            ul.rows { @for (name, origin, draft) in &found { (row(name, origin, draft)) } }
        }
    };
    Ok(layout::page(&visitor, Here::Review, "Review", &content))
}

fn filter(asked: &Asked, status: Option<Status>, names: &[&str]) -> Markup {
    html! {
        form.filter method="get" action="/review" {
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
                label for="status" { "Status" }
                select id="status" name="status" {
                    @for known in Status::ALL {
                        @let word = known.word();
                        option value=(word) selected[status == Some(known)] { (word) }
                    }
                    option value=(ALL) selected[status.is_none()] { (ALL) }
                }
            }
            button { "Show" }
        }
    }
}

fn row(connection: &str, origin: &str, draft: &Draft) -> Markup {
    let about = &draft.about;
    html! {
        li id={ "draft-" (draft.id) } data-news={ (about.name) ": " (draft.status.word()) } {
            a.what href=(path(connection, draft)) { (about.name) }
            (badge(draft.status))
            span { "matter " (records::link(origin, "matters", about.matter)) }
            span.of { (connection) }
            span.of { "made by " (about.made_by) }
            (layout::time(draft.created))
        }
    }
}

/// Where a draft is shown.
fn path(connection: &str, draft: &Draft) -> String {
    format!("/connections/{connection}/review/{}", draft.id)
}

fn badge(status: Status) -> Markup {
    let class = match status {
        Status::Waiting => "again",
        Status::Approved | Status::Uploaded => "done",
        Status::Rejected | Status::Expired => "failed",
    };
    html! { span class={ "badge " (class) } { (status.word()) } }
}

/// A draft that the visitor may see; of another firm's there is none.
async fn known(
    service: &Service,
    visitor: &Visitor,
    connection: &str,
    id: &str,
    right: Right,
) -> Result<(Draft, Contents), Trouble> {
    visitor.may(right, connection)?;
    let (_, contents) = vault::read(&service.home).await?;
    let absent = || Trouble::not_there("draft");
    let saved = contents.connections.get(connection).ok_or_else(absent)?;
    let owner = account::of(connection, saved);
    let draft = drafts::one(service, &Desk::of(&contents, connection, owner), id)?;
    Ok((draft.ok_or_else(absent)?, contents))
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Path((connection, id)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let (draft, contents) = known(&service, &visitor, &connection, &id, Right::Read).await?;
    let saved = contents.connections.get(&connection);
    let origin = saved.map_or("", |saved| saved.origin.as_str());
    let content = one::shown(&service, &visitor, (&connection, origin), &draft).await?;
    Ok(layout::page(
        &visitor,
        Here::Review,
        &draft.about.name,
        &content,
    ))
}

/// The bytes, for the person's own program to open.
pub(super) async fn content(
    State(service): State<Arc<Service>>,
    Path((connection, id)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    let (draft, _) = known(&service, &visitor, &connection, &id, Right::Read).await?;
    let body = drafts::body(&service, &draft).await?;
    let attachment = Attachment {
        name: Some(&draft.about.name),
        media_type: Some(&draft.about.media_type),
        length: Some(draft.about.length),
    };
    Ok(attachment.answer(body))
}

/// Writes what a person decided.
pub(super) async fn decide(
    State(service): State<Arc<Service>>,
    Path((connection, id)): Path<(String, String)>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Trouble> {
    let (draft, _) = known(&service, &visitor, &connection, &id, Right::Approve).await?;
    let refused = |what: &str, next: &str| {
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, what).next(format!("go back, and {next}"))
    };
    let person = fields.get("person");
    if person.is_empty() {
        return Err(refused("who decides is not said", "write your name"));
    }
    let (approves, said) = match fields.get("decision") {
        "approve" => (true, "approved"),
        "reject" => (false, "rejected"),
        _ => return Err(refused("nothing was decided", "choose one of the two")),
    };
    let verdict = Verdict {
        approves,
        by: &drafts::approver(person, &visitor.caller.key.name),
        seen: Some(fields.get("sha256")),
        reason: fields.get("reason"),
    };
    review::decide(&service.journal, &draft.about.owner, &draft.id, verdict)?;
    Ok(layout::to(&format!(
        "{}?said={said}",
        path(&connection, &draft)
    )))
}
