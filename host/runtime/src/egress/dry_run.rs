//! A dry run: reads happen, writes are held back and told.
//!
//! What is held back is the caller's own data and goes to the caller alone: to
//! no log, no error and no journal.

use std::fmt;

use bytes::Bytes;
use http::Method;

/// A request that a dry run held back: what would have been sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withheld {
    /// The method.
    pub method: String,
    /// The URL, with its query.
    pub url: String,
    /// The media type of the body, where the action gave one.
    pub media_type: Option<String>,
    /// The body, as it would have been sent. Of content that streams to
    /// storage nothing is kept.
    pub body: Bytes,
}

impl fmt::Debug for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Withheld")
            .field("method", &self.method)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Whether a method only reads.
pub(super) fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
