//! The action `setup-markers` as a component. What it does stands in
//! `clio_api::setup_markers`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("setup-markers", clio_api::setup_markers);
