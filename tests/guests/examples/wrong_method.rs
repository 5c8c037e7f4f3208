//! Deletes what its description only reads.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, account, ask, every, guest};

guest!(run);

fn run(target: &str) -> End {
    let own = account(target)?;
    let methods = [
        Method::Delete,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Head,
        Method::Options,
        Method::Trace,
        Method::Connect,
    ];
    every(methods, |method| ask(&method, &own, &[]))
}
