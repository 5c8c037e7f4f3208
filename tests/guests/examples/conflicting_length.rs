//! Says several lengths of one body, and lengths that are none.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, account, every, fields, guest};

guest!(run);

fn run(target: &str) -> End {
    let lengths: [&[&[u8]]; 12] = [
        &[b"1", b"10"],
        &[b"10", b"10"],
        &[b"1, 10"],
        &[b"+10"],
        &[b"0x0a"],
        &[b""],
        &[b"-1"],
        &[b"99999999999999999999"],
        // Plain, and wrong.
        &[b"1"],
        &[b"9"],
        &[b"11"],
        &[b"1000000"],
    ];
    every(lengths, |values| {
        let list: Vec<(&str, &[u8])> = values
            .iter()
            .map(|value| ("content-length", *value))
            .collect();
        post(target, &list)
    })
}

fn post(target: &str, list: &[(&str, &[u8])]) -> End {
    let body = Body::Bytes(b"0123456789".to_vec());
    let reply = Attempt::send(&Method::Post, &account(target)?, fields(list)?, body)?.wait()?;
    Ok(format!("answered {}", reply.status))
}
