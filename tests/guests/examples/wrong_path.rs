//! Reads, with the host's bearer, what its description does not list.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, account, ask, every, guest};

guest!(run);

fn run(_target: &str) -> End {
    let paths = [
        "/api/v4/contacts.json",
        "/api/v4/contacts/1.json",
        "/api/v4/contacts/1x.json",
        "/api/v4/contacts/.json",
        "/api/v4/contacts/111111111111111111111.json",
        "/api/v4/contacts/1.json/",
        "/api/v4/users/who_am_i.jso",
        "/api/v4/users/who_am_i.jsonx",
        "/api/v4/users/who_am_i%2ejson",
        "/API/v4/users/who_am_i.json",
        "/api/v3/users/who_am_i.json",
        "/",
        "",
    ];
    every(paths.map(str::to_owned), |path| {
        ask(&Method::Get, &account(&path)?, &[])
    })
}
