//! The action `update-matter` as a component. What it does stands in
//! `clio_api::update_matter`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("update-matter", clio_api::update_matter);
