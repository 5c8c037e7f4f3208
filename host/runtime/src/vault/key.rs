//! The keys that seal a vault.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::contents::Secret;
use super::error::VaultError;
use super::place::KeyPlace;

/// The bytes of a key.
pub(super) const BYTES: usize = 32;

/// A key. It is wiped when dropped.
#[derive(Clone)]
pub(super) struct Key(Zeroizing<[u8; BYTES]>);

impl Key {
    pub(super) fn random() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        getrandom::fill(&mut *bytes).map_err(|error| VaultError::Random(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// Reads 32 bytes in base64 or hexadecimal.
    pub(super) fn parse(text: &SecretString) -> Result<Self, VaultError> {
        Self::parse_text(text.expose_secret())
    }

    pub(super) fn parse_secret(text: &Secret) -> Result<Self, VaultError> {
        Self::parse_text(text.expose())
    }

    pub(super) fn parse_text(text: &str) -> Result<Self, VaultError> {
        let text = text.trim();
        let mut bytes = Zeroizing::new([0; BYTES]);
        if text.len() == 2 * BYTES && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            for (index, byte) in bytes.iter_mut().enumerate() {
                let digits = text.get(2 * index..2 * index + 2);
                *byte = digits
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                    .ok_or(VaultError::KeyForm)?;
            }
            return Ok(Self(bytes));
        }
        let decoded = Zeroizing::new(STANDARD.decode(text).map_err(|_| VaultError::KeyForm)?);
        if decoded.len() != BYTES {
            return Err(VaultError::KeyForm);
        }
        bytes.copy_from_slice(&decoded);
        Ok(Self(bytes))
    }

    /// Base64.
    pub(super) fn to_text(&self) -> SecretString {
        STANDARD.encode(*self.0).into()
    }

    pub(super) fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Zeroizing<[u8; BYTES]> {
        self.0
    }

    /// Names the key without telling anything of it.
    pub(super) fn id(&self) -> String {
        let mut id = [0; 8];
        let expanded = Hkdf::<Sha256>::new(None, &*self.0).expand(b"clio vault key id", &mut id);
        // Eight bytes are far below the most that can be asked for.
        debug_assert!(expanded.is_ok());
        format!("{:016x}", u64::from_be_bytes(id))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The keys that one place holds: one, and two while the key is being changed.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    first: Key,
    others: Vec<Key>,
    pub(super) place: KeyPlace,
}

impl Keys {
    pub(super) fn one(key: Key, place: KeyPlace) -> Self {
        Self {
            first: key,
            others: Vec::new(),
            place,
        }
    }

    /// One key a line.
    pub(super) fn parse(text: &str, place: KeyPlace) -> Result<Self, VaultError> {
        let mut keys = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(Key::parse_text);
        let first = keys.next().ok_or(VaultError::KeyForm)??;
        Ok(Self {
            first,
            others: keys.collect::<Result<_, _>>()?,
            place,
        })
    }

    pub(super) fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64 * (self.others.len() + 1)));
        for key in self.all() {
            text.push_str(key.to_text().expose_secret());
            text.push('\n');
        }
        text
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.others)
    }

    pub(super) fn first(&self) -> &Key {
        &self.first
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Key> {
        self.all().find(|key| key.id() == id)
    }

    /// The same keys with another one in front.
    pub(super) fn put_first(&mut self, key: Key) {
        let former = std::mem::replace(&mut self.first, key);
        self.others.insert(0, former);
    }

    /// The same keys, the named one in front.
    pub(super) fn with_first(self, id: &str, place: KeyPlace) -> Self {
        let (mut front, mut others): (Vec<Key>, Vec<Key>) =
            self.all().cloned().partition(|key| key.id() == id);
        let first = if front.is_empty() {
            self.first
        } else {
            front.remove(0)
        };
        others.retain(|key| key.id() != first.id());
        Self {
            first,
            others,
            place,
        }
    }
}
