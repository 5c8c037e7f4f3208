//! Calls itself for ever.
#![cfg(target_family = "wasm")]

use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    Ok(deeper(1).to_string())
}

#[inline(never)]
#[allow(unconditional_recursion)] // that is the attack
fn deeper(n: u64) -> u64 {
    // Not a tail call: the result is still needed.
    std::hint::black_box(deeper(std::hint::black_box(n + 1))) + n
}
