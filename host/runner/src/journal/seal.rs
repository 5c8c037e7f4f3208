//! Seals what a caller said before it is written.
//!
//! What a row is for is authenticated with it, so that no row can take the place
//! of another.

use super::JournalError;
use super::keys::Key;

/// Seals and unseals rows, and gives names that say nothing.
#[derive(Debug)]
pub(super) struct Sealer {
    rows: clio_host::vault::Sealer,
    names: Key,
}

impl Sealer {
    pub(super) fn new(key: Key) -> Self {
        Self {
            rows: clio_host::vault::Sealer::new(key.derive("seal").bytes()),
            names: key.derive("names"),
        }
    }

    /// A name for what parts name. It tells nothing about them to who has not
    /// the key, and is the same each time.
    pub(super) fn name(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.names.code(parts)
    }

    pub(super) fn seal(&self, purpose: &[u8], plain: &[u8]) -> Result<Vec<u8>, JournalError> {
        let sealed = self.rows.seal(purpose, plain);
        sealed.map_err(|_| JournalError::Sealed)
    }

    pub(super) fn unseal(&self, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, JournalError> {
        let plain = self.rows.open(purpose, sealed);
        plain
            .map(|plain| plain.to_vec())
            .map_err(|_| JournalError::Sealed)
    }
}
