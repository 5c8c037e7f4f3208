//! Prints for ever.
#![cfg(target_family = "wasm")]

use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    loop {
        println!("{:=<1$}", "", 4000);
    }
}
