//! Sends cookies.
//! In every way there is to set a field.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, Way, account, every, guest};

guest!(run);

fn run(target: &str) -> End {
    every(["cookie", "Cookie", "cookie2", "set-cookie"], |name| {
        let own = account(target)?;
        every([Way::Append, Way::Set, Way::List], |way| {
            let fields = way.fields(name, b"chunked")?;
            let reply = Attempt::send(&Method::Get, &own, fields, Body::None)?.wait()?;
            Ok(format!("`{name}` was taken: answered {}", reply.status))
        })
    })
}
