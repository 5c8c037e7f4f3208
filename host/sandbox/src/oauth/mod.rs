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

use std::collections::BTreeMap;

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::api::suspicious;
use crate::query;
use crate::token::Permissions;
use crate::world::World;

/// How long a code may be exchanged. Clio documents ten minutes.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// An application that is registered with Clio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its identifier, which is public.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Where Clio may send people back to, character by character. The page
    /// `/oauth/approval` of the sandbox is always among them.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// What was ticked for it.
    #[serde(default)]
    pub permissions: Permissions,
}

impl App {
    /// An application with every permission.
    pub fn new(client_id: &str, client_secret: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            redirect_uris: Vec::new(),
            permissions: Permissions::All,
        }
    }

    /// With one more address that Clio may send people back to.
    #[must_use]
    pub fn redirect_uri(mut self, uri: &str) -> Self {
        self.redirect_uris.push(uri.to_owned());
        self
    }
}

/// A code that waits to be exchanged.
#[derive(Debug, Clone)]
struct Code {
    client_id: String,
    redirect_uri: String,
    challenge: Option<Challenge>,
    expires: Timestamp,
}

/// What the verifier of a code must match (RFC 7636).
#[derive(Debug, Clone)]
enum Challenge {
    Plain(String),
    S256(String),
}

/// A person's consent, which lasts until it is taken back.
#[derive(Debug, Clone)]
struct Grant {
    client_id: String,
    permissions: Permissions,
    /// Access tokens that were issued under it.
    access: Vec<String>,
    revoked: bool,
}

/// Applications, codes and grants.
#[derive(Debug, Default)]
pub(crate) struct OAuth {
    apps: BTreeMap<String, App>,
    codes: BTreeMap<String, Code>,
    /// By refresh token. Where refreshing hands out another one, the old ones
    /// are gone.
    grants: BTreeMap<String, Grant>,
}

impl OAuth {
    pub(crate) fn register(&mut self, app: App) {
        self.apps.insert(app.client_id.clone(), app);
    }
}

impl World {
    /// A person takes back every consent in Clio's settings.
    pub(crate) fn revoke_grants(&mut self) {
        let mut access = Vec::new();
        for grant in self.oauth.grants.values_mut() {
            grant.revoked = true;
            access.append(&mut grant.access);
        }
        self.revoke_access(&access);
    }

    fn revoke_access(&mut self, tokens: &[String]) {
        for token in tokens {
            if let Some(token) = self.tokens.get_mut(token) {
                token.revoked = true;
            }
        }
    }

    /// Whether a redirect URI is one of the application's.
    fn is_registered(&self, app: &App, uri: &str) -> bool {
        app.redirect_uris.iter().any(|known| known == uri)
            || uri == format!("{}/oauth/approval", self.origin)
    }
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
pub(crate) fn serve(world: &mut World, request: &OAuthRequest<'_>) -> Answer {
    world.tick();
    if world.switches.firewall && suspicious(request.headers) {
        return Answer::html(403, "Forbidden");
    }
    let body = String::from_utf8_lossy(request.body);
    match (request.method, request.path) {
        ("GET", "/authorize") => page::ask(world, &Form::decode(request.query)),
        ("POST", "/authorize") => page::decide(world, &Form::decode(&body)),
        ("GET", "/approval") => page::approval(&Form::decode(request.query)),
        ("POST", "/token") => token::issue(world, &Form::decode(&body)),
        ("POST", "/deauthorize") => {
            token::deauthorize(world, request.headers, &Form::decode(&body))
        }
        _ => Answer::html(404, "Not Found"),
    }
}
