//! Prints for ever to standard error, without a line's end.
#![cfg(target_family = "wasm")]

use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    loop {
        eprint!("{:=<1$}", "", 4000);
    }
}
