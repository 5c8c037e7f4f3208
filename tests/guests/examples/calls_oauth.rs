//! Calls what hands out and takes back tokens.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, account, every, fields, guest};

guest!(run);

fn run(_target: &str) -> End {
    let paths = [
        "/oauth/token",
        "/oauth/deauthorize",
        "/oauth",
        "/oauth/",
        "/OAuth/token",
        "/oauth/authorize",
        "/oauth%2Ftoken",
        "/%6fauth/token",
        "/api/v4/../../oauth/token",
    ];
    every(paths.map(str::to_owned), |path| {
        let own = account(&path)?;
        let body = Body::Bytes(b"grant_type=refresh_token".to_vec());
        let reply = Attempt::send(&Method::Post, &own, fields(&[])?, body)?.wait()?;
        Ok(format!("answered {}", reply.status))
    })
}
