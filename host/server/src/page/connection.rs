//! One connection: whose account it is, whether it works, and its end.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use clio_host::vault::SavedConnection;
use clio_runner::connect;
use clio_runner::doctor::{self, Finding};
use clio_runner::exit::Exit;
use clio_runner::journal::api_keys::Right;
use clio_runner::vault;
use clio_runner::{account, connections};
use maud::{Markup, html};

use super::form::Posted;
use super::layout::{self, Here, said};
use super::overview::class;
use super::session::Visitor;
use super::state::{Checked, State as Remembered};
use super::trouble::Trouble;
use crate::service::Service;

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Extension(remembered): Extension<Arc<Remembered>>,
    Path(name): Path<String>,
    visitor: Visitor,
) -> Result<Response, Trouble> {
    visitor.may(Right::Read, &name)?;
    let (_, contents) = vault::read(&service.home).await?;
    let saved = contents.connections.get(&name);
    if saved.is_none() && visitor.caller.connections().is_none() {
        return Err(Trouble::not_there("connection"));
    }
    let checked = saved.and_then(|saved| remembered.checked(&account::of(&name, saved)));
    let content = html! {
        (about(saved))
        @if saved.is_some_and(|saved| saved.credentials.is_some()) {
            section aria-labelledby="works" {
                h2 id="works" { "Does it work?" }
                @if let Some(checked) = &checked { (findings(checked)) }
                (layout::button(&visitor, &format!("/connections/{name}/check"), "Check now", ""))
                p.hint { "This asks Clio, and changes nothing." }
            }
        }
        p {
            a href={ "/history?connection=" (name) } { "What was done" } " · "
            a href={ "/failed?connection=" (name) } { "What failed" } " · "
            a href={ "/connections/" (name) "/mapping" } { "Its mapping" }
        }
        @if visitor.has(Right::Admin) { (ending(&visitor, &name, saved)) }
    };
    Ok(layout::page(&visitor, Here::Overview, &name, &content))
}

fn about(saved: Option<&SavedConnection>) -> Markup {
    let status = saved.map_or("not connected", connections::status);
    let firm = saved.and_then(|saved| saved.account.as_ref());
    html! {
        dl.facts {
            div { dt { "Status" } dd { span class={ "badge " (class(status)) } { (status) } } }
            @if let Some(firm) = firm {
                (said("Firm", firm.name.as_ref().unwrap_or(&firm.id)))
                (said("Its id in Clio", &firm.id))
            }
            @if let Some(saved) = saved { (said("Region", &saved.origin)) }
        }
    }
}

fn findings(checked: &Checked) -> Markup {
    html! {
        p.hint { "Checked " (layout::time(checked.at)) "." }
        ul.rows {
            @for found in &checked.findings {
                li {
                    strong { (found.what) }
                    (mark(found))
                    span.says { (found.says) }
                    @if let Some(next) = &found.next { p { "Next: " (next) } }
                }
            }
        }
    }
}

fn mark(found: &Finding) -> Markup {
    let (class, word) = match (found.ok, found.exit) {
        (true, _) => ("done", "works"),
        // Something works with less, and the rest works.
        (false, Exit::Done) => ("again", "less"),
        (false, _) => ("failed", "does not work"),
    };
    html! { span class={ "badge " (class) } { (word) } }
}

fn ending(visitor: &Visitor, name: &str, saved: Option<&SavedConnection>) -> Markup {
    let connected = saved.is_some_and(|saved| saved.credentials.is_some());
    html! {
        section aria-labelledby="consent" {
            h2 id="consent" { "Consent" }
            p {
                a.button href={ "/connect?name=" (name) } {
                    @if connected { "Connect again" } @else { "Connect" }
                }
            }
            @if connected {
                form.sheet method="post" action={ "/connections/" (name) "/disconnect" } {
                    (layout::token(visitor))
                    label.tick {
                        input type="checkbox" name="meant" value="yes" required;
                        " Take the consent back at Clio and delete the tokens here"
                    }
                    label.tick {
                        input type="checkbox" name="anyway" value="yes";
                        " Delete them even where Clio cannot be asked"
                    }
                    button.grave { "Disconnect " (name) }
                }
            }
        }
    }
}

/// Looks at everything that the connection needs.
pub(super) async fn check(
    State(service): State<Arc<Service>>,
    Extension(remembered): Extension<Arc<Remembered>>,
    Path(name): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Trouble> {
    visitor.may(Right::Read, &name)?;
    let (_, contents) = vault::read(&service.home).await?;
    let Some(saved) = contents.connections.get(&name) else {
        return Err(Trouble::not_there("connection"));
    };
    let mut findings = Vec::new();
    match service.session(&name).await {
        Ok(session) => doctor::examine(&name, Some(saved), &session, &mut findings).await?,
        Err(failure) => findings.push(Finding::failed("connection", &failure)),
    }
    remembered.set_checked(account::of(&name, saved), findings);
    Ok(layout::to(&format!("/connections/{name}#works")))
}

/// Takes the consent back.
pub(super) async fn disconnect(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Trouble> {
    visitor.may(Right::Admin, &name)?;
    let here = format!("/connections/{name}");
    if !fields.has("meant") {
        return Ok(layout::to(&here));
    }
    let journal = || Ok(Arc::clone(&service.journal));
    connect::take_back(&service.home, journal, &name, fields.has("anyway")).await?;
    Ok(layout::to(&format!("{here}?said=disconnected")))
}
