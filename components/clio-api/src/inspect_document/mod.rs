//! What a document says, and what of it is unfilled: `inspect-document.inspect`.
//!
//! Nothing is asked of Clio. The account is known for its address alone, so that
//! no content is read from there.

mod inspect;
#[cfg(test)]
mod tests;

pub use inspect::inspect;
pub(crate) use inspect::{TEXT, cut};
