//! Writes this machine's address as IPv6, in the ways there are.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, Url, account, ask, every, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let (own, other) = (account("/x")?, url(target));
    let port = other.authority.rsplit(':').next().unwrap_or_default();
    let forms = [
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1%25lo]",
        "[::]",
        "::1",
    ]
    .map(|host| format!("{host}:{port}"));
    every(forms, |authority| {
        ask(
            &Method::Get,
            &Url {
                authority,
                ..own.clone()
            },
            &[],
        )
    })
}
