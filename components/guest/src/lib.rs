//! What the actions share inside WebAssembly: the account of the call, and the
//! transport over `wasi:http`.
//!
//! A component is one action and this crate. On any other target only the order
//! of an exchange is there ([`flow`]), for its tests.
//!
//! Architecture invariants:
//! - A bearer, where the host hands one out, goes to the account's own origin
//!   and nowhere else.
//! - No host is trusted to keep time, to count bytes, or to know what was sent.
//! - Bytes of a document pass through a fixed buffer.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(any(test, target_family = "wasm")), allow(dead_code))]

extern crate alloc;

#[cfg(target_family = "wasm")]
use clio_guest_runtime as _;

#[cfg(target_family = "wasm")]
mod exchange;
#[cfg(target_family = "wasm")]
mod fault;
mod flow;
mod pieces;
#[cfg(target_family = "wasm")]
mod transport;

#[cfg(target_family = "wasm")]
pub use transport::WasiTransport;

#[cfg(target_family = "wasm")]
mod bindings {
    //! The import that stands beside WASI's, once for all actions.
    wit_bindgen::generate!({
        inline: "
            package clio:guest;

            world guest {
                import clio:actions/credentials@0.1.0;
            }
        ",
        path: "../../wit",
        generate_all,
    });
}

#[cfg(target_family = "wasm")]
pub use bindings::clio::actions::credentials;

/// Runs a function of an action on the account of this call.
#[cfg(target_family = "wasm")]
pub fn run<O>(
    function: impl FnOnce(&mut WasiTransport) -> Result<O, clio_api::Failure>,
) -> Result<O, clio_types::types::Error> {
    let mut transport = WasiTransport::connect()?;
    Ok(function(&mut transport)?)
}
