//! The action `custom-fields` as a component. What it does stands in
//! `clio_api::custom_fields`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("custom-fields", clio_api::custom_fields);
