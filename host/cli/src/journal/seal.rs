//! Seals what a caller said before it is written.
//!
//! XChaCha20-Poly1305, whose nonce is long enough to be drawn at random. What
//! a row is for is authenticated with it, so that no row can take the place of
//! another.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::JournalError;
use super::keys::Key;

const NONCE: usize = 24;

/// Seals and unseals rows, and gives names that say nothing.
pub(super) struct Sealer {
    cipher: XChaCha20Poly1305,
    names: Key,
}

impl Sealer {
    pub(super) fn new(key: Key) -> Self {
        let sealing = key.derive("seal");
        Self {
            cipher: XChaCha20Poly1305::new(sealing.bytes().into()),
            names: key.derive("names"),
        }
    }

    /// A name for what parts name. It tells nothing about them to who has not
    /// the key, and is the same each time.
    pub(super) fn name(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.names.code(parts)
    }

    pub(super) fn seal(&self, purpose: &[u8], plain: &[u8]) -> Result<Vec<u8>, JournalError> {
        let mut sealed = vec![0; NONCE];
        getrandom::fill(&mut sealed).map_err(|_| JournalError::Sealed)?;
        let payload = Payload {
            msg: plain,
            aad: purpose,
        };
        let text = self
            .cipher
            .encrypt(XNonce::from_slice(&sealed), payload)
            .map_err(|_| JournalError::Sealed)?;
        sealed.extend(text);
        Ok(sealed)
    }

    pub(super) fn unseal(&self, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, JournalError> {
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or(JournalError::Sealed)?;
        let payload = Payload {
            msg: text,
            aad: purpose,
        };
        self.cipher
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| JournalError::Sealed)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}
