//! The action `read-document` as a component. What it does stands in
//! `clio_api::read_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("read-document", clio_api::read_document);
