//! Puts a connection into the vault, and takes it out again.
//!
//! Both happen under the lock of the connection's renewal: a renewal that runs
//! in another process would write the former tokens over the new ones.
//!
//! What must stay true: a name does not come to lead to another account unless
//! that is meant, whoever else changes it at the same time; a token and a secret
//! go to the origin that they were given for.

use std::time::SystemTime;

use secrecy::SecretString;

use super::OAuthError;
use super::saved::{Place, millis};
use crate::egress::network::Network;
use crate::origin::{Origin, OriginError};
use crate::vault::{SavedConnection, SavedCredentials, Vault, VaultError};

/// Why a connection was not kept. The name leads where it did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The name leads to another account.
    #[error("the name leads to another account")]
    AnotherAccount(Box<SavedConnection>),
    /// The vault cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why a connection could not be ended. It stands as before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DisconnectError {
    /// There is none of this name, or it is disconnected already.
    #[error("there is no such connection")]
    Absent,
    /// The name has been led to another account meanwhile.
    #[error("the name has been led to another account meanwhile")]
    Relinked,
    /// The origin that is saved is none.
    #[error("the origin of the connection is not right: {0}")]
    Origin(#[from] OriginError),
    /// The vault cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Clio could not be told.
    #[error("the consent could not be taken back at Clio: {0}")]
    OAuth(#[from] OAuthError),
}

/// What became of the consent at Clio when its tokens were deleted here.
#[derive(Debug)]
#[non_exhaustive]
pub enum Consent {
    /// Clio took it back, and with it every token.
    TakenBack,
    /// Clio says that there was none any more.
    Gone,
    /// Clio could not be told: it may stand, with tokens that work.
    Stands(OAuthError),
}

/// Keeps a connection under a name, and returns the former one. A name that
/// leads to another account comes to lead to this one only with `relink`.
///
/// # Errors
/// When the name leads to another account, or the vault cannot be used.
pub async fn save(
    vault: &Vault,
    name: &str,
    connection: SavedConnection,
    relink: bool,
) -> Result<Option<SavedConnection>, SaveError> {
    let place = Place::new(vault, name);
    let _lock = place.lock().await?;
    let kept = place.update(move |saved| match saved {
        Some(former) if !relink && leads_elsewhere(former, &connection) => {
            Err(SaveError::AnotherAccount(Box::new(former.clone())))
        }
        _ => Ok(saved.replace(connection)),
    });
    kept.await?
}

/// Whether it is known that a connection leads to another account.
fn leads_elsewhere(former: &SavedConnection, connection: &SavedConnection) -> bool {
    former.account.is_some() && !former.leads_where(connection)
}

/// Takes the consent back at Clio, and only then deletes the tokens here. Which
/// account it was stays known. `meant` is the connection as the caller read it:
/// where the name leads to another account by now, nothing is done.
///
/// With `anyway` the tokens are deleted even when Clio cannot be told.
///
/// # Errors
/// When there is no such connection, Clio cannot be told, or the vault cannot
/// be used.
pub async fn disconnect(
    vault: &Vault,
    name: &str,
    meant: &SavedConnection,
    network: &Network,
    anyway: bool,
) -> Result<Consent, DisconnectError> {
    let place = Place::new(vault, name);
    let _lock = place.lock().await?;
    let (saved, _) = place.read().await?;
    let saved = saved.ok_or(DisconnectError::Absent)?;
    if !saved.leads_where(meant) {
        return Err(DisconnectError::Relinked);
    }
    let credentials = saved.credentials.ok_or(DisconnectError::Absent)?;
    let origin = Origin::allow(&saved.origin)?;
    let consent = match withdraw(&place, credentials, origin, network).await {
        Ok(consent) => consent,
        Err(DisconnectError::OAuth(error)) if anyway => Consent::Stands(error),
        Err(error) => return Err(error),
    };
    keep(&place, None).await?;
    Ok(consent)
}

/// Takes the consent back. An access token that Clio no longer takes says
/// nothing of the consent behind it, so another one is fetched first.
async fn withdraw(
    place: &Place,
    credentials: SavedCredentials,
    origin: Origin,
    network: &Network,
) -> Result<Consent, DisconnectError> {
    let oauth = credentials.endpoints(origin, network.clone());
    let now = millis(SystemTime::now());
    let expired = credentials.expires_ms.is_some_and(|expires| expires <= now);
    let access = SecretString::from(&credentials.access_token);
    if !expired && oauth.deauthorize(&access).await? {
        return Ok(Consent::TakenBack);
    }
    let Some(refresh) = &credentials.refresh_token else {
        return Err(OAuthError::NoToken.into());
    };
    let tokens = match oauth.refresh(&SecretString::from(refresh)).await {
        Ok(tokens) => tokens,
        Err(OAuthError::InvalidGrant) => return Ok(Consent::Gone),
        Err(error) => return Err(error.into()),
    };
    // Kept before it is used: Clio may have ended the refresh token with this,
    // and the next request may fail.
    let access = tokens.access.clone();
    keep(place, Some(credentials.renewed(tokens))).await?;
    if oauth.deauthorize(&access).await? {
        Ok(Consent::TakenBack)
    } else {
        Err(OAuthError::NoToken.into())
    }
}

/// Keeps these credentials of a connection whose lock is held.
async fn keep(place: &Place, credentials: Option<SavedCredentials>) -> Result<(), VaultError> {
    let change = move |saved: &mut Option<SavedConnection>| {
        if let Some(saved) = saved {
            saved.credentials = credentials;
        }
    };
    place.update(change).await
}
