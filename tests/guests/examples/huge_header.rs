//! Fills header fields for ever.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Fields;
use hostile_guests::{End, guest, refused};

guest!(run);

fn run(_target: &str) -> End {
    let fields = Fields::new();
    loop {
        fields
            .append("x-much", &[b'='; 1000])
            .map_err(|error| refused(format!("{error:?}")))?;
    }
}
