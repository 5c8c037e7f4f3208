//! The action `inspect-document` as a component. What it does stands in
//! `clio_api::inspect_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("inspect-document", clio_api::inspect_document);
