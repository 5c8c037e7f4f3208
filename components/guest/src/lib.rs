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
