//! Compresses what the program carries.
//!
//! The components are most of what a command would weigh that is not code, and
//! compress to a third. A portable build holds its component as it is, so of that
//! next to nothing is left beside it.

use anyhow::{Context as _, Result};

/// The level from which on more costs much time and saves little.
const LEVEL: i32 = 19;

/// Compresses bytes for a reader who has `known`.
pub(crate) fn pack(bytes: &[u8], known: &[u8]) -> Result<Vec<u8>> {
    zstd::bulk::Compressor::with_dictionary(LEVEL, known)
        .and_then(|mut compressor| compressor.compress(bytes))
        .context("cannot compress a component")
}
