//! A connection's tokens out of the vault, renewed ahead of their expiry.
//!
//! Everyone who needs a token at once waits for one renewal: tasks of a process
//! for each other by a mutex, processes by a lock file, and whoever had to wait
//! reads the vault anew before asking Clio. The renewal runs as a task of its
//! own: a call that is dropped meanwhile does not lose what Clio answered.
//!
//! What must stay true: one renewal at a time for each connection; a renewed
//! token stands in the vault before it is used.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::{ClientCredentials, OAuth, OAuthError, Tokens};
use crate::connection::{AccessToken, CredentialError, CredentialProvider};
use crate::egress::network::Network;
use crate::origin::Origin;
use crate::vault::{FileLock, SavedConnection, SavedCredentials, Secret, Vault, VaultError};

/// A token is renewed this long before it expires, or earlier in the last fifth
/// of a short life.
const AHEAD: Duration = Duration::from_secs(600);
/// A refusal for good is believed for this long before Clio is asked again.
const REFUSAL: Duration = Duration::from_secs(30);
/// How long another process's renewal is waited for: longer than its timeouts.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(20);

/// The tokens of one connection in a vault. Clones share everything.
#[derive(Clone)]
pub struct SavedTokens {
    inner: Arc<Inner>,
}

struct Inner {
    vault: Vault,
    name: String,
    origin: Origin,
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
}

