//! The action `sync-contact` as a component. What it does stands in
//! `clio_api::sync_contact`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("sync-contact", clio_api::sync_contact);
