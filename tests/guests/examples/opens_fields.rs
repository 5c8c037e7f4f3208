//! Makes header fields and lets none go.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Fields;
use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    loop {
        std::mem::forget(Fields::new());
    }
}
