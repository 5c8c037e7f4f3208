//! Takes its standard output again and again.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::cli::stdout::get_stdout;
use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    loop {
        std::mem::forget(get_stdout());
    }
}
