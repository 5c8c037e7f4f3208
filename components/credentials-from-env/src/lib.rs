//! The adapter that makes an action portable: it answers `credentials` from
//! environment variables.
//!
//! Plugged into an action it leaves a component whose imports are WASI's alone,
//! so that any WASI 0.2 host can run it. `CLIO_ORIGIN` names the account's
//! region, such as `https://eu.app.clio.com`. `CLIO_ACCESS_TOKEN` is optional:
//! without it the adapter answers `by-host`, and whoever provides
//! `wasi:http/outgoing-handler` adds the credential.
//!
//! An empty variable counts as absent, because shells and container platforms
//! set variables to nothing more often than they unset them.

#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

use clio_guest_runtime as _;

wit_bindgen::generate!({
    world: "credentials-from-env",
    path: "../../wit",
    generate_all,
});

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use exports::clio::actions::credentials::{Account, Authorization, Guest, Unavailable};
use wasi::cli::environment::get_environment;

struct FromEnv;

impl Guest for FromEnv {
    fn get_account() -> Result<Account, Unavailable> {
        let variables = get_environment();
        let variable = |name| variable(&variables, name);
        let origin = variable("CLIO_ORIGIN").ok_or(Unavailable::NotConnected)?;
        Ok(Account {
            // Actions append absolute paths to the origin.
            origin: origin.trim_end_matches('/').to_owned(),
            authorization: match variable("CLIO_ACCESS_TOKEN") {
                Some(token) => Authorization::Bearer(token),
                None => Authorization::ByHost,
            },
        })
    }
}

/// The variable's value without surrounding space, unless nothing remains.
fn variable(variables: &[(String, String)], name: &str) -> Option<String> {
    let (_, value) = variables.iter().find(|(given, _)| given == name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

export!(FromEnv);
