//! Opens pollables and closes none.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::clocks::monotonic_clock::subscribe_duration;
use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    loop {
        std::mem::forget(subscribe_duration(1));
    }
}
