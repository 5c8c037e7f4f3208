//! The action `check-connection` as a component. What it does stands in
//! `clio_api::check_connection`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("check-connection", clio_api::check_connection);
