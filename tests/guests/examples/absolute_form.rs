//! Puts a whole URL, or what could become one, where the path belongs.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, Url, account, ask, every, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let (own, other) = (account("/x")?, url(target));
    let forms = [
        target.to_owned(),
        format!("//{}/x", other.authority),
        format!("/{target}"),
        format!("@{}/x", other.authority),
        format!(":{}/x", other.authority),
        format!(".{}/x", other.authority),
        "*".to_owned(),
        "x".to_owned(),
    ];
    every(forms, |path| {
        ask(
            &Method::Get,
            &Url {
                path,
                ..own.clone()
            },
            &[],
        )
    })
}
