//! Gets a URL to upload to, and uploads to others on the same host.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{Attempt, Body, End, Url, every, fields, given, guest};

guest!(run);

fn run(_target: &str) -> End {
    let granted = given("/api/v4/documents/1.json")?;
    let (path, query) = granted.path.split_once('?').unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let paths = [
        format!("/another-bucket/{name}?{query}"),
        format!("{path}?{query}&x-id=PutObject"),
        format!("{path}2?{query}"),
        format!("{path}?"),
        path.to_owned(),
        format!("{path}/../{name}?{query}"),
        format!("{}?{query}", path.to_uppercase()),
    ];
    every(paths, |path| {
        let url = Url {
            path,
            ..granted.clone()
        };
        let body = Body::Bytes(b"=".to_vec());
        let fields = fields(&[("content-length", b"1")])?;
        let reply = Attempt::send(&Method::Put, &url, fields, body)?.wait()?;
        Ok(format!("answered {}", reply.status))
    })
}
