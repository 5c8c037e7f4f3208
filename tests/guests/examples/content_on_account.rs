//! Asks for the content that its caller named, which is a record of the
//! account, in every spelling of the account's address.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::http::types::Method;
use hostile_guests::{End, Url, account, ask, every, guest, url};

guest!(run);

fn run(target: &str) -> End {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let named = url(path);
    let own = account(&named.path)?;
    let port = own.authority.rsplit(':').next().unwrap_or_default();
    let mut forms = vec![
        named.clone(),
        own.clone(),
        Url {
            scheme: "https".to_owned(),
            ..named.clone()
        },
        Url {
            path: format!("{}?{query}", named.path),
            ..named.clone()
        },
        Url {
            path: format!("{}?fields=id,name", named.path),
            ..own.clone()
        },
    ];
    let hosts = [
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "127.0.0.2",
        "0.0.0.0",
    ];
    forms.extend(hosts.map(|host| Url {
        authority: format!("{host}:{port}"),
        ..named.clone()
    }));
    every(forms, |form| ask(&Method::Get, &form, &[]))
}
