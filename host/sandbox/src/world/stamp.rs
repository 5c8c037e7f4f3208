//! Identity and times of a record.

use jiff::Timestamp;

use crate::digest::sha256;

/// What every record has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) id: u64,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// Grows with every change anywhere in the account.
    pub(crate) revision: u64,
}

impl Stamp {
    /// The entity tag with its quotes, as the `etag` field and the `ETag`
    /// header both carry it.
    pub(crate) fn etag(&self) -> String {
        let hash = sha256(&[self.id.to_be_bytes(), self.revision.to_be_bytes()].concat());
        format!("\"{}\"", &hash[..32])
    }
}
