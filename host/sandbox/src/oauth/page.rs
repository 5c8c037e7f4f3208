//! The pages that a person sees: the question, and the code to copy.

use super::{CODE_LIFE, Form, is_registered};
use crate::answer::Answer;
use crate::credentials::{Challenge, Code};
use crate::query;
use crate::state::State;
use crate::token::random_token;

/// The parameters of the question that its form carries on.
const CARRIED: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "redirect_on_decline",
    "code_challenge",
    "code_challenge_method",
];

/// `GET /oauth/authorize`: asks the person. A form posts the answer back.
pub(super) fn ask(state: &State, form: &Form) -> Answer {
    if let Some(refusal) = refusal(state, form) {
        return refusal;
    }
    let mut fields = String::new();
    for name in CARRIED {
        if let Some(value) = form.get(name) {
            fields.push_str(&format!(
                "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
                escaped(value)
            ));
        }
    }
    page(&format!(
        "<title>Authorize</title><h1>{} asks for access to {}</h1>\
         <form method=\"post\" action=\"/oauth/authorize\">{fields}\
         <button name=\"decision\" value=\"approve\">Allow Access</button>\
         <button name=\"decision\" value=\"decline\">Decline</button></form>",
        escaped(form.text("client_id")),
        escaped(&state.world.account.name),
    ))
}

/// `POST /oauth/authorize`: what the person decided.
pub(super) fn decide(state: &mut State, form: &Form) -> Answer {
    if let Some(refusal) = refusal(state, form) {
        return refusal;
    }
    let redirect_uri = form.text("redirect_uri").to_owned();
    let mut pairs = Vec::new();
    if form.get("decision") == Some("approve") {
        let Ok(code) = random_token() else {
            return Answer::html(500, "Internal Server Error");
        };
        let challenge = form.get("code_challenge").map(|challenge| {
            if form.get("code_challenge_method") == Some("S256") {
                Challenge::S256(challenge.to_owned())
            } else {
                Challenge::Plain(challenge.to_owned())
            }
        });
        let expires = state.world.now().checked_add(CODE_LIFE);
        state.credentials.codes.insert(
            code.clone(),
            Code {
                client_id: form.text("client_id").to_owned(),
                redirect_uri: redirect_uri.clone(),
                challenge,
                expires: expires.unwrap_or(jiff::Timestamp::MAX),
            },
        );
        pairs.push(("code".to_owned(), code));
    } else if form.get("redirect_on_decline") == Some("true") {
        pairs.push(("error".to_owned(), "access_denied".to_owned()));
    } else {
        return page("<title>Declined</title><h1>Access was declined</h1>");
    }
    if let Some(state) = form.get("state") {
        pairs.push(("state".to_owned(), state.to_owned()));
    }
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    let location = format!("{redirect_uri}{joint}{}", query::encode(&pairs));
    Answer::empty(302).with("Location", &location)
}

/// `GET /oauth/approval`: shows the code for a person to copy, in the title and
/// in the page.
pub(super) fn approval(form: &Form) -> Answer {
    match form.get("code") {
        Some(code) => page(&format!(
            "<title>code={code}</title><p>Copy this code into the application:</p>\
             <p><code>{code}</code></p>",
            code = escaped(code)
        )),
        None => page("<title>Declined</title><h1>Access was declined</h1>"),
    }
}

/// An unknown application or address is told on the page and never redirected:
/// it would send people wherever a link says.
fn refusal(state: &State, form: &Form) -> Option<Answer> {
    let known = state.credentials.apps.get(form.text("client_id"));
    let allowed =
        known.is_some_and(|app| is_registered(&state.world, app, form.text("redirect_uri")));
    if allowed && form.get("response_type") == Some("code") {
        None
    } else {
        Some(Answer::html(400, "Bad Request"))
    }
}

fn page(body: &str) -> Answer {
    Answer::text(
        200,
        "text/html; charset=utf-8",
        format!("<!DOCTYPE html>\n{body}\n"),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
