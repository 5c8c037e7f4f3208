//! Polls one pollable a million times at once, for ever: one host call that
//! nothing interrupts.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::clocks::monotonic_clock::subscribe_duration;
use hostile_guests::wasip2::io::poll::poll;
use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    let ready = subscribe_duration(0);
    let list = vec![&ready; 1_000_000];
    loop {
        poll(&list);
    }
}
