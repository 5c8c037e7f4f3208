//! Panics, with a text that should not be passed on.
#![cfg(target_family = "wasm")]

use hostile_guests::{End, guest};

guest!(run);

fn run(target: &str) -> End {
    panic!("of no one's business: {target}")
}
