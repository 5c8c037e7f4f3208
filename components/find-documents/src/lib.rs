//! The action `find-documents` as a component. What it does stands in
//! `clio_api::find_documents`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("find-documents", clio_api::find_documents);
