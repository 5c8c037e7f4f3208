//! Tries ports: another one, and ones that readers disagree about.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, Url, account, ask, every, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let (own, other) = (account("/x")?, url(target));
    let (host, port) = own.authority.split_once(':').unwrap_or_default();
    let forms = [
        other.authority,
        host.to_owned(),
        format!("{host}:"),
        format!("{host}:0"),
        format!("{host}:0{port}"),
        format!("{host}:+{port}"),
        format!("{host}:{port}:{port}"),
        format!("{host}:65536"),
        format!("{host}:http"),
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
