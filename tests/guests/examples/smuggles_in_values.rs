//! Puts line ends and a second field into names and values of fields.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, account, ask, every, guest};

guest!(run);

fn run(target: &str) -> End {
    let list: [(&str, &[u8]); 9] = [
        ("x-note", b"a\r\nauthorization: Bearer other"),
        ("x-note", b"a\nauthorization: Bearer other"),
        ("x-note", b"a\r\n\r\nGET /oauth/token HTTP/1.1"),
        ("x-note", b"a\0b"),
        ("x-note", b"a\x7fb"),
        ("x-note\r\nauthorization", b"Bearer other"),
        ("x-note: a\r\nhost", b"other"),
        ("x note", b"a"),
        ("", b"a"),
    ];
    every(list, |field| ask(&Method::Get, &account(target)?, &[field]))
}
