//! What a document, one of its versions or a template holds:
//! `read-document.read`.
//!
//! Clio answers a download with a redirect to its storage, which lies on
//! another origin and takes no credential. The redirect is followed by hand.
//! Few bytes are handed out as they are, many by the URL, so that memory does
//! not grow with a document.

pub(crate) mod fetch;
mod read;
#[cfg(test)]
mod tests;
mod wire;

pub use read::read;

/// The most bytes that are handed out inline: 1 MiB.
const INLINE: u64 = 1 << 20;
