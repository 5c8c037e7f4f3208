//! Begins a request's body and never ends it.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::outgoing_handler::handle;
use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, fields, guest, refused, request, url};

guest!(run);

fn run(target: &str) -> End {
    let request = request(&Method::Post, &url(target), fields(&[])?)?;
    let body = request.body().map_err(|()| refused("the body"))?;
    let stream = body.write().map_err(|()| refused("the stream"))?;
    let answer = handle(request, None).map_err(|code| refused(format!("{code:?}")))?;
    let _ = stream.blocking_write_and_flush(b"{\"data\":");
    answer.subscribe().block();
    Ok("answered".to_owned())
}
