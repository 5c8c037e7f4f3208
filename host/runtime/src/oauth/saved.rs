//! One connection as it is saved in a vault.
//!
//! File work happens off the threads that drive calls. Who renews a connection's
//! tokens or takes them out holds its lock, between tasks and between processes:
//! else a renewal elsewhere would write the former tokens over the new ones.

use std::time::{Duration, Instant, SystemTime};

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use super::{ClientCredentials, OAuth, Tokens};
use crate::egress::network::Network;
use crate::origin::Origin;
use crate::vault::{FileLock, SavedConnection, SavedCredentials, Secret, Stamp, Vault, VaultError};

/// How long another process's renewal is waited for: longer than its timeouts.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(20);

/// Where a connection stands in a vault.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) vault: Vault,
    pub(super) name: String,
}

impl Place {
    pub(super) fn new(vault: &Vault, name: &str) -> Self {
        Self {
            vault: vault.clone(),
            name: name.to_owned(),
        }
    }

    /// Takes the lock under which the connection's tokens are renewed or removed.
    pub(super) async fn lock(&self) -> Result<FileLock, VaultError> {
        let file = format!("{:.16x}.renewal", Sha256::digest(&self.name));
        let began = Instant::now();
        loop {
            let name = file.clone();
            match self.aside(move |it| it.vault.try_lock(&name)).await? {
                Some(lock) => return Ok(lock),
                None if began.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
                None => return Err(VaultError::Busy(file.into())),
            }
        }
    }

    /// The connection, and the vault that it was read from.
    pub(super) async fn read(
        &self,
    ) -> Result<(Option<SavedConnection>, Option<Stamp>), VaultError> {
        self.aside(|it| {
            // Before it is read: what is changed in between is then noticed.
            let stamp = it.vault.stamp();
            Ok((it.vault.read()?.connections.remove(&it.name), stamp))
        })
        .await
    }

    /// Changes the connection.
    pub(super) async fn update<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Option<SavedConnection>) -> T + Send + 'static,
    ) -> Result<T, VaultError> {
        self.aside(|it| {
            it.vault.update(|contents| {
                let mut saved = contents.connections.remove(&it.name);
                let outcome = change(&mut saved);
                if let Some(saved) = saved {
                    contents.connections.insert(it.name, saved);
                }
                outcome
            })
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let it = self.clone();
        match tokio::task::spawn_blocking(move || work(it)).await {
            Ok(done) => done,
            Err(_) => Err(VaultError::Busy("the vault".into())),
        }
    }
}

impl SavedCredentials {
    /// The credentials that a first exchange gave.
    #[must_use]
    pub fn issued(client: &ClientCredentials, tokens: Tokens) -> Self {
        let expires = |life: Duration| {
            let life = u64::try_from(life.as_millis()).unwrap_or(u64::MAX);
            millis(tokens.issued).saturating_add(life)
        };
        Self {
            client_id: client.id.clone(),
            client_secret: client.secret.clone().into(),
            issued_ms: millis(tokens.issued),
            expires_ms: tokens.life.map(expires),
            access_token: tokens.access.into(),
            refresh_token: tokens.refresh.map(Secret::from),
            refused_ms: None,
        }
    }

    /// The credentials with new tokens. A refresh token stays unless another
    /// came.
    pub(super) fn renewed(self, tokens: Tokens) -> Self {
        let mut renewed = Self::issued(&self.client(), tokens);
        renewed.refresh_token = renewed.refresh_token.or(self.refresh_token);
        renewed
    }

    /// The endpoints of an origin, for the application that these were issued to.
    pub(super) fn endpoints(&self, origin: Origin, network: Network) -> OAuth {
        OAuth::new(origin, self.client(), network)
    }

    fn client(&self) -> ClientCredentials {
        ClientCredentials {
            id: self.client_id.clone(),
            secret: SecretString::from(&self.client_secret),
        }
    }
}

/// An instant as a vault keeps it: milliseconds since 1970.
pub(super) fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
