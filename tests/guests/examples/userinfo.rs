//! Writes the account before an `@`, and another host behind it.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, Url, account, ask, every, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let (own, other) = (account("/x")?, url(target));
    let forms = [
        format!("{}@{}", own.authority, other.authority),
        format!("user:password@{}", other.authority),
        format!("user@{}", own.authority),
        format!("@{}", other.authority),
        format!("{}%40{}", own.authority, other.authority),
        format!("{}\\@{}", other.authority, own.authority),
        format!("{}#@{}", other.authority, own.authority),
    ];
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
