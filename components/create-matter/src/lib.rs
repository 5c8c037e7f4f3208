//! The action `create-matter` as a component. What it does stands in
//! `clio_api::create_matter`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_types::action!("create-matter", clio_api::create_matter);
