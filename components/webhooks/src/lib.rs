//! The action `webhooks` as a component. What it does stands in
//! `clio_api::webhooks`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("webhooks", clio_api::webhooks);
