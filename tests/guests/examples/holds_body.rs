//! Gets an answer and neither reads its body nor lets it go.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::clocks::monotonic_clock::subscribe_duration;
use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, fields, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let reply = Attempt::send(&Method::Get, &url(target), fields(&[])?, Body::None)?.wait()?;
    subscribe_duration(3_600_000_000_000).block();
    Ok(format!("held {} for an hour", reply.status))
}
