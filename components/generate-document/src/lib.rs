//! The action `generate-document` as a component. What it does stands in
//! `clio_api::generate_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("generate-document", clio_api::generate_document);
