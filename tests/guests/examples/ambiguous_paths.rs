//! Writes paths that one server reads in one way and the next in another.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, account, ask, every, guest};

guest!(run);

fn run(_target: &str) -> End {
    let paths = [
        "/api/v4/contacts/../users/who_am_i.json",
        "/api/v4/./users/who_am_i.json",
        "/api/v4/contacts/%2e%2e/users/who_am_i.json",
        "/api/v4/contacts/.%2E/users/who_am_i.json",
        "/api/v4//users/who_am_i.json",
        "//api/v4/users/who_am_i.json",
        "/api/v4/users\\who_am_i.json",
        "/api/v4/users%5Cwho_am_i.json",
        "/api/v4/users%2fwho_am_i.json",
        "/api/v4/users/who_am_i.json;x=1",
        "/api/v4/users/who_am_i.json%00",
        "/api/v4/users/%77ho_am_i.json",
        "/api/v4/users/who_am_i.json%3Fx=1",
        "/api/v4/users/who_am_i.json%23x",
        "/api/v4/users/who_am_i.json/..;/x",
        "/api/v4/users/who_am_i.json/%2e%2e/x",
    ];
    every(paths.map(str::to_owned), |path| {
        ask(&Method::Get, &account(&path)?, &[])
    })
}
