//! Clio Manage's API v4 as the actions need it, over a small transport trait.
//!
//! The crate knows Clio and nothing of WebAssembly: the actions are plain
//! functions ([`sync_contact::sync`], [`create_matter::create`], [`update_matter::update`],
//! [`upload_document::upload`], [`find_documents::find`], [`read_document::read`],
//! [`generate_document::start`], [`fill_document::fill`],
//! [`fill_document::gather`], [`inspect_document::inspect`],
//! [`detect_documents::detect`],
//! [`setup_markers::ensure`], [`custom_fields::write`], [`webhooks::ensure`],
//! [`check_connection::check`], [`pull_matters::pull`], [`lookup::find`]) over a
//! [`Transport`], and are tested natively with a scripted one. A guest adds the transport and converts types.
//!
//! Architecture invariants:
//! - No request repeats a write whose outcome is unknown. The functions look at
//!   Clio first.
//! - No error message holds client data or a sentence of Clio's.
//! - Nothing here uses the standard library, which would import environment,
//!   standard streams and terminals, or a `HashMap`, which would import a source
//!   of randomness.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod answer;
#[cfg(test)]
mod answer_tests;
mod association;
pub mod check_connection;
mod client;
mod content_url;
pub mod create_matter;
mod cursor;
pub mod custom_fields;
pub mod detect_documents;
mod fields;
mod file;
mod file_kind;
pub mod fill_document;
pub mod find_documents;
pub mod generate_document;
mod ids;
mod input;
pub mod inspect_document;
mod instant;
pub mod lookup;
mod marker;
mod paging;
mod prelude;
mod problem;
pub mod pull_matters;
mod query;
pub mod read_document;
pub mod receive_webhook;
mod retry_after;
mod scalar;
#[cfg(test)]
mod scripted;
pub mod setup_markers;
pub mod sync_contact;
mod transport;
pub mod update_matter;
pub mod upload_document;
mod url;
pub mod webhooks;

pub use answer::no_account;
pub use client::{API_VERSION, USER_AGENT};
pub use ids::{CategoryId, ContactId, CustomFieldId, DocumentId, FolderId, MatterId};
pub use instant::Instant;
pub use problem::{Failure, Remedy};
pub use transport::{
    Body, Content, Headers, Method, Opened, PutError, Request, Response, Transport, TransportError,
};
