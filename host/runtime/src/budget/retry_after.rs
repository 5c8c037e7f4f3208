//! How long an answer asks to wait: in `Retry-After`, or in words.
//!
//! `Retry-After` holds seconds or, behind some gateways, an HTTP date. A date
//! read as a number became a retry storm in other clients.
//!
//! What must stay true: no wait is negative or endless.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

/// The longest wait taken from an answer.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// How much of a body is searched for a wait, in bytes.
pub(super) const SEARCHED: usize = 4096;

/// The wait that an answer asks for from `now` on: what its field says, or else
/// the words of its body.
pub(super) fn read(headers: &HeaderMap, body: &[u8], now: SystemTime) -> Option<Duration> {
    in_field(headers, now)
        .or_else(|| in_words(body))
        .map(|wait| wait.min(LONGEST_WAIT))
}

/// `Retry-After`, in seconds or as an HTTP date (RFC 9110). A date in the past
/// means now.
fn in_field(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    Some(match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value)
            .ok()?
            .duration_since(now)
            .unwrap_or_default(),
    })
}

/// `Retry in N seconds`, as Clio's 429 says it in words.
fn in_words(body: &[u8]) -> Option<Duration> {
    const WORDS: &[u8] = b"retry in ";
    let body = body.get(..SEARCHED).unwrap_or(body).to_ascii_lowercase();
    let at = body.windows(WORDS.len()).position(|part| part == WORDS)?;
    let rest = &body[at + WORDS.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let count: u64 = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    rest[digits..]
        .starts_with(b" second")
        .then(|| Duration::from_secs(count))
}
