//! Begins requests and neither sends nor drops them.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::{Fields, OutgoingRequest};
use hostile_guests::{End, guest};

guest!(run);

fn run(_target: &str) -> End {
    loop {
        let request = OutgoingRequest::new(Fields::new());
        std::mem::forget(request.body());
        std::mem::forget(request);
    }
}
