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

wit_bindgen::generate!({
    world: "credentials-from-env",
    path: "../../wit",
});

use exports::clio::actions::credentials::{Account, Authorization, Guest, Unavailable};

struct FromEnv;

impl Guest for FromEnv {
    fn get_account() -> Result<Account, Unavailable> {
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

/// The variable's value without surrounding space, unless nothing remains. A
/// value that is not UTF-8 counts as absent: neither an origin nor a bearer
/// token can be one.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

export!(FromEnv);
