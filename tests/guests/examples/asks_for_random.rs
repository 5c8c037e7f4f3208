//! Takes the system's random bytes for ever.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::random::random::get_random_bytes;
use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    loop {
        std::hint::black_box(get_random_bytes(1 << 20));
    }
}
