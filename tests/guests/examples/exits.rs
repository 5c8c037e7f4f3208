//! Ends the process, as it thinks.
#![cfg(target_family = "wasm")]

use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    std::process::exit(3)
}
