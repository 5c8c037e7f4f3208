//! How long Clio asks to wait.
//!
//! The answer stands in `Retry-After` as seconds, or as an HTTP date where a
//! gateway wrote it, or only in the body as `Retry in N seconds`. A client has
//! also seen the error wrapped in base64, without the usual status; it is read
//! whatever the status is. An answer that is not understood must not become "at
//! once".

use crate::prelude::*;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use crate::instant::Instant;
use crate::transport::Response;

/// The longest wait that is believed: an hour. Clio's window is a minute.
const LONGEST_MS: u64 = 3_600_000;

/// The wait that an answer asks for, in milliseconds.
pub(crate) fn wait_ms(response: &Response, now: Instant) -> Option<u64> {
    let wait = from_header(response, now).or_else(|| from_text(&response.body))?;
    Some(wait.min(LONGEST_MS))
}

fn from_header(response: &Response, now: Instant) -> Option<u64> {
    let value = response.headers.get("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return seconds.checked_mul(1000);
    }
    let until = Instant::of_http_date(value)?;
    // Clio's own clock counts, where the answer tells it.
    let from = response
        .headers
        .get("date")
        .and_then(Instant::of_http_date)
        .unwrap_or(now);
    // A date that is past says nothing: the clock that it is compared with may
    // be ahead.
    let seconds = u64::try_from(until.0.saturating_sub(from.0)).ok()?;
    (seconds > 0).then(|| seconds.saturating_mul(1000))
}

fn from_text(body: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(body).ok()?;
    let rest = text.split_once("Retry in ")?.1;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse::<u64>().ok()?.checked_mul(1000)
}

/// An answer that a gateway passed on as text in base64.
#[derive(Deserialize)]
struct Wrapped {
    data: String,
}

/// Padding may be missing: it is the text that counts.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The wait of a limit that was answered as a base64-wrapped text. `None`: it
/// is no such answer. The inner `None`: it names no time.
pub(crate) fn wrapped(body: &[u8]) -> Option<Option<u64>> {
    let wrapped: Wrapped = serde_json::from_slice(body).ok()?;
    // Base64 in lines is still base64.
    let mut data = wrapped.data.into_bytes();
    data.retain(|byte| !byte.is_ascii_whitespace());
    let text = BASE64.decode(data).ok()?;
    let said = text
        .windows(b"RateLimited".len())
        .any(|window| window == b"RateLimited");
    said.then(|| from_text(&text).map(|wait| wait.min(LONGEST_MS)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transport::Headers;

    fn wait(headers: &[(&str, &str)], body: &str) -> Option<u64> {
        let headers = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        let response = Response {
            status: 429,
            headers: Headers::new(headers),
            body: body.as_bytes().to_vec(),
        };
        wait_ms(&response, Instant::parse("2026-03-01T09:30:00Z").unwrap())
    }

    #[test]
    fn each_form_of_the_wait_is_read() {
        assert_eq!(wait(&[("Retry-After", "34")], ""), Some(34_000));
        assert_eq!(
            wait(&[("retry-after", "Sun, 01 Mar 2026 09:30:20 GMT")], ""),
            Some(20_000)
        );
        let clio_is_ahead = [
            ("Retry-After", "Sun, 01 Mar 2026 09:31:20 GMT"),
            ("Date", "Sun, 01 Mar 2026 09:31:00 GMT"),
        ];
        assert_eq!(wait(&clio_is_ahead, ""), Some(20_000));
        assert_eq!(
            wait(&[], "Rate limit exceeded. Retry in 12 seconds."),
            Some(12_000)
        );
        assert_eq!(wait(&[("Retry-After", "soon")], "nothing"), None);
        assert_eq!(wait(&[("Retry-After", "99999999999999999999")], ""), None);
        assert_eq!(wait(&[("Retry-After", "9999999")], ""), Some(LONGEST_MS));
        let past = [("Retry-After", "Sun, 01 Mar 2026 09:29:00 GMT")];
        assert_eq!(wait(&past, ""), None, "a date that is past");
    }

    #[test]
    fn a_limit_wrapped_in_base64_is_recognised() {
        let data = base64::engine::general_purpose::STANDARD
            .encode(r#"{"error":{"type":"RateLimited","message":"Retry in 7 seconds."}}"#);
        let body = format!(r#"{{"metadata":{{"encodingDecoded":"text/plain"}},"data":"{data}"}}"#);
        assert_eq!(wrapped(body.as_bytes()), Some(Some(7_000)));
        let (head, tail) = data.trim_end_matches('=').split_at(20);
        let lines = format!(r#"{{"data":"{head}\n{tail}"}}"#);
        assert_eq!(wrapped(lines.as_bytes()), Some(Some(7_000)));
        assert_eq!(wrapped(br#"{"data":{"id":1}}"#), None);
        assert_eq!(wrapped(br#"{"data":"RateLimited"}"#), None);
    }
}
