//! The action `upload-document` as a component. What it does stands in
//! `clio_api::upload_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("upload-document", clio_api::upload_document);
