//! Documents and their bytes: `upload-document.upload`.
//!
//! An upload takes three steps that fail apart from each other: Clio notes the
//! document and hands out a URL, storage takes the bytes, Clio is told that
//! they are there. A document is recognised by an external property that holds
//! the caller's identifier; a second one holds the digest.

mod buffered;
mod check;
mod content;
pub(crate) mod digest;
mod finish;
mod folders;
mod parts;
mod storage;
#[cfg(test)]
mod tests;
mod upload;
mod version;
pub(crate) mod wire;

use clio_types::find_documents::Scope;
use clio_types::types::DocumentStatus;
use clio_types::upload_document::*;

pub use upload::upload;
pub(crate) use wire::{
    Property as StoredProperty, SOURCE_ID as SOURCE_ID_PROPERTY, value as property_value,
};
