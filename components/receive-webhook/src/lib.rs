//! The action `receive-webhook` as a component. What it does stands in
//! `clio_api::receive_webhook`. It imports nothing, not even time.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

use clio_guest_runtime as _;

clio_types::action!("receive-webhook", clio_api::receive_webhook);
