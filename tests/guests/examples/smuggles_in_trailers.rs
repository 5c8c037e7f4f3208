//! Sends fields behind the body that it may not send before it.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, account, every, fields, guest};

guest!(run);

fn run(target: &str) -> End {
    // These are plain, and still nobody's business: they do not arrive.
    let plain = fields(&[("x-smuggled", b"1"), ("content-length", b"99")])?;
    let body = Body::WithTrailers(b"{}".to_vec(), plain);
    Attempt::send(&Method::Post, &account(target)?, fields(&[])?, body)?.wait()?;
    every(
        [
            "authorization",
            "host",
            "cookie",
            "transfer-encoding",
            "x-forwarded-for",
        ],
        |name| {
            let trailers = fields(&[(name, b"other")])?;
            let body = Body::WithTrailers(b"{}".to_vec(), trailers);
            let reply =
                Attempt::send(&Method::Post, &account(target)?, fields(&[])?, body)?.wait()?;
            Ok(format!("answered {}", reply.status))
        },
    )
}
