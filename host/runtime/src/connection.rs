//! A connection: one Clio account, how to authorize for it, and its rate budget.
//!
//! Everything that shares an access token shares its limit of requests a
//! minute, so the budget lives here, and clones of a connection share it. Two
//! connections made from one token would each believe in a whole budget: make
//! one and clone it, or let them share one by name ([`Connection::sharing`]).
//!
//! What must stay true: no token is printed by `Debug`, `Display`, an error or
//! a log, and none leaves for another origin than the connection's own.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq as _;

use crate::budget::{BudgetLevel, Budgets, Class, RateBudget};
use crate::origin::Origin;

/// An OAuth 2.0 access token of Clio. It is opaque: its form has no meaning.
#[derive(Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// The value of the `Authorization` field, marked so that neither logs nor
    /// header compression keep it.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, CredentialError> {
        let token = self.0.expose_secret();
        // RFC 6750: a bearer is visible ASCII. Anything else is a paste error,
        // such as a newline at the end.
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CredentialError::Malformed);
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| CredentialError::Malformed)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Whether this is the same token, without telling how far two are alike.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.0.expose_secret(), other.0.expose_secret());
        ours.as_bytes().ct_eq(theirs.as_bytes()).into()
    }
}

impl From<SecretString> for AccessToken {
    fn from(token: SecretString) -> Self {
        Self(token)
    }
}

impl From<String> for AccessToken {
    fn from(token: String) -> Self {
        Self(token.into())
    }
}

impl From<&str> for AccessToken {
    fn from(token: &str) -> Self {
        Self(token.into())
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// Why there is no usable token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The token holds something that no token has.
    #[error(
        "the access token is empty or holds a space, a line break or another character that no \
         token has; paste it again"
    )]
    Malformed,
    /// There is no token, or the refresh token was revoked.
    #[error("the account is not connected, or its connection was revoked; connect it again")]
    NotConnected,
    /// The same, where it is known which connection it is and how to connect it.
    #[error("the connection {name:?} is not connected, or its consent was withdrawn; {reconnect}")]
    Withdrawn {
        /// The connection's name.
        name: String,
        /// What to do.
        reconnect: String,
    },
    /// The name leads to another account than the one that was begun for.
    #[error(
        "the connection {name:?} leads to another account now than when this began: nothing more \
         is sent; run it anew for the account that is meant"
    )]
    Relinked {
        /// The connection's name.
        name: String,
    },
    /// The vault that holds the token cannot be used.
    #[error("{0}")]
    Vault(String),
    /// A token could not be had just now.
    #[error("no access token could be had just now: {0}; repeat later")]
    Unavailable(String),
}

/// Where a connection's tokens come from: a fixed token, or a vault that
/// refreshes them.
///
/// Implementations must be safe to call from several calls at once, and should
/// refresh only once for all of them.
pub trait CredentialProvider: Send + Sync + 'static {
    /// The token to send now. Asked before each request, so a provider that
    /// knows the expiry can refresh ahead of it.
    fn bearer(&self) -> BoxFuture<'_, Result<AccessToken, CredentialError>>;

    /// Asked after Clio answered 401 to a request with the token `rejected`.
    /// Returns another token, with which the request is sent once more, or
    /// `None` when there is none.
    fn refreshed_after_401<'a>(
        &'a self,
        rejected: &'a AccessToken,
    ) -> BoxFuture<'a, Result<Option<AccessToken>, CredentialError>>;
}

/// A token that never changes.
struct FixedToken(AccessToken);

