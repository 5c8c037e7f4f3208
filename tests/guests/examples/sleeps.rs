//! Waits in one host call, for an hour.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::clocks::monotonic_clock::subscribe_duration;
use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    subscribe_duration(3_600_000_000_000).block();
    Ok("an hour later".to_owned())
}
