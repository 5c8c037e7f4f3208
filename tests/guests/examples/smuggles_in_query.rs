//! Puts a second request into a query.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, account, ask, every, guest};

guest!(run);

fn run(target: &str) -> End {
    let queries = [
        " HTTP/1.1\r\nHost: other\r\n\r\nGET /oauth/token",
        "\r\nx-smuggled: 1",
        "\nx-smuggled: 1",
        "a\0b",
        "a\tb",
        " b",
    ];
    every(queries.map(str::to_owned), |query| {
        ask(&Method::Get, &account(&format!("{target}?x={query}"))?, &[])
    })
}
