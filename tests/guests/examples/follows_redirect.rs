//! Has its account redirect it to another host, and follows by itself.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, account, ask, fields, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let redirect =
        Attempt::send(&Method::Get, &account(target)?, fields(&[])?, Body::None)?.wait()?;
    let location = redirect.field("location").unwrap_or_default();
    if redirect.status != 302 || location.is_empty() {
        return Ok(format!("the host followed: {}", redirect.status));
    }
    ask(&Method::Get, &url(&location), &[])
}
