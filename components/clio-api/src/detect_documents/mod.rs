//! New documents, each told once: `detect-documents.detect`.
//!
//! Clio has no list of what is new. A poll keyed on creation times loses the
//! document whose upload finishes late, and the second one of two at a page's
//! edge; one keyed on changes repeats documents after an edit. So the cursor
//! remembers what was decided lately and what is still awaited.

mod cursor;
mod detect;
mod hint;
#[cfg(test)]
mod history;
mod packed;
mod scan;
#[cfg(test)]
mod tests;
mod wire;

use clio_types::detect_documents::*;

pub use detect::detect;
