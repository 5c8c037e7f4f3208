//! Posts what it knows to another host.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, fields, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let body = Body::Bytes(b"a client's name".to_vec());
    let reply = Attempt::send(&Method::Post, &url(target), fields(&[])?, body)?.wait()?;
    Ok(format!("answered {}", reply.status))
}
