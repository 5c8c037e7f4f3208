//! How a text is sealed, here and in what a caller keeps beside the vault.
//!
//! XChaCha20-Poly1305, whose nonce is long enough to be drawn at random. What a
//! text is for is authenticated with it, so that no sealed text can take the
//! place of another.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const NONCE: usize = 24;
const TAG: usize = 16;

/// Seals and opens texts under one key.
pub struct Sealer(XChaCha20Poly1305);

/// A text that cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// It is too long to be sealed.
    #[error("it is too long to be sealed")]
    TooLong,
    /// It was cut short.
    #[error("it was cut short")]
    Short,
    /// It was cut short, changed, sealed for something else or under another key.
    #[error("it was cut short or changed after it was sealed")]
    Changed,
}

impl Sealer {
    /// Seals under this key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// The nonce and the ciphertext with its tag.
    ///
    /// # Errors
    /// When the system gives no random numbers, or the text is too long.
    pub fn seal(&self, purpose: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = vec![0; NONCE];
        getrandom::fill(&mut sealed).map_err(|error| SealError::Random(error.to_string()))?;
        let payload = Payload {
            msg: plain,
            aad: purpose,
        };
        let text = self.0.encrypt(XNonce::from_slice(&sealed), payload);
        sealed.extend(text.map_err(|_| SealError::TooLong)?);
        Ok(sealed)
    }

    /// What was sealed for this purpose.
    ///
    /// # Errors
    /// When it was cut short, changed, or sealed otherwise.
    pub fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or(SealError::Short)?;
        if text.len() < TAG {
            return Err(SealError::Short);
        }
        let payload = Payload {
            msg: text,
            aad: purpose,
        };
        let plain = self.0.decrypt(XNonce::from_slice(nonce), payload);
        plain.map(Zeroizing::new).map_err(|_| SealError::Changed)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}
