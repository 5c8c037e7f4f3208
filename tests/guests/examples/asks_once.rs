//! Asks its account one question: the one guest that means no harm. It is what
//! the others must not hold up.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, account, ask, guest};

guest!(run);

fn run(target: &str) -> End {
    ask(&Method::Get, &account(target)?, &[])
}
