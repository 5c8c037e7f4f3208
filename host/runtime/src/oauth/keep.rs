//! Puts a connection into the vault, and takes it out again.
//!
//! Both happen under the lock of the connection's renewal: a renewal that runs
//! in another process would write the former tokens over the new ones.

use std::time::SystemTime;

use secrecy::SecretString;

use super::provider::{lock, millis};
use super::{ClientCredentials, OAuth, OAuthError};
use crate::egress::network::Network;
use crate::origin::Origin;
use crate::vault::{SavedConnection, SavedCredentials, Vault, VaultError};

/// Why a connection could not be ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DisconnectError {
    /// There is none of this name, or it is disconnected already.
    #[error("there is no such connection")]
    Absent,
    /// The vault cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Clio could not be told; the connection stands as before.
    #[error("the consent could not be taken back at Clio: {0}")]
    OAuth(#[from] OAuthError),
}

/// Keeps a connection under a name, in place of a former one.
///
/// # Errors
/// When the vault cannot be used.
pub async fn save(
    vault: &Vault,
    name: &str,
    connection: SavedConnection,
) -> Result<(), VaultError> {
    let _lock = lock(vault, name).await?;
    let (vault, name) = (vault.clone(), name.to_owned());
    aside(move || {
        vault.update(|contents| {
            contents.connections.insert(name, connection);
        })
    })
    .await
}

/// Takes the consent back at Clio, and only then deletes the tokens here. Which
/// account it was stays known.
///
/// With `anyway` the tokens are deleted even when Clio cannot be told.
///
/// # Errors
/// When there is no such connection, Clio cannot be told, or the vault cannot
/// be used.
pub async fn disconnect(
    vault: &Vault,
    name: &str,
    origin: &Origin,
    network: &Network,
    anyway: bool,
) -> Result<(), DisconnectError> {
    let _lock = lock(vault, name).await?;
    let reader = vault.clone();
    let contents = aside(move || reader.read()).await?;
    let saved = contents.connections.get(name);
    let credentials = saved.and_then(|saved| saved.credentials.as_ref());
    let credentials = credentials.ok_or(DisconnectError::Absent)?;
    match withdraw(credentials, origin, network).await {
        Err(error) if !anyway => return Err(error.into()),
        Err(error) => {
            tracing::warn!(connection = name, %error, "Clio was not told of the disconnection");
        }
        Ok(()) => {}
    }
    let (vault, name) = (vault.clone(), name.to_owned());
    aside(move || {
        vault.update(|contents| {
            if let Some(saved) = contents.connections.get_mut(&name) {
                saved.credentials = None;
            }
        })
    })
    .await?;
    Ok(())
}

/// Takes the consent back. An access token that Clio no longer takes says
/// nothing of the consent behind it, so another one is fetched first.
async fn withdraw(
    credentials: &SavedCredentials,
    origin: &Origin,
    network: &Network,
) -> Result<(), OAuthError> {
    let client = ClientCredentials {
        id: credentials.client_id.clone(),
        secret: SecretString::from(&credentials.client_secret),
    };
    let oauth = OAuth::new(origin.clone(), client, network.clone());
    let now = millis(SystemTime::now());
    let expired = credentials.expires_ms.is_some_and(|expires| expires <= now);
    let access = SecretString::from(&credentials.access_token);
    if !expired && oauth.deauthorize(&access).await? {
        return Ok(());
    }
    let Some(refresh) = &credentials.refresh_token else {
        return Ok(());
    };
    match oauth.refresh(&SecretString::from(refresh)).await {
        Ok(tokens) => oauth.deauthorize(&tokens.access).await.map(drop),
        // It was taken back already.
        Err(OAuthError::InvalidGrant) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(VaultError::Busy("the vault".into())),
    }
}
