//! A document made of a template and what Clio holds of one matter:
//! `fill-document.fill`, and `fill-document.gather` for whoever drafts otherwise.
//!
//! The template is read whole, then the matter, then who belongs to it: three or
//! four requests, whatever the template names. What Clio does not show goes into
//! the values as hidden, so that no place of a document is blank for a reason that
//! nobody is told.

mod check;
mod custom;
mod fill;
mod gather;
mod put;
mod read;
mod template;
#[cfg(test)]
mod tests;
mod told;
mod values;
mod wire;

pub use fill::fill;
pub use gather::gather;
