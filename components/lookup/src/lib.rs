//! The action `lookup` as a component. What it does stands in
//! `clio_api::lookup`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("lookup", clio_api::lookup);
