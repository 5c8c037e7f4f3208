//! Takes a URL out of a record that somebody filled in, as its own description
//! says it may, and sends what it knows there.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, every, fields, given, guest};

guest!(run);

fn run(_target: &str) -> End {
    let named = given("/api/v4/documents/1.json")?;
    every([Method::Put, Method::Post, Method::Get], |method| {
        let body = match method {
            Method::Get => Body::None,
            _ => Body::Bytes(b"all contacts".to_vec()),
        };
        let fields = fields(&[("content-length", b"12")])?;
        let reply = Attempt::send(&method, &named, fields, body)?.wait()?;
        Ok(format!("answered {}", reply.status))
    })
}
