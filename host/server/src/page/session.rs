//! Signing in: with a key, once, for a session that a cookie carries.
//!
//! The cookie is random, no script reads it, and it goes with no form of another
//! page. `Lax` rather than `Strict`: who comes back from Clio's consent comes from
//! another site, and is signed in all the same.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query, Request, State};
use axum::response::Response;
use clio_runner::digest::{Digest, hex};
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::sessions::LIFE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::html;
use serde::Deserialize;

use super::form::{self, Posted};
use super::layout;
use super::trouble::Trouble;
use crate::http::caller::Caller;
use crate::http::caller::key_of;
use crate::http::peer::Peer;
use crate::service::Service;

/// Holds what a sign-in form is compared with, for there is no session yet.
const FORM: &str = "clio_sign_in";

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) caller: Caller,
    /// What the form before did, as the address says.
    said: Option<&'static str>,
    /// The token of the session's forms.
    token: String,
}

impl Visitor {
    /// Who asks; else the way to sign in.
    pub(super) async fn of(parts: &mut Parts, service: &Service) -> Result<Self, Response> {
        let session = cookie(&parts.headers, name(service)).unwrap_or_default();
        let known = service.journal.session_key(session);
        let known = known.map_err(|error| response(Trouble::from(error)))?;
        let Some(key) = known else {
            return Err(layout::to(&sign_in_and(parts)));
        };
        let query = parts.uri.query().unwrap_or_default();
        let said = query.split('&').find_map(|it| it.strip_prefix("said="));
        Ok(Self {
            caller: Caller { key },
            said: said.and_then(layout::done),
            token: token(session),
        })
    }

    pub(super) fn token(&self) -> String {
        self.token.clone()
    }

    pub(super) fn said(&self) -> Option<&'static str> {
        self.said
    }

    pub(super) fn may(&self, right: Right, connection: &str) -> Result<(), Trouble> {
        Ok(self.caller.may(right, connection)?)
    }

    pub(super) fn has(&self, right: Right) -> bool {
        self.caller.key.rights.contains(&right)
    }

    pub(super) fn holds(&self, connection: &str) -> bool {
        self.caller.key.connections.hold(connection)
    }
}

impl FromRequestParts<Arc<Service>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, Response> {
        Self::of(parts, service).await
    }
}

#[derive(Debug, Deserialize, Default)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

/// The form that asks for a key.
pub(super) async fn ask(
    State(service): State<Arc<Service>>,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Trouble> {
    asked(&service, &next, None)
}

fn asked(service: &Service, next: &str, wrong: Option<&str>) -> Result<Response, Trouble> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| {
        Trouble::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "no random number is to be had",
        )
    })?;
    let random = hex(&random);
    let content = html! {
        @if let Some(wrong) = wrong { p.notice.bad role="alert" id="wrong" { (wrong) } }
        form.sheet method="post" action="/sign-in" {
            input type="hidden" name=(form::TOKEN) value=(random);
            input type="hidden" name="next" value=(local(next));
            label for="key" { "Key" }
            input id="key" name="key" type="password" required autocomplete="current-password"
                autofocus aria-describedby="key-hint" aria-invalid=[wrong.map(|_| "true")];
            p.hint id="key-hint" {
                "Whoever runs this service gives you one: " code { "clio key add" } " makes it."
            }
            button { "Sign in" }
        }
    };
    let status = wrong.map_or(StatusCode::OK, |_| StatusCode::FORBIDDEN);
    let mut response = layout::bare(status, "Sign in", &content);
    set(&mut response, service, FORM, &random, "/sign-in", 3600);
    Ok(response)
}

/// Begins a session.
pub(super) async fn sign_in(
    State(service): State<Arc<Service>>,
    peer: Peer,
    request: Request,
) -> Result<Response, Response> {
    let known = cookie(request.headers(), FORM)
        .unwrap_or_default()
        .to_owned();
    let fields = form::fields(request).await?;
    if !form::same(fields.get(form::TOKEN), &known) {
        return Err(form::not_ours());
    }
    let next = local(fields.get("next"));
    let key = key_of(&service, &peer, fields.get("key")).await;
    let Some(key) = key.map_err(|problem| response(problem.into()))? else {
        let wrong = "That is no key, or it has ended.";
        return asked(&service, next, Some(wrong)).map_err(response);
    };
    if !key.rights.contains(&Right::Read) {
        let wrong = "This key may not read, and the page shows what was done: use one that may.";
        return asked(&service, next, Some(wrong)).map_err(response);
    }
    let session = service.journal.add_session(&key);
    let session = session.map_err(|error| response(error.into()))?;
    let mut response = layout::to(next);
    set(
        &mut response,
        &service,
        name(&service),
        &session,
        "/",
        LIFE / 1000,
    );
    Ok(response)
}

/// Ends the session.
pub(super) async fn sign_out(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    _posted: Posted,
) -> Result<Response, Trouble> {
    let session = cookie(&headers, name(&service)).unwrap_or_default();
    service.journal.end_session(session)?;
    let mut response = layout::to("/sign-in");
    set(&mut response, &service, name(&service), "", "/", 0);
    Ok(response)
}

fn response(trouble: Trouble) -> Response {
    axum::response::IntoResponse::into_response(trouble)
}

/// The token of a session's forms. Who knows it does not know the session.
fn token(session: &str) -> String {
    Digest::of(format!("clio form {session}").as_bytes()).to_string()
}

/// The session's cookie. Over TLS the name says, and browsers see to it, that no
/// other host of the domain has set it.
fn name(service: &Service) -> &'static str {
    if service.settings.is_secure() {
        "__Host-clio_session"
    } else {
        "clio_session"
    }
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let fields = headers.get_all(header::COOKIE).into_iter();
    let pairs = fields.filter_map(|field| field.to_str().ok());
    pairs.flat_map(|field| field.split(';')).find_map(|pair| {
        let (known, value) = pair.trim().split_once('=')?;
        (known == name).then_some(value)
    })
}

fn set(
    response: &mut Response,
    service: &Service,
    name: &str,
    value: &str,
    path: &str,
    seconds: i64,
) {
    let secure = if service.settings.is_secure() {
        "; Secure"
    } else {
        ""
    };
    let text =
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    // Names, hexadecimal digits and paths of our own are a header field.
    if let Ok(field) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, field);
    }
}

/// The sign-in that leads on to what was asked for, where that can be shown.
fn sign_in_and(parts: &Parts) -> String {
    let path = parts.uri.path();
    if parts.method != http::Method::GET || path == "/" {
        return "/sign-in".to_owned();
    }
    let whole = parts.uri.path_and_query().map_or(path, |it| it.as_str());
    let next = whole
        .replace('%', "%25")
        .replace('&', "%26")
        .replace('+', "%2B");
    format!("/sign-in?next={next}")
}

/// A path of this page; anything else leads to the overview.
fn local(next: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    if next.starts_with('/') && !next.starts_with("//") && next.bytes().all(plain) {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        for path in ["/", "/history?status=failed", "/runs/abc"] {
            assert_eq!(local(path), path);
        }
        for elsewhere in [
            "",
            "https://elsewhere.example/",
            "//elsewhere.example/",
            "/\\elsewhere.example/",
            "/\t/elsewhere.example/",
            "/a\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        let field = HeaderValue::from_static("xclio_session=1; clio_session=2;a=b");
        headers.insert(header::COOKIE, field);
        assert_eq!(cookie(&headers, "clio_session"), Some("2"));
        assert_eq!(cookie(&headers, "a"), Some("b"));
        assert_eq!(cookie(&headers, "session"), None);
    }
}
