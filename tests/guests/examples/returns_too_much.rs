//! Returns a text as large as its memory holds.
#![cfg(target_family = "wasm")]

use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    Ok("=".repeat(50 << 20))
}
