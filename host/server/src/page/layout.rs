//! What all pages have: head, navigation, and the pieces that several show.

use axum::response::{IntoResponse as _, Response};
use clio_runner::journal::runs::{Run, Status};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::form;
use super::session::Visitor;

/// Which part of the page somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    Overview,
    Failed,
    History,
    Cases,
    Mappings,
    Webhooks,
    Inbox,
    Review,
    Keys,
}

/// The parts, as the navigation has them.
const PARTS: [(Here, &str, &str); 9] = [
    (Here::Overview, "/", "Overview"),
    (Here::Failed, "/failed", "Failed"),
    (Here::History, "/history", "History"),
    (Here::Cases, "/cases", "Cases"),
    (Here::Mappings, "/mappings", "Mappings"),
    (Here::Webhooks, "/webhooks", "Webhooks"),
    (Here::Inbox, "/inbox", "Inbox"),
    (Here::Review, "/review", "Review"),
    (Here::Keys, "/keys", "Keys"),
];

/// What a form did, as its page says afterwards: by the word in the address.
const DONE: [(&str, &str); 10] = [
    ("connected", "Connected."),
    (
        "disconnected",
        "Disconnected: the consent was taken back, and the tokens are deleted.",
    ),
    ("retried", "It is tried again now."),
    ("cancelled", "It was asked to end."),
    (
        "removed",
        "The key has ended, and with it who was signed in with it.",
    ),
    ("acknowledged", "Acknowledged."),
    ("saved", "Saved. Cases that come from now on use it."),
    ("ended", "It had ended already."),
    (
        "approved",
        "Approved: exactly these bytes may be uploaded, and to this place alone.",
    ),
    ("rejected", "Rejected: it will not be uploaded."),
];

/// A page for somebody who is signed in.
pub(super) fn page(visitor: &Visitor, here: Here, title: &str, content: &Markup) -> Response {
    let frame = html! {
        a.skip href="#content" { "To the content" }
        header {
            nav aria-label="Pages" {
                ul {
                    @for (part, path, name) in PARTS {
                        li { a href=(path) aria-current=[(part == here).then_some("page")] { (name) } }
                    }
                }
            }
            form method="post" action="/sign-out" {
                (token(visitor))
                span.who { (visitor.caller.key.name) }
                button.plain { "Sign out" }
            }
        }
        main id="content" tabindex="-1" {
            h1 { (title) }
            @if let Some(said) = visitor.said() { p.notice.good role="status" { (said) } }
            (content)
        }
        p.visually-hidden id="news" role="status" {}
    };
    whole(StatusCode::OK, title, &frame)
}

/// A page for anybody.
pub(super) fn bare(status: StatusCode, title: &str, content: &Markup) -> Response {
    let frame = html! {
        main id="content" { h1 { (title) } (content) }
    };
    whole(status, title, &frame)
}

fn whole(status: StatusCode, title: &str, frame: &Markup) -> Response {
    let text = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Clio actions" }
                link rel="stylesheet" href="/page.css";
                link rel="icon" href="/page.svg" type="image/svg+xml";
                script src="/page.js" defer {}
            }
            body { (frame) }
        }
    };
    let mut response = (status, text.into_string()).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

/// Leads a browser on after a form.
pub(super) fn to(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(path) => (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What a word of the address says was done.
pub(super) fn done(word: &str) -> Option<&'static str> {
    let found = DONE.iter().find(|(known, _)| *known == word);
    found.map(|(_, says)| *says)
}

/// The session's token, in a form.
pub(super) fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(form::TOKEN) value=(visitor.token()); }
}

/// A form that is one button.
pub(super) fn button(visitor: &Visitor, action: &str, says: &str, about: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) {
            (token(visitor))
            button { (says) @if !about.is_empty() { span.visually-hidden { " " (about) } } }
        }
    }
}

/// An instant, from milliseconds since 1970.
pub(super) fn time(at: i64) -> Markup {
    let Ok(at) = Timestamp::from_millisecond(at) else {
        return html! {};
    };
    html! { time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M:%S UTC")) } }
}

/// How a run stands, in words.
pub(super) fn status(run: &Run) -> &'static str {
    match run.status {
        Status::Waiting if !run.code.is_empty() => "waits to be tried again",
        status => status.word(),
    }
}

pub(super) fn badge(run: &Run) -> Markup {
    let class = match run.status {
        Status::Waiting if !run.code.is_empty() => "again",
        status => status.word(),
    };
    html! { span class={ "badge " (class) } { (status(run)) } }
}

/// Runs as a list. A script keeps it fresh while something in it goes on, and
/// always where it shows what is `newest`.
pub(super) fn runs(runs: &[Run], newest: bool) -> Markup {
    let goes_on = newest || runs.iter().any(|run| !run.status.has_ended());
    html! {
        ol.rows data-live=[goes_on.then_some("")] id="runs" {
            @for run in runs { (row(run)) }
        }
    }
}

fn row(run: &Run) -> Markup {
    html! {
        li id={ "run-" (run.id) } data-news={ (run.what) ": " (status(run)) } {
            a.what href={ "/runs/" (run.id) } { (run.what) }
            (badge(run))
            span.of { (run.connection) }
            (time(run.created))
        }
    }
}

/// One thing and what is said of it, in a description list.
pub(super) fn said(name: &str, value: impl maud::Render) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}
