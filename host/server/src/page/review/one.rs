//! One draft: where it is to go, what it says beside its template, and the person's
//! decision.

use std::sync::Arc;

use clio_runner::journal::api_keys::Right;
use clio_runner::journal::drafts::{Draft, Status};
use clio_runner::review::Shown;
use maud::{Markup, html};

use super::{badge, path, sides};
use crate::drafts;
use crate::page::layout::{self, said};
use crate::page::records;
use crate::page::session::Visitor;
use crate::page::trouble::Trouble;
use crate::service::Service;

pub(super) async fn shown(
    service: &Arc<Service>,
    visitor: &Visitor,
    origin: &str,
    draft: &Draft,
) -> Result<Markup, Trouble> {
    let about = &draft.about;
    let shown = match draft.has_bytes {
        true => Some(drafts::shown(service, draft).await?),
        false => None,
    };
    let decides = visitor.has(Right::Approve);
    Ok(html! {
        dl.facts {
            div { dt { "Status" } dd { (badge(draft.status)) } }
            div { dt { "Where it will go" } dd { (place(origin, draft)) } }
            (said("Made by", &about.made_by))
            (said("Added", layout::time(draft.created)))
            (said("Expires", layout::time(about.expires)))
            (said("Connection", &draft.connection))
            @if let Some(decision) = &draft.decision {
                (said(if decision.approved { "Approved by" } else { "Rejected by" }, html! {
                    (decision.by) ", " (layout::time(decision.at))
                }))
                @if !decision.reason.is_empty() { (said("Reason", &decision.reason)) }
            }
            @if let Some(document) = draft.document { (said("Document in Clio", document)) }
        }
        dl.facts.wide {
            (said("SHA-256 of its bytes", html! { code { (about.sha256) } }))
        }
        @if draft.has_bytes {
            p {
                a.button href={ (path(draft)) "/content" } { "Download " (about.name) }
                " " span.hint { (about.length) " bytes" }
            }
        }
        (texts(shown.as_ref()))
        @if decides && matches!(draft.status, Status::Waiting | Status::Approved) {
            (decision(visitor, draft))
        }
    })
}

/// Where the draft will go, or went.
fn place(origin: &str, draft: &Draft) -> Markup {
    let matter = records::link(origin, "matters", draft.about.matter);
    html! {
        @match draft.about.version_of {
            Some(document) => { "a new version of document " (document) ", in matter " (matter) }
            None => { "a new document in matter " (matter) }
        }
    }
}

fn texts(shown: Option<&Shown>) -> Markup {
    let texts = shown.map(|it| (it.template.as_deref(), it.text.as_deref()));
    html! {
        section aria-labelledby="text" {
            h2 id="text" { "What it says" }
            @match texts {
                None => { p { "Its bytes are not kept any more." } }
                Some((_, None)) => {
                    p.notice.bad {
                        "It has no text that can be shown here. Download it, and read it before \
                         you decide."
                    }
                }
                Some((None, Some(text))) => {
                    p.hint { "What template it was made of was not said." }
                    pre.page tabindex="0" { (text) }
                }
                Some((Some(template), Some(text))) => {
                    @let (sides, changed) = sides::sides(template, text);
                    p.hint {
                        @match changed {
                            0 => { "It says what its template says, and no more." }
                            1 => { "One line differs from its template." }
                            many => { (many) " lines differ from its template." }
                        }
                    }
                    (sides)
                }
            }
        }
    }
}

fn decision(visitor: &Visitor, draft: &Draft) -> Markup {
    let waits = draft.status == Status::Waiting;
    html! {
        section aria-labelledby="decide" {
            h2 id="decide" { @if waits { "Your decision" } @else { "Take the approval back" } }
            form.sheet method="post" action=(path(draft)) {
                (layout::token(visitor))
                input type="hidden" name="sha256" value=(draft.about.sha256);
                @if waits { (choice()) } @else {
                    input type="hidden" name="decision" value="reject";
                }
                label for="person" { "Your name" }
                input id="person" name="person" required maxlength="100" autocomplete="name"
                    aria-describedby="person-hint";
                p.hint id="person-hint" {
                    "It stands in the approval and in the audit, with the key that you signed in \
                     with: " (visitor.caller.key.name) "."
                }
                label for="reason" { "Reason or remark" }
                textarea id="reason" name="reason" rows="3" maxlength="2000" {}
                button { @if waits { "Decide" } @else { "Reject it after all" } }
            }
        }
    }
}

/// Neither is chosen beforehand, so that nobody approves by a key pressed too soon.
fn choice() -> Markup {
    html! {
        fieldset {
            legend { "This draft" }
            label.tick {
                input type="radio" name="decision" value="approve" required;
                " I have read it, and approve exactly these bytes for the place above"
            }
            label.tick {
                input type="radio" name="decision" value="reject" required;
                " Reject it"
            }
        }
    }
}
