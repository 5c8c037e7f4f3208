//! Uploads for ever, to a URL that its account gave it.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::outgoing_handler::handle;
use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, fields, given, guest, refused, request};

guest!(run);

fn run(_target: &str) -> End {
    let url = given("/api/v4/documents/1.json")?;
    let fields = fields(&[("content-length", b"1099511627776")])?;
    let request = request(&Method::Put, &url, fields)?;
    let body = request.body().map_err(|()| refused("the body"))?;
    let stream = body.write().map_err(|()| refused("the stream"))?;
    let answer = handle(request, None).map_err(|code| refused(format!("{code:?}")))?;
    while stream.blocking_write_and_flush(&[0; 4096]).is_ok() {}
    answer.subscribe().block();
    match answer.get() {
        Some(Ok(Ok(answer))) => Ok(format!("answered {}", answer.status())),
        other => Err(refused(format!("{other:?}"))),
    }
}
