//! Writes hosts with a dot at their end, in percent signs, in capitals, and as
//! numbers that only some readers understand.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, Url, account, ask, every, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let (own, other) = (account("/x")?, url(target));
    let port = other.authority.rsplit(':').next().unwrap_or_default();
    let forms = [
        "127.0.0.1.",
        "localhost.",
        "LOCALHOST",
        "%31%32%37.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1%00",
        "①②⑦.0.0.1",
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
