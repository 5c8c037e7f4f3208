//! The action `fill-document` as a component. What it does stands in
//! `clio_api::fill_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("fill-document", clio_api::fill_document);
