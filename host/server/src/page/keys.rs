//! Keys: who may sign in and who may use the API, for which connections and what.
//!
//! What must stay true: nobody gives a right, or a connection, that they do not
//! have themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use clio_runner::failure::Failure;
use clio_runner::journal::api_keys::{self, ApiKey, Connections, Right};
use clio_runner::vault;
use http::StatusCode;
use maud::{Markup, html};

use super::form::{Fields, Posted};
use super::layout::{self, Here};
use super::overview;
use super::session::Visitor;
use super::trouble::Trouble;
use crate::service::Service;

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    admin(&visitor)?;
    shown(&service, &visitor, None).await
}

fn admin(visitor: &Visitor) -> Result<(), Trouble> {
    if visitor.has(Right::Admin) {
        return Ok(());
    }
    let what = "your key has no right to look after keys";
    Err(Trouble::new(StatusCode::FORBIDDEN, what).next("ask who gave it to you"))
}

async fn shown(
    service: &Service,
    visitor: &Visitor,
    made: Option<&str>,
) -> Result<Response, Trouble> {
    let (_, contents) = vault::read(&service.home).await?;
    let names = overview::names(visitor, &contents);
    let mut keys = service.journal.api_keys()?;
    keys.retain(|key| within(key, visitor));
    let content = html! {
        @if let Some(made) = made {
            div.notice.good role="status" {
                p { "The key is made. It is shown this once, and kept nowhere: copy it now." }
                p { code id="made" { (made) } }
            }
        }
        ul.rows { @for key in &keys { (row(visitor, key)) } }
        section aria-labelledby="add" {
            h2 id="add" { "Make a key" }
            form.sheet method="post" action="/keys" {
                (layout::token(visitor))
                label for="name" { "What it is for" }
                input id="name" name="name" required maxlength="100";
                fieldset {
                    legend { "What it allows" }
                    @for right in Right::ALL.into_iter().filter(|right| visitor.has(*right)) {
                        label.tick {
                            input type="checkbox" name="right" value=(right.word());
                            " " (means(right))
                        }
                    }
                }
                fieldset {
                    legend { "For which connections" }
                    @if visitor.caller.connections().is_none() {
                        label.tick {
                            input type="checkbox" name="all" value="yes";
                            " All, those that are still to come as well"
                        }
                    }
                    @for name in names {
                        label.tick {
                            input type="checkbox" name="connection" value=(name);
                            " " (name)
                        }
                    }
                }
                button { "Make the key" }
            }
        }
    };
    Ok(layout::page(visitor, Here::Keys, "Keys", &content))
}

fn means(right: Right) -> &'static str {
    match right {
        Right::Read => "read: see what there is",
        Right::Write => "write: make calls that write, sync cases, try again",
        Right::Approve => "approve: approve drafts",
        Right::Admin => "admin: look after connections, mappings and keys",
    }
}

fn row(visitor: &Visitor, key: &ApiKey) -> Markup {
    let rights: Vec<&str> = key.rights.iter().map(|right| right.word()).collect();
    let connections = match &key.connections {
        Connections::All => "all connections".to_owned(),
        Connections::These(these) => these.iter().cloned().collect::<Vec<_>>().join(", "),
    };
    let own = key.id == visitor.caller.key.id;
    html! {
        li {
            strong { (key.name) }
            span.of { (rights.join(", ")) }
            span.of { (connections) }
            span { "made " (layout::time(key.created)) }
            @if let Some(used) = key.used { span { "last used " (layout::time(used)) } }
            code { (key.id) }
            @if own {
                span { "the one that you signed in with" }
            } @else {
                (layout::button(visitor, &format!("/keys/{}/remove", key.id), "End", &key.name))
            }
        }
    }
}

/// Whether a key reaches nothing that the visitor does not.
fn within(key: &ApiKey, visitor: &Visitor) -> bool {
    match (&key.connections, &visitor.caller.key.connections) {
        (_, Connections::All) => true,
        (Connections::All, Connections::These(_)) => false,
        (Connections::These(these), Connections::These(mine)) => these.is_subset(mine),
    }
}

/// Makes a key, and shows it.
pub(super) async fn add(
    State(service): State<Arc<Service>>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Trouble> {
    admin(&visitor)?;
    let (name, rights, connections) = asked(&visitor, &fields)?;
    let (_, made) = service.journal.add_api_key(name, &rights, &connections)?;
    shown(&service, &visitor, Some(&made)).await
}

fn asked<'f>(
    visitor: &Visitor,
    fields: &'f Fields,
) -> Result<(&'f str, BTreeSet<Right>, Connections), Trouble> {
    let refused = |what: &str, next: &str| Trouble::from(Failure::usage(what).next(next));
    let name = fields.get("name");
    if !api_keys::is_name(name) {
        return Err(refused(
            "the key needs a name",
            "say in a few words what it is for",
        ));
    }
    let given: BTreeSet<&str> = fields.all("right").collect();
    let rights: BTreeSet<Right> = Right::ALL
        .into_iter()
        .filter(|right| given.contains(right.word()) && visitor.has(*right))
        .collect();
    if rights.is_empty() || rights.len() != given.len() {
        return Err(refused(
            "what it allows is not said",
            "tick at least one that you have",
        ));
    }
    if fields.has("all") && visitor.caller.connections().is_none() {
        return Ok((name, rights, Connections::All));
    }
    let these: BTreeSet<String> = fields.all("connection").map(str::to_owned).collect();
    if these.is_empty() || !these.iter().all(|name| visitor.holds(name)) {
        return Err(refused("its connections are not said", "tick at least one"));
    }
    Ok((name, rights, Connections::These(these)))
}

/// Ends a key.
pub(super) async fn remove(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Trouble> {
    admin(&visitor)?;
    let keys = service.journal.api_keys()?;
    let known = keys
        .iter()
        .find(|key| key.id == id && within(key, &visitor));
    let known = known.ok_or_else(|| Trouble::not_there("key"))?;
    service.journal.remove_api_key(&known.id)?;
    Ok(layout::to("/keys?said=removed"))
}
