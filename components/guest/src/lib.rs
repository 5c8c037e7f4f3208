//! What the actions share inside WebAssembly: the transport over `wasi:http`,
//! the account of the call, and the conversion of errors.
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
mod convert;
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

/// Makes the bindings of an action's world. What all actions share is bound
/// once: WASI by `wasip2`, the account's interface here.
#[macro_export]
macro_rules! generate {
    ($world:literal) => {
        wit_bindgen::generate!({
            world: $world,
            path: "../../wit",
            with: {
                "clio:actions/credentials@0.1.0": clio_guest::credentials,
                "wasi:http/outgoing-handler@0.2.12": wasip2::http::outgoing_handler,
                "wasi:http/types@0.2.12": wasip2::http::types,
                "wasi:clocks/monotonic-clock@0.2.12": wasip2::clocks::monotonic_clock,
                "wasi:io/error@0.2.12": wasip2::io::error,
                "wasi:io/poll@0.2.12": wasip2::io::poll,
                "wasi:io/streams@0.2.12": wasip2::io::streams,
            },
        });
    };
}
