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
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::{ClientCredentials, OAuth, OAuthError, Tokens};
use crate::connection::{AccessToken, Connection, CredentialError, CredentialProvider};
use crate::egress::network::Network;
use crate::origin::{Origin, OriginError};
use crate::vault::{
    FileLock, SavedAccount, SavedConnection, SavedCredentials, Secret, Stamp, Vault, VaultError,
};

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
                vault,
                name: name.to_owned(),
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
            origin,
            name,
            account,
            ..
        } = &*self.inner;
        let connection = Connection::with_provider(origin.clone(), self.clone()).named(name);
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
        (held.vault.is_some() && held.vault == self.vault.stamp()).then_some(held)
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
        match (self.clone().saved().await, self.serving(rejected)) {
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
        let _lock = self.clone().lock().await?;
        // Another process may have renewed it while this one waited.
        let saved = self.clone().saved().await?;
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
                let saved = renewed(credentials, tokens);
                let kept = saved.clone();
                self.clone()
                    .keep(move |credentials| *credentials = kept)
                    .await?;
                tracing::debug!(connection = %self.name, "access token renewed");
                Ok(self.hold(&saved, None).token)
            }
            Err(error) if due => {
                tracing::warn!(connection = %self.name, %error, "the access token is due and could not be renewed");
                Ok(Held::of(&credentials, None).token)
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

    /// The connection as the vault has it now, if it leads to the same account.
    async fn saved(self: Arc<Self>) -> Result<Saved, CredentialError> {
        let inner = Arc::clone(&self);
        let (vault, contents) = aside(move || {
            // Before it is read: what is changed in between is then noticed.
            let vault = inner.vault.stamp();
            Ok((vault, inner.vault.read()?))
        })
        .await?;
        let Some(connection) = contents.connections.get(&self.name).cloned() else {
            return Err(self.not_connected());
        };
        if !self.is_of(&connection) {
            return Err(CredentialError::Relinked {
                name: self.name.clone(),
            });
        }
        Ok(Saved { connection, vault })
    }

    /// Whether a connection leads to the account that these tokens are for.
    fn is_of(&self, connection: &SavedConnection) -> bool {
        let ours = SavedConnection {
            origin: self.origin.to_string(),
            account: self.account.clone(),
            credentials: None,
        };
        connection.leads_where(&ours)
    }

    /// Changes the credentials in the vault; one that was disconnected or
    /// relinked meanwhile stays so.
    async fn keep(
        self: Arc<Self>,
        change: impl FnOnce(&mut SavedCredentials) + Send + 'static,
    ) -> Result<(), CredentialError> {
        let inner = Arc::clone(&self);
        aside(move || {
            inner.vault.update(|contents| {
                let saved = contents.connections.get_mut(&inner.name);
                let saved = saved.filter(|saved| inner.is_of(saved));
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

/// Credentials with new tokens. A refresh token stays unless another came.
pub(super) fn renewed(former: SavedCredentials, tokens: Tokens) -> SavedCredentials {
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
