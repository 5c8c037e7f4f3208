//! Reads the local file of another call, by its very name.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, ProblemCode, fields, guest, problem, url};

guest!(run);

fn run(target: &str) -> End {
    let reply = Attempt::send(&Method::Get, &url(target), fields(&[])?, Body::None)?.wait()?;
    let text = reply.text()?;
    match reply.status {
        404 => Err(problem(
            ProblemCode::NotFound,
            format!("404 and {} bytes", text.len()),
        )),
        status => Ok(format!("answered {status}: {text}")),
    }
}