impl Held {
    fn of(saved: &SavedCredentials) -> Self {
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
        }
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
    /// The tokens of the connection `name`. `reconnect` is what a person types
    /// to connect it again; errors carry it.
    #[must_use]
    pub fn new(
        vault: Vault,
        name: &str,
        origin: Origin,
        network: Network,
        reconnect: &str,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                vault,
                name: name.to_owned(),
                origin,
                network,
                reconnect: reconnect.to_owned(),
                held: RwLock::new(None),
                renewal: Mutex::new(None),
            }),
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
    /// The token that is held, unless it is due or was rejected.
    fn usable(&self, rejected: Option<&AccessToken>) -> Option<Held> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.clone().filter(|held| {
            held.is_fresh() && rejected.is_none_or(|rejected| !rejected.is_same(&held.token))
        })
    }

    fn hold(&self, saved: &SavedCredentials) -> Held {
        let held = Held::of(saved);
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
        if let Some(held) = self.clone().saved().await?.usable(&self, rejected) {
            return Ok(held.token);
        }
        if refusal.is_some_and(|at| at.elapsed() < REFUSAL) {
            return Err(self.not_connected());
        }
        let _lock = self.clone().lock().await?;
        // Another process may have renewed it while this one waited.
        let saved = self.clone().saved().await?;
        if let Some(held) = saved.usable(&self, rejected) {
            return Ok(held.token);
        }
        let credentials = saved.0.credentials.ok_or_else(|| self.not_connected())?;
        // A token that is merely due still serves while Clio cannot be asked.
        let due = Held::of(&credentials);
        let due = due.is_alive() && rejected.is_none_or(|rejected| !rejected.is_same(&due.token));
        match self.ask(&credentials).await {
            Ok(tokens) => {
                let saved = renewed(credentials, tokens);
                let kept = saved.clone();
                self.clone()
                    .keep(move |credentials| *credentials = kept)
                    .await?;
                tracing::debug!(connection = %self.name, "access token renewed");
                Ok(self.hold(&saved).token)
            }
            Err(error) if due => {
                tracing::warn!(connection = %self.name, %error, "the access token is due and could not be renewed");
                Ok(Held::of(&credentials).token)
            }
            Err(OAuthError::InvalidGrant | OAuthError::InvalidClient) => {
                *refusal = Some(Instant::now());
                let now = millis(SystemTime::now());
                self.clone()
                    .keep(move |credentials| credentials.refused_ms = Some(now))
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
        let client = ClientCredentials {
            id: credentials.client_id.clone(),
            secret: SecretString::from(&credentials.client_secret),
        };
        let oauth = OAuth::new(self.origin.clone(), client, self.network.clone());
        oauth.refresh(&SecretString::from(refresh)).await
    }

    /// The connection as the vault has it now.
    async fn saved(self: Arc<Self>) -> Result<Saved, CredentialError> {
        let inner = Arc::clone(&self);
        let contents = aside(move || inner.vault.read()).await?;
        let saved = contents.connections.get(&self.name).cloned();
        saved.map(Saved).ok_or_else(|| self.not_connected())
    }

    /// Changes the credentials in the vault; one that was disconnected
    /// meanwhile stays so.
    async fn keep(
        self: Arc<Self>,
        change: impl FnOnce(&mut SavedCredentials) + Send + 'static,
    ) -> Result<(), CredentialError> {
        let inner = Arc::clone(&self);
        aside(move || {
            inner.vault.update(|contents| {
                let saved = contents.connections.get_mut(&inner.name);
                if let Some(credentials) = saved.and_then(|saved| saved.credentials.as_mut()) {
                    change(credentials);
                }
            })
        })
        .await
    }

    /// Takes the connection's lock between processes.
    async fn lock(self: Arc<Self>) -> Result<FileLock, CredentialError> {
        lock(&self.vault, &self.name).await.map_err(unusable)
    }

    fn not_connected(&self) -> CredentialError {
        CredentialError::Withdrawn {
            name: self.name.clone(),
            reconnect: self.reconnect.clone(),
        }
    }
}

/// Takes the lock under which a connection's tokens are renewed or removed.
pub(crate) async fn lock(vault: &Vault, name: &str) -> Result<FileLock, VaultError> {
    let digest = Sha256::digest(name);
    let file: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
    let file = format!("{file}.renewal");
    let began = Instant::now();
    loop {
        let (vault, name) = (vault.clone(), file.clone());
        let taken = tokio::task::spawn_blocking(move || vault.try_lock(&name)).await;
        match taken {
            Ok(Ok(Some(lock))) => return Ok(lock),
            Ok(Ok(None)) if began.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            Ok(Err(error)) => return Err(error),
            _ => return Err(VaultError::Busy(file.into())),
        }
    }
}

struct Saved(SavedConnection);

impl Saved {
    /// The saved token, held from now on, unless it is due or was rejected.
    fn usable(&self, inner: &Inner, rejected: Option<&AccessToken>) -> Option<Held> {
        let held = inner.hold(self.0.credentials.as_ref()?);
        let other = rejected.is_none_or(|rejected| !rejected.is_same(&held.token));
        (held.is_fresh() && other).then_some(held)
    }
}

/// Credentials with new tokens. A refresh token stays unless another came.
fn renewed(former: SavedCredentials, tokens: Tokens) -> SavedCredentials {
    let refresh = tokens.refresh.map(Secret::from).or(former.refresh_token);
    SavedCredentials {
        client_id: former.client_id,
        client_secret: former.client_secret,
        access_token: tokens.access.into(),
        refresh_token: refresh,
        issued_ms: millis(tokens.issued),
        expires_ms: tokens.life.map(|life| {
            let life = u64::try_from(life.as_millis()).unwrap_or(u64::MAX);
            millis(tokens.issued).saturating_add(life)
        }),
        refused_ms: None,
    }
}

impl SavedCredentials {
    /// The credentials that a first exchange gave.
    #[must_use]
    pub fn issued(client: &ClientCredentials, tokens: Tokens) -> Self {
        let former = Self {
            client_id: client.id.clone(),
            client_secret: client.secret.clone().into(),
            access_token: tokens.access.clone().into(),
            refresh_token: None,
            issued_ms: 0,
            expires_ms: None,
            refused_ms: None,
        };
        renewed(former, tokens)
    }
}

pub(super) fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// Does file work off the threads that drive calls.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, CredentialError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(unusable),
        Err(_) => Err(CredentialError::Unavailable(
            "the vault's thread ended early".to_owned(),
        )),
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
            .field("name", &self.inner.name)
            .field("origin", &self.inner.origin)
            .finish_non_exhaustive()
    }
}
