//! Downloads for ever, from a URL that its account gave it.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, fields, given, guest};

guest!(run);

fn run(_target: &str) -> End {
    let reply = Attempt::send(
        &Method::Get,
        &given("/api/v4/documents/1.json")?,
        fields(&[])?,
        Body::None,
    )?
    .wait()?;
    while reply.piece()?.is_some() {}
    Ok("all of it".to_owned())
}