impl CredentialProvider for FixedToken {
    fn bearer(&self) -> BoxFuture<'_, Result<AccessToken, CredentialError>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn refreshed_after_401<'a>(
        &'a self,
        _rejected: &'a AccessToken,
    ) -> BoxFuture<'a, Result<Option<AccessToken>, CredentialError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// One Clio account: its origin, its credential and its rate budget.
///
/// Clones share the rate budget, as Clio counts requests by token.
#[derive(Clone)]
pub struct Connection {
    inner: Arc<Inner>,
    name: Option<Arc<str>>,
    account: Option<Arc<str>>,
    budget: RateBudget,
    class: Class,
}

struct Inner {
    origin: Origin,
    credential: Box<dyn CredentialProvider>,
}

impl Connection {
    /// A connection with a fixed access token.
    #[must_use]
    pub fn new(origin: Origin, token: AccessToken) -> Self {
        Self::with_provider(origin, FixedToken(token))
    }

    /// A connection whose tokens come from a provider.
    #[must_use]
    pub fn with_provider(origin: Origin, credential: impl CredentialProvider) -> Self {
        Self {
            inner: Arc::new(Inner {
                origin,
                credential: Box::new(credential),
            }),
            name: None,
            account: None,
            budget: RateBudget::new(),
            class: Class::default(),
        }
    }

    /// Gives this clone a name, under which it stands in the journal. The name
    /// is the operator's; it must hold no client data.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says which account of its origin this clone leads to, by what tells it
    /// from the others there. It stands in the journal, so it must be an id and
    /// no name.
    #[must_use]
    pub fn of_account(mut self, id: &str) -> Self {
        self.account = Some(id.into());
        self
    }

    /// Lets this clone share the budget of that name. The name stands for the access
    /// token, for Clio counts by it; it must hold no secret.
    #[must_use]
    pub fn sharing(mut self, budgets: &Budgets, name: &str) -> Self {
        self.budget = budgets.of(name);
        self
    }

    /// Says what asks by this clone, where several share a budget. Default: somebody
    /// who waits.
    #[must_use]
    pub fn in_class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// The account: its origin and, where it is known, its id, such as
    /// `https://eu.app.clio.com#31`. The same for the same account, whatever its
    /// connection is called.
    #[must_use]
    pub fn account(&self) -> String {
        match &self.account {
            Some(id) => format!("{}#{id}", self.origin()),
            None => self.origin().to_string(),
        }
    }

    /// The connection's name, or its origin where it has none.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => name.to_string(),
            None => self.origin().to_string(),
        }
    }

    /// The origin of the account's region. The credential goes nowhere else.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.inner.origin
    }

    /// How much is left of the rate budget, for metrics.
    #[must_use]
    pub fn budget_level(&self) -> BudgetLevel {
        self.budget().level()
    }

    /// The budget of requests that everyone with this connection shares.
    pub(crate) fn budget(&self) -> &RateBudget {
        &self.budget
    }

    pub(crate) fn class(&self) -> Class {
        self.class
    }

    pub(crate) fn credential(&self) -> &dyn CredentialProvider {
        &*self.inner.credential
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("origin", &self.inner.origin)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECRET: &str = "12-s3cret-t0ken";

    #[test]
    fn no_token_is_printed() {
        let token = AccessToken::from(SECRET);
        let connection = Connection::new(
            Origin::parse("https://app.clio.com").unwrap(),
            token.clone(),
        );
        let printed = format!(
            "{token:?} {connection:?} {:?}",
            token.authorization().unwrap()
        );
        assert!(!printed.contains("s3cret"), "{printed}");
        let error = AccessToken::from("s3cret\n").authorization().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn a_token_with_a_paste_error_is_refused() {
        for bad in ["", "a b", "a\n", "a\r\nHost: evil", "tök", "a\0"] {
            let result = AccessToken::from(bad).authorization();
            assert_eq!(result.unwrap_err(), CredentialError::Malformed);
        }
    }

    #[test]
    fn tokens_are_compared_whole() {
        let token = AccessToken::from(SECRET);
        assert!(token.is_same(&AccessToken::from(SECRET)));
        assert!(!token.is_same(&AccessToken::from("12-s3cret-t0keN")));
        assert!(!token.is_same(&AccessToken::from("12-s3cret")));
    }
}
