//! Who may use the account: applications, and the codes, consents and tokens that
//! were handed out.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::switches::Switches;
use crate::token::{Permissions, RateLimit, RateState, RateWindow, Token, TokenSpec, random_token};

/// The application that tokens belong to unless they say another.
pub(crate) const DEFAULT_APP: &str = "sandbox";

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
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires: Timestamp,
}

/// What the verifier of a code must match (RFC 7636).
#[derive(Debug, Clone)]
pub(crate) enum Challenge {
    Plain(String),
    S256(String),
}

/// A person's consent, which lasts until it is taken back.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) permissions: Permissions,
    /// Access tokens that were issued under it.
    pub(crate) access: Vec<String>,
    pub(crate) revoked: bool,
}

/// Everything that was handed out.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) codes: BTreeMap<String, Code>,
    /// By refresh token. Where refreshing hands out another one, the old ones
    /// are gone.
    pub(crate) grants: BTreeMap<String, Grant>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) rate: RateLimit,
}

impl Credentials {
    pub(crate) fn register(&mut self, app: App) {
        self.apps.insert(app.client_id.clone(), app);
    }

    /// Issues an access token; `None` when the system has no randomness to give.
    pub(crate) fn issue(
        &mut self,
        spec: TokenSpec,
        now: Timestamp,
        switches: &Switches,
    ) -> Option<String> {
        let value = spec.value.or_else(|| random_token().ok())?;
        let life = spec.expires_in.unwrap_or(switches.token_life);
        let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
        let token = Token {
            permissions: spec.permissions,
            region: spec.region.unwrap_or(switches.region),
            expires: now.checked_add(life).unwrap_or(Timestamp::MAX),
            revoked: false,
            app: spec.app.unwrap_or_else(|| DEFAULT_APP.to_owned()),
            window: RateWindow::default(),
        };
        self.tokens.insert(value.clone(), token);
        Some(value)
    }

    pub(crate) fn revoke(&mut self, tokens: &[String]) {
        for token in tokens {
            if let Some(token) = self.tokens.get_mut(token) {
                token.revoked = true;
            }
        }
    }

    /// Takes back the consents that a condition holds for, and the tokens that
    /// came from them.
    pub(crate) fn revoke_grants(&mut self, meant: impl Fn(&Grant) -> bool) {
        let mut access = Vec::new();
        for grant in self.grants.values_mut().filter(|grant| meant(grant)) {
            grant.revoked = true;
            access.append(&mut grant.access);
        }
        self.revoke(&access);
    }

    /// Changes the rate limit, and forgets what tokens have used.
    pub(crate) fn set_rate(&mut self, rate: RateLimit) {
        self.rate = rate;
        for token in self.tokens.values_mut() {
            token.window = RateWindow::default();
        }
    }

    /// Counts a request of a token that is known; returns it too.
    pub(crate) fn count(&mut self, token: &str, now: Timestamp) -> Option<(Token, RateState)> {
        let token = self.tokens.get_mut(token)?;
        let state = token.window.take(now, self.rate);
        Some((token.clone(), state))
    }
}
