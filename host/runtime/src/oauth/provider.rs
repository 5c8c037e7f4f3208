//! A connection's tokens out of the vault, renewed ahead of their expiry.
//!
//! Everyone who needs a token at once waits for one renewal: tasks of a process
//! for each other by a mutex, processes by a lock file, and whoever had to wait
//! reads the vault anew before asking Clio. The renewal runs as a task of its
//! own: a call that is dropped meanwhile does not lose what Clio answered.
//!
//! A name can be led to another account while somebody works on the former. So
//! the tokens belong to the account that was begun for: whatever is read out of
//! the vault is compared with it, and the vault is looked at before each request.
//!
//! What must stay true: one renewal at a time for each connection; a renewed
//! token stands in the vault before it is used; no token, refresh token or secret
//! of another account is used, nor sent to another origin than it was given for.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::saved::{Place, millis};
use super::{OAuthError, Tokens};
use crate::connection::{AccessToken, Connection, CredentialError, CredentialProvider};
use crate::egress::network::Network;
use crate::origin::{Origin, OriginError};
use crate::vault::{SavedAccount, SavedConnection, SavedCredentials, Stamp, Vault, VaultError};

/// A token is renewed this long before it expires, or earlier in the last fifth
/// of a short life.
const AHEAD: Duration = Duration::from_secs(600);
/// A refusal for good is believed for this long before Clio is asked again.
const REFUSAL: Duration = Duration::from_secs(30);

/// The tokens of one connection in a vault. Clones share everything.
#[derive(Clone)]
pub struct SavedTokens {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    origin: Origin,
    /// The account that they are for.
    account: Option<SavedAccount>,
    network: Network,
    /// What to type to connect again.
    reconnect: String,
    held: RwLock<Option<Held>>,
    /// Held by the one task that renews; its content is the last refusal.
    renewal: Mutex<Option<Instant>>,
}

/// A token that was read from the vault.
#[derive(Clone)]
struct Held {
    token: AccessToken,
    /// When it should be renewed; `None`: nobody said when it expires.
    renew: Option<SystemTime>,
    expires: Option<SystemTime>,
    /// The vault that it was read from; `None`: it has to be looked up again.
    vault: Option<Stamp>,
}

impl Held {
    fn of(saved: &SavedCredentials, vault: Option<Stamp>) -> Self {
        let instant = |ms: u64| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ms));
        let expires = saved.expires_ms.and_then(instant);
        let life = saved
            .expires_ms
            .map(|expires| Duration::from_millis(expires.saturating_sub(saved.issued_ms)));
        let ahead = life.map_or(AHEAD, |life| AHEAD.min(life / 5));
        Self {
            token: AccessToken::from(SecretString::from(&saved.access_token)),
            renew: expires.and_then(|expires| expires.checked_sub(ahead)),
            expires,
            vault,
        }
    }

    /// Whether it may be sent again after Clio refused the token `rejected`.
    fn is_other(&self, rejected: Option<&AccessToken>) -> bool {
        rejected.is_none_or(|rejected| !rejected.is_same(&self.token))
    }

    fn is_fresh(&self) -> bool {
        self.renew.is_none_or(|renew| SystemTime::now() < renew)
    }

    fn is_alive(&self) -> bool {
        self.expires
            .is_none_or(|expires| SystemTime::now() < expires)
    }
}

impl SavedTokens {
    /// The tokens of the connection `name`, for as long as it leads to this
    /// origin and account: what `saved`, as it was read from the vault, says.
    /// `reconnect` is what a person types to connect it again; errors carry it.
    ///
    /// # Errors
    /// When the saved origin is none.
    pub fn new(
        vault: Vault,
        name: &str,
        saved: &SavedConnection,
        network: Network,
        reconnect: &str,
    ) -> Result<Self, OriginError> {
        Ok(Self {
            inner: Arc::new(Inner {
                place: Place::new(&vault, name),
                origin: Origin::allow(&saved.origin)?,
                account: saved.account.clone(),
                network,
                reconnect: reconnect.to_owned(),
                held: RwLock::new(None),
                renewal: Mutex::new(None),
            }),
        })
    }

