//! Takes memory for ever, and uses it.
#![cfg(target_family = "wasm")]

use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    loop {
        // Not zeroes: those need not be touched.
        Box::leak(vec![0xa5_u8; 1 << 20].into_boxed_slice());
    }
}
