//! Clio Manage's API v4 as the actions need it, over a small transport trait.
//!
//! The crate knows Clio and nothing of WebAssembly: the actions are plain
//! functions ([`contacts::sync`], [`matters::create`], [`matters::update`],
//! [`documents::upload`], [`documents::find`], [`contents::read`],
//! [`automations::start`], [`detection::detect`],
//! [`markers::ensure`], [`field_values::write`], [`webhooks::ensure`],
//! [`connections::check`], [`matter_pages::pull`], [`options::find`]) over a
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
pub mod automations;
mod bookmark;
mod client;
pub mod connections;
pub mod contacts;
pub mod contents;
mod custom_fields;
pub mod detection;
pub mod documents;
pub mod field_values;
mod fields;
mod ids;
mod input;
mod instant;
pub mod markers;
pub mod matter_pages;
pub mod matters;
pub mod options;
mod paging;
mod prelude;
mod problem;
mod query;
mod retry_after;
mod scalar;
#[cfg(test)]
mod scripted;
mod transport;
mod url;
pub mod webhooks;

pub use answer::no_account;
pub use client::{API_VERSION, USER_AGENT};
pub use ids::{CategoryId, ContactId, CustomFieldId, DocumentId, FolderId, MatterId};
pub use instant::Instant;
pub use problem::{Code, Failure, Problem, Remedy};
pub use transport::{
    Body, Content, Headers, Method, Opened, PutError, Request, Response, Transport, TransportError,
};

/// How an action came by the record that it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// This call created it.
    Created,
    /// It stood in Clio before and was linked, unchanged.
    Linked,
}