    /// The connection that these tokens are for: its origin, its name, and its
    /// account where that is known.
    #[must_use]
    pub fn connection(&self) -> Connection {
        let Inner {
            place,
            origin,
            account,
            ..
        } = &*self.inner;
        let connection = Connection::with_provider(origin.clone(), self.clone()).named(&place.name);
        match account {
            Some(account) => connection.of_account(&account.id),
            None => connection,
        }
    }

    async fn token(&self, rejected: Option<AccessToken>) -> Result<AccessToken, CredentialError> {
        if let Some(held) = self.inner.usable(rejected.as_ref()) {
            return Ok(held.token);
        }
        let inner = Arc::clone(&self.inner);
        let renewed = tokio::spawn(async move { inner.renewed(rejected).await }).await;
        renewed.unwrap_or_else(|_| {
            let ended = "the renewal ended early";
            Err(CredentialError::Unavailable(ended.to_owned()))
        })
    }
}

impl Inner {
    /// The token that is held, unless it is due, was rejected, or the vault has
    /// been changed since.
    fn usable(&self, rejected: Option<&AccessToken>) -> Option<Held> {
        let held = self.serving(rejected)?;
        (held.vault.is_some() && held.vault == self.place.vault.stamp()).then_some(held)
    }

    /// The token that is held, unless it is due or was rejected.
    fn serving(&self, rejected: Option<&AccessToken>) -> Option<Held> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let held = held.clone();
        held.filter(|held| held.is_fresh() && held.is_other(rejected))
    }

    fn hold(&self, saved: &SavedCredentials, vault: Option<Stamp>) -> Held {
        let held = Held::of(saved, vault);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held.clone());
        held
    }

    /// A token that is fresh and not `rejected`: out of the vault where another
    /// task or process has put one, else from Clio.
    async fn renewed(
        self: Arc<Self>,
        rejected: Option<AccessToken>,
    ) -> Result<AccessToken, CredentialError> {
        let rejected = rejected.as_ref();
        let mut refusal = self.renewal.lock().await;
        if let Some(held) = self.usable(rejected) {
            return Ok(held.token);
        }
        match (self.saved().await, self.serving(rejected)) {
            (Ok(saved), _) => {
                if let Some(held) = saved.usable(&self, rejected) {
                    return Ok(held.token);
                }
            }
            // What is held is the account's own, whatever became of the vault.
            (Err(CredentialError::Vault(_) | CredentialError::Unavailable(_)), Some(held)) => {
                return Ok(held.token);
            }
            (Err(error), _) => return Err(error),
        }
        if refusal.is_some_and(|at| at.elapsed() < REFUSAL) {
            return Err(self.not_connected());
        }
        let _lock = self.place.lock().await.map_err(unusable)?;
        // Another process may have renewed it while this one waited.
        let saved = self.saved().await?;
        if let Some(held) = saved.usable(&self, rejected) {
            return Ok(held.token);
        }
        let credentials = saved
            .connection
            .credentials
            .ok_or_else(|| self.not_connected())?;
        // A token that is merely due still serves while Clio cannot be asked.
        let due = Held::of(&credentials, None);
        let due = due.is_alive() && due.is_other(rejected);
        match self.ask(&credentials).await {
            Ok(tokens) => {
                let renewed = credentials.renewed(tokens);
                let kept = renewed.clone();
                self.keep(move |credentials| *credentials = kept).await?;
                tracing::debug!(connection = %self.place.name, "access token renewed");
                Ok(self.hold(&renewed, None).token)
            }
            Err(error) if due => {
                tracing::warn!(connection = %self.place.name, %error, "the access token is due and could not be renewed");
                Ok(Held::of(&credentials, None).token)
            }
            Err(OAuthError::InvalidGrant | OAuthError::InvalidClient) => {
                *refusal = Some(Instant::now());
                let now = Some(millis(SystemTime::now()));
                self.keep(move |credentials| credentials.refused_ms = now)
                    .await?;
                Err(self.not_connected())
            }
            Err(error) => Err(CredentialError::Unavailable(error.to_string())),
        }
    }

    async fn ask(&self, credentials: &SavedCredentials) -> Result<Tokens, OAuthError> {
        let Some(refresh) = &credentials.refresh_token else {
            return Err(OAuthError::InvalidGrant);
        };
        let oauth = credentials.endpoints(self.origin.clone(), self.network.clone());
        oauth.refresh(&SecretString::from(refresh)).await
    }

    /// The connection as the vault has it now, if it leads to the same account.
    async fn saved(&self) -> Result<Saved, CredentialError> {
        let (saved, vault) = self.place.read().await.map_err(unusable)?;
        let connection = saved.ok_or_else(|| self.not_connected())?;
        if !leads_to(&connection, &self.origin, self.account.as_ref()) {
            return Err(CredentialError::Relinked {
                name: self.place.name.clone(),
            });
        }
        Ok(Saved { connection, vault })
    }

    /// Changes the credentials in the vault; a connection that was disconnected
    /// or relinked meanwhile stays so.
    async fn keep(
        &self,
        change: impl FnOnce(&mut SavedCredentials) + Send + 'static,
    ) -> Result<(), CredentialError> {
        let (origin, account) = (self.origin.clone(), self.account.clone());
        let change = move |saved: &mut Option<SavedConnection>| {
            let ours = saved.as_mut();
            let ours = ours.filter(|it| leads_to(it, &origin, account.as_ref()));
            ours.and_then(|it| it.credentials.as_mut()).map(change);
        };
        self.place.update(change).await.map_err(unusable)
    }

    fn not_connected(&self) -> CredentialError {
        CredentialError::Withdrawn {
            name: self.place.name.clone(),
            reconnect: self.reconnect.clone(),
        }
    }
}

