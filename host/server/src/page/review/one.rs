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

/// How many places without a value are named.
const NAMED: usize = 50;

pub(super) async fn shown(
    service: &Arc<Service>,
    visitor: &Visitor,
    (connection, origin): (&str, &str),
    draft: &Draft,
) -> Result<Markup, Trouble> {
    let about = &draft.about;
    let shown = match draft.has_bytes {
        true => Some(drafts::shown(service, draft).await?),
        false => None,
    };
    // Comparing takes a while, and others' requests are not to wait for it.
    let compared = drafts::read(move || {
        let unfilled = shown.as_ref().map_or(0, |it| it.unfilled.len());
        (texts(shown.as_ref()), unfilled)
    });
    let (texts, unfilled) = compared.await?;
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
            @if let Some(document) = draft.document {
                (said("Document in Clio", document))
            }
        }
        dl.facts.wide {
            (said("SHA-256 of its bytes", html! { code { (about.sha256) } }))
        }
        @if draft.has_bytes {
            p {
                a.button href={ (path(connection, draft)) "/content" } { "Download " (about.name) }
                " " span.hint { (about.length) " bytes" }
            }
            p.hint {
                "What is approved is this file. Below stands its text as far as it can be read \
                 here: pictures, notes, form fields and numbering are not, and a file may be made \
                 to hide more. Open it before you decide."
            }
        }
        (texts)
        @if matches!(draft.status, Status::Waiting | Status::Approved) {
            @if decides {
                (decision(visitor, connection, draft, unfilled))
            } @else {
                (no_decision(visitor))
            }
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

/// The places of a draft that have no value, so that nobody overlooks them.
fn unfilled(shown: &Shown) -> Markup {
    let unfilled = &shown.unfilled;
    html! {
        @if !unfilled.is_empty() {
            div.notice.bad {
                p { (places(unfilled.len(), "One")) " no value:" }
                ul {
                    @for name in named(Some(shown)) { li { code { (name) } } }
                    @if unfilled.len() > NAMED { li { "and more" } }
                }
            }
        }
    }
}

/// That a text goes on where nobody sees it.
fn cut(whole: bool) -> Markup {
    html! {
        @if !whole {
            p.notice.bad {
                "It is longer than can be shown here: this is its beginning. Download it, and read \
                 the rest before you decide."
            }
        }
    }
}

/// Those of them that are named.
fn named(shown: Option<&Shown>) -> &[String] {
    let unfilled = shown.map_or(&[][..], |shown| &shown.unfilled);
    &unfilled[..unfilled.len().min(NAMED)]
}

fn places(count: usize, one: &str) -> Markup {
    html! { @if count == 1 { (one) " place has" } @else { (count) " places have" } }
}

fn texts(shown: Option<&Shown>) -> Markup {
    let texts = shown.map(|it| (it.template.as_deref(), it.text.as_deref()));
    html! {
        section aria-labelledby="text" {
            h2 id="text" { "What it says" }
            @if let Some(shown) = shown { (unfilled(shown)) }
            @match texts {
                None => { p { "Its bytes are not kept any more." } }
                Some((_, None)) => {
                    p.notice.bad {
                        "It has no text that can be shown here. Download it, and read it before \
                         you decide."
                    }
                }
                Some((None, Some(text))) => {
                    @let (text, whole) = sides::beginning(text);
                    (cut(whole))
                    p.hint { "What template it was made of was not said." }
                    pre.page tabindex="0" {
                        (sides::with_marks(text, named(shown)))
                    }
                }
                Some((Some(template), Some(text))) => {
                    @let (template, one) = sides::beginning(template);
                    @let (text, other) = sides::beginning(text);
                    (cut(one && other))
                    @let (sides, changed) = sides::sides(template, text, named(shown));
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

fn decision(visitor: &Visitor, connection: &str, draft: &Draft, unfilled: usize) -> Markup {
    let waits = draft.status == Status::Waiting;
    html! {
        section aria-labelledby="decide" {
            h2 id="decide" { @if waits { "Your decision" } @else { "Take the approval back" } }
            form.sheet method="post" action=(path(connection, draft)) {
                (layout::token(visitor))
                input type="hidden" name="sha256" value=(draft.about.sha256);
                @if waits { (choice(unfilled)) } @else {
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

/// Why there is no form.
fn no_decision(visitor: &Visitor) -> Markup {
    html! {
        section aria-labelledby="decide" {
            h2 id="decide" { "Who decides" }
            p {
                "The key that you signed in with, " (visitor.caller.key.name) ", has no right to \
                 approve, so you cannot decide here. A key that has it is made under Keys, by who \
                 has that right, or on the service’s machine by "
                code { "clio key add NAME --right read --right approve" }
                "."
            }
        }
    }
}

/// Neither is chosen beforehand, so that nobody approves by a key pressed too soon.
fn choice(unfilled: usize) -> Markup {
    html! {
        fieldset {
            legend { "This draft" }
            label.tick {
                input type="radio" name="decision" value="approve" required;
                " I have read it, and approve exactly these bytes for the place above"
                @if unfilled > 0 { ", though " (places(unfilled, "one")) " no value" }
            }
            label.tick {
                input type="radio" name="decision" value="reject" required;
                " Reject it"
            }
        }
    }
}
