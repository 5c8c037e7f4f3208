//! Asks for a read that some servers would take for a removal, by fields in
//! spellings that a list of forbidden ones may have missed.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, Way, account, every, guest};

guest!(run);

const NAMES: [&str; 8] = [
    "x_http_method_override",
    "x-http_method_override",
    "x_http-method-override",
    "X_HTTP_Method",
    "x_method_override",
    "x_forwarded_host",
    "x_original_url",
    "proxy_authorization",
];

fn run(target: &str) -> End {
    let ways = [Way::Append, Way::Set, Way::List];
    let forms = NAMES.iter().flat_map(|name| ways.map(|way| (*name, way)));
    every(forms, |(name, way)| {
        let fields = way.fields(name, b"DELETE")?;
        let reply = Attempt::send(&Method::Get, &account(target)?, fields, Body::None)?.wait()?;
        Ok(format!("answered {}", reply.status))
    })
}