/// Whether a connection leads to an account.
fn leads_to(saved: &SavedConnection, origin: &Origin, account: Option<&SavedAccount>) -> bool {
    let meant = SavedConnection {
        origin: origin.to_string(),
        account: account.cloned(),
        credentials: None,
    };
    saved.leads_where(&meant)
}

/// A connection as it was read, and the vault that it was read from.
struct Saved {
    connection: SavedConnection,
    vault: Option<Stamp>,
}

impl Saved {
    /// The saved token, held from now on, unless it is due or was rejected.
    fn usable(&self, inner: &Inner, rejected: Option<&AccessToken>) -> Option<Held> {
        let credentials = self.connection.credentials.as_ref()?;
        let held = inner.hold(credentials, self.vault);
        (held.is_fresh() && held.is_other(rejected)).then_some(held)
    }
}

fn unusable(error: VaultError) -> CredentialError {
    match error {
        VaultError::Busy(_) => CredentialError::Unavailable(error.to_string()),
        _ => CredentialError::Vault(error.to_string()),
    }
}

impl CredentialProvider for SavedTokens {
    fn bearer(&self) -> BoxFuture<'_, Result<AccessToken, CredentialError>> {
        Box::pin(self.token(None))
    }

    fn refreshed_after_401<'a>(
        &'a self,
        rejected: &'a AccessToken,
    ) -> BoxFuture<'a, Result<Option<AccessToken>, CredentialError>> {
        Box::pin(async move { self.token(Some(rejected.clone())).await.map(Some) })
    }
}

impl fmt::Debug for SavedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedTokens")
            .field("name", &self.inner.place.name)
            .field("origin", &self.inner.origin)
            .finish_non_exhaustive()
    }
}
