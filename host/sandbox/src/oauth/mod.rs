//! Clio's OAuth 2.0 endpoints: authorize, token, deauthorize and approval.
//!
//! As Clio documents them: the authorization-code grant and refresh, exact
//! redirect URIs, a code of ten minutes, refresh tokens that do not expire and
//! may be used again. Two things are not documented and are switches: whether a
//! refresh hands out another refresh token, and how long access tokens live.
//! PKCE is not documented either; a challenge that was sent is verified.
//!
//! What must stay true: nothing is redirected to an address that the
//! application did not register.

mod page;
mod token;

use http::HeaderMap;
use jiff::SignedDuration;

use crate::answer::Answer;
use crate::api::suspicious;
use crate::credentials::App;
use crate::query;
use crate::state::State;
use crate::world::World;

/// How long a code may be exchanged. Clio documents ten minutes.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Whether a redirect URI is one of the application's.
fn is_registered(world: &World, app: &App, uri: &str) -> bool {
    app.redirect_uris.iter().any(|known| known == uri)
        || uri == format!("{}/oauth/approval", world.origin)
}

/// A request under `/oauth`, its body read.
pub(crate) struct OAuthRequest<'a> {
    pub(crate) method: &'a str,
    /// The path after `/oauth`.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// The members of a form or a query. Of a name that stands twice, the first.
struct Form(Vec<(String, String)>);

impl Form {
    fn decode(text: &str) -> Self {
        Self(query::decode(text))
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }
}

/// Serves one request. The answer still lacks the `Date` header.
pub(crate) fn serve(state: &mut State, request: &OAuthRequest<'_>) -> Answer {
    state.tick();
    if state.world.switches.firewall && suspicious(request.headers) {
        return Answer::html(403, "Forbidden");
    }
    let body = String::from_utf8_lossy(request.body);
    match (request.method, request.path) {
        ("GET", "/authorize") => page::ask(state, &Form::decode(request.query)),
        ("POST", "/authorize") => page::decide(state, &Form::decode(&body)),
        ("GET", "/approval") => page::approval(&Form::decode(request.query)),
        ("POST", "/token") => token::issue(state, &Form::decode(&body)),
        ("POST", "/deauthorize") => {
            token::deauthorize(state, request.headers, &Form::decode(&body))
        }
        _ => Answer::html(404, "Not Found"),
    }
}
