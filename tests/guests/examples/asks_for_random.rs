//! Takes random bytes: without end, or in one question more than there is room
//! for.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::random::insecure::get_insecure_random_bytes;
use hostile_guests::wasip2::random::random::get_random_bytes;
use hostile_guests::{End, guest};

guest!(run);

fn run(target: &str) -> End {
    let (take, length): (fn(u64) -> Vec<u8>, u64) = match target {
        "much" => (get_random_bytes, u64::MAX),
        "much, of the cheap" => (get_insecure_random_bytes, 1 << 40),
        "often, of the cheap" => (get_insecure_random_bytes, 64 << 10),
        _ => (get_random_bytes, 64 << 10),
    };
    loop {
        std::hint::black_box(take(length));
    }
}
