//! Reads the host's files.
#![cfg(target_family = "wasm")]

use hostile_guests::{End, guest, refused};

guest!(run);

fn run(target: &str) -> End {
    std::fs::read_to_string(target).map_err(|error| refused(error.to_string()))
}
