//! Takes as many handles as it gets without being ended, and sits on them.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::clocks::monotonic_clock::subscribe_duration;
use hostile_guests::wasip2::http::types::Fields;
use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    for _ in 0..900 {
        std::mem::forget(Fields::new());
    }
    subscribe_duration(3_600_000_000_000).block();
    Ok("an hour later".to_owned())
}
