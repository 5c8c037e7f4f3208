//! What a vault holds.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::error::VaultError;
use crate::origin::Origin;

const FORMAT: u32 = 1;

/// A text that `Debug` does not print and that is wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<SecretString> for Secret {
    fn from(text: SecretString) -> Self {
        Self(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&Secret> for SecretString {
    fn from(secret: &Secret) -> Self {
        secret.0.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Everything in a vault.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    format: u32,
    /// Connections by name, those that were disconnected too.
    #[serde(default)]
    pub connections: BTreeMap<String, SavedConnection>,
    /// Keys of the embedder's, by purpose.
    #[serde(default)]
    pub(super) keys: BTreeMap<String, Secret>,
    /// Small texts of the embedder's, by name.
    #[serde(default)]
    pub(super) notes: BTreeMap<String, String>,
}

impl Default for Contents {
    fn default() -> Self {
        Self {
            format: FORMAT,
            connections: BTreeMap::new(),
            keys: BTreeMap::new(),
            notes: BTreeMap::new(),
        }
    }
}

impl Contents {
    pub(super) fn parse(plain: &[u8]) -> Result<Self, String> {
        // The text of a JSON error may show what it stumbled over.
        let contents: Self = serde_json::from_slice(plain)
            .map_err(|error| format!("its contents cannot be read (line {})", error.line()))?;
        if contents.format == FORMAT {
            Ok(contents)
        } else {
            Err(format!("its contents have format {}", contents.format))
        }
    }

    pub(super) fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        // Room enough that growing leaves few copies behind.
        let mut plain = Zeroizing::new(Vec::with_capacity(64 * 1024));
        serde_json::to_writer(&mut *plain, self).map_err(|error| VaultError::Io {
            what: "cannot be written as JSON",
            path: "vault".into(),
            source: error.into(),
        })?;
        Ok(plain)
    }
}

/// A connection as the vault keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedConnection {
    /// The origin of the account's region.
    pub origin: String,
    /// The account it leads to, as the embedder found it. It outlives the
    /// credentials, so that a later connection to another account is noticed.
    pub account: Option<SavedAccount>,
    /// `None` once disconnected.
    pub credentials: Option<SavedCredentials>,
}

impl SavedConnection {
    /// Whether another connection leads to the same account: the same origin,
    /// and the same id there. Names and credentials do not count.
    #[must_use]
    pub fn leads_where(&self, other: &Self) -> bool {
        let id = |connection: &Self| connection.account.clone().map(|account| account.id);
        let origin = |connection: &Self| Origin::allow(&connection.origin).ok();
        origin(self).is_some() && origin(self) == origin(other) && id(self) == id(other)
    }
}

/// The account behind a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedAccount {
    /// What tells one account from another at the same origin.
    pub id: String,
    /// The firm's name, for people.
    pub name: Option<String>,
}

/// What a connection authorizes itself with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SavedCredentials {
    /// The application's public identifier.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: Secret,
    /// The access token.
    pub access_token: Secret,
    /// The refresh token, where one was given.
    pub refresh_token: Option<Secret>,
    /// When the access token was issued, in milliseconds since 1970.
    pub issued_ms: u64,
    /// When it expires, in milliseconds since 1970; absent: not said.
    pub expires_ms: Option<u64>,
    /// When a refresh was refused for good, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_ms: Option<u64>,
}
