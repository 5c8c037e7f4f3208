//! Waits for an answer that never comes.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, ask, guest, url};

guest!(run);

fn run(target: &str) -> End {
    ask(&Method::Get, &url(target), &[])
}
