//! Clio's document automation: `generate-document.templates`, `.start` and
//! `.follow`.
//!
//! A template and a matter become documents some seconds later. Clio has no
//! place for the caller's identifier on an automation, so one that stands is
//! told by what it was asked for, and when.

mod formats;
mod read;
mod start;
#[cfg(test)]
mod tests;
mod wire;

pub use read::{follow, templates};
pub use start::start;

use clio_types::generate_document::*;
