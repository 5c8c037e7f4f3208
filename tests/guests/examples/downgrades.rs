//! Speaks to its account without TLS, and with schemes that are none.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, Url, account, ask, every, guest};

guest!(run);

fn run(_target: &str) -> End {
    let own = account("/api/v4/users/who_am_i.json")?;
    let forms = ["http", "HTTP", "ftp", "file", "ws", "httpss"].map(str::to_owned);
    every(forms, |scheme| {
        ask(
            &Method::Get,
            &Url {
                scheme,
                ..own.clone()
            },
            &[],
        )
    })
}
