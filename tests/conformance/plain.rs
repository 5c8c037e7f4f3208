//! What differs from one sandbox to the next, put into words.
//!
//! A sandbox has ports of its own. Everything else of it is the same at each
//! start: ids, tags and secrets are made from one secret, and its clock stands.
//! Four words say the rest:
//!
//! - `{account}` and `{storage}`: the origins.
//! - `{presigned}`: the query of a URL of the storage, whose signature covers the
//!   port. That it arrives as it was given, the sandbox checks.
//! - `{cursor DIGEST}`: a cursor, with the digest of what is in it, since what is
//!   in it begins with the origin.
//!
//! What is long is made and told in words as well: `{text NUMBER}` and `{inline
//! NUMBER}` make a text and content of so many bytes, and a text of more than
//! 1,000 bytes is told as `{NUMBER bytes DIGEST}`. Very many requests are the first
//! and the last, and `{NUMBER requests DIGEST}` for the rest.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clio_sandbox::{Body, Exchange, Origin, Sandbox};
use clio_tests::sha256_hex;
use serde_json::{Value, json};

use crate::table::Sent;

/// Texts that are longer are told by their digest.
const LONG: usize = 1_000;

/// More requests than these are told by their digest.
const MANY: usize = 40;

/// Where outputs hold a cursor.
const CURSOR: &str = "/cursor";

/// The cursor that a call gave.
pub(crate) fn cursor(output: &Value) -> Option<&str> {
    output.pointer(CURSOR)?.as_str()
}

/// JSON in the words of the table.
pub(crate) fn json_of(sandbox: &Sandbox, json: &Value) -> Value {
    let mut json = json.clone();
    if let Some(Value::String(cursor)) = json.pointer_mut(CURSOR) {
        *cursor = opened(sandbox, cursor);
    }
    each_text(&mut json, &mut |text| words(sandbox, text));
    json
}

/// A request in the words of the table.
pub(crate) fn request_of(sandbox: &Sandbox, exchange: &Exchange) -> Sent {
    let origin = match exchange.origin {
        Origin::Api => sandbox.origin(),
        Origin::Storage => sandbox.storage_origin(),
    };
    let mut url = format!("{origin}{}", exchange.path);
    if let Some(query) = &exchange.raw_query {
        url.push('?');
        url.push_str(query);
    }
    let body = match &exchange.body {
        Body::None => None,
        Body::Json(json) => Some(json_of(sandbox, json)),
        Body::Bytes { length, sha256 } => Some(json!({"length": length, "sha256": sha256})),
    };
    Sent {
        request: format!("{} {}", exchange.method, words(sandbox, &url)),
        body,
        status: exchange.status,
    }
}

/// Requests as the table holds them: of very many the first and the last, and a
/// digest of the rest.
pub(crate) fn in_short(mut requests: Vec<Sent>) -> Vec<Sent> {
    if requests.len() > MANY {
        let rest: Vec<Sent> = requests.drain(1..requests.len() - 1).collect();
        let text = serde_json::to_string(&rest).expect("requests are JSON");
        let digest = sha256_hex(text.as_bytes());
        let told = Sent {
            request: format!("{{{} requests {}}}", rest.len(), &digest[..16]),
            body: None,
            status: None,
        };
        requests.insert(1, told);
    }
    requests
}

/// An input out of the table, for this sandbox.
pub(crate) fn input_for(sandbox: &Sandbox, input: &Value, last_cursor: Option<&str>) -> Value {
    let mut input = input.clone();
    each_text(&mut input, &mut |text| match text {
        "{cursor}" => last_cursor
            .expect("the call before gave a cursor")
            .to_owned(),
        text => made(text).unwrap_or_else(|| text.replace("{account}", sandbox.origin())),
    });
    input
}

/// What happens in the account, with what is long made.
pub(crate) fn step_of(step: &Value) -> Value {
    let mut step = step.clone();
    each_text(&mut step, &mut |text| {
        made(text).unwrap_or_else(|| text.to_owned())
    });
    step
}

/// A long text, where these are the words for one.
fn made(words: &str) -> Option<String> {
    let (kind, bytes) = words
        .strip_prefix('{')?
        .strip_suffix('}')?
        .split_once(' ')?;
    let bytes: usize = bytes.parse().ok()?;
    match kind {
        // Of two bytes and of one, so that a cut in the middle is seen.
        "text" => Some(format!(
            "{}{}",
            "é".repeat(bytes / 2),
            "e".repeat(bytes % 2)
        )),
        "inline" => {
            let bytes: Vec<u8> = (0..bytes).map(|n| (n * 31 % 251) as u8).collect();
            Some(STANDARD.encode(bytes))
        }
        _ => None,
    }
}

fn words(sandbox: &Sandbox, text: &str) -> String {
    if text.len() > LONG {
        return format!(
            "{{{} bytes {}}}",
            text.len(),
            &sha256_hex(text.as_bytes())[..16]
        );
    }
    let text = text.replace(sandbox.origin(), "{account}");
    let mut text = text.replace(sandbox.storage_origin(), "{storage}");
    if text.starts_with("{storage}")
        && let Some(query) = text.find('?')
    {
        assert!(
            text.contains("X-Amz-Signature="),
            "a URL of the storage is signed: {text}"
        );
        text.truncate(query);
        text.push_str("?{presigned}");
    }
    text
}

fn opened(sandbox: &Sandbox, cursor: &str) -> String {
    let bytes = URL_SAFE_NO_PAD
        .decode(cursor)
        .expect("a cursor is base64url");
    let origin = sandbox.origin().as_bytes();
    let at = bytes.windows(origin.len()).position(|it| it == origin);
    let at = at.expect("a cursor says which origin it is of");
    let rest = [&bytes[..at], &bytes[at + origin.len()..]].concat();
    format!("{{cursor {}}}", &sha256_hex(&rest)[..16])
}

fn each_text(json: &mut Value, change: &mut impl FnMut(&str) -> String) {
    match json {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|it| each_text(it, change)),
        Value::Object(members) => members.values_mut().for_each(|it| each_text(it, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
