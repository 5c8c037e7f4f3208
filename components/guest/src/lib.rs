//! What the actions share inside WebAssembly: the transport over `wasi:http`,
//! the account of the call, and the conversion of errors.
//!
//! A component is one action and this crate. On any other target the crate is
//! empty, so that a build of the whole workspace stays possible.
//!
//! Architecture invariants:
//! - A bearer, where the host hands one out, goes to the account's own origin
//!   and nowhere else.
//! - Bytes of a document that need not be looked at never enter memory.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

use clio_guest_runtime as _;

mod body;
mod convert;
mod exchange;
mod fault;
mod transport;

pub use transport::WasiTransport;

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
