//! The action `pull-matters` as a component. What it does stands in
//! `clio_api::pull_matters`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("pull-matters", clio_api::pull_matters);
