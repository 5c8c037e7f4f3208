//! The action `detect-documents` as a component. What it does stands in
//! `clio_api::detect_documents`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("detect-documents", clio_api::detect_documents);
