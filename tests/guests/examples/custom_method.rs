//! Makes up methods: some unknown, some in small letters, some with a second
//! request in them.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, account, ask, every, guest};

guest!(run);

fn run(target: &str) -> End {
    let own = account(target)?;
    let methods = [
        "PURGE",
        "get",
        "Get",
        "GETS",
        "",
        "GET ",
        " GET",
        "GET /oauth/token HTTP/1.1\r\nx:",
        "GET\n",
        "PRI",
        "M-SEARCH",
    ]
    .map(|name| Method::Other(name.to_owned()));
    every(methods, |method| ask(&method, &own, &[]))
}
