//! Reads what an answer says about the rate limit.
//!
//! Clio says it in several places: three `X-RateLimit-` fields on each
//! authorized answer, how long to wait on a refusal ([`retry_after`]), and once
//! seen in the field, a 200 whose JSON wraps the refusal in base64.
//!
//! What must stay true: nothing an answer says makes a wait negative, endless
//! or zero by mistake.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};

use super::retry_after::{self, SEARCHED};
use super::window::{Answerer, Signal, WindowView};

/// The shortest wait after a refusal for the limit. One that asks for none, with a
/// zero or with a date that is over, says only that its clock is another one:
/// asked again at once, it refuses again.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// The longest window taken from an answer. Clio's are a minute.
const LONGEST_WINDOW: Duration = Duration::from_secs(300);
/// A reset below this is no Unix time but a number of seconds from now.
const SMALLEST_UNIX_TIME: u64 = 1_000_000_000;
/// What an answer says. `wall` is the host's own clock, for answers without a
/// `Date`.
pub(crate) fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    wall: SystemTime,
) -> Signal {
    // Both ends of an interval come from the server's clock where possible, so
    // that a clock of ours that is wrong does not matter.
    let now = date(headers).unwrap_or(wall);
    let wrapped = wrapped_refusal(body);
    let limited = status == StatusCode::TOO_MANY_REQUESTS || wrapped.is_some();
    let retry_after = if limited || status == StatusCode::SERVICE_UNAVAILABLE {
        let words = wrapped.as_deref().unwrap_or(body);
        let wait = retry_after::read(headers, words, now);
        wait.map(|wait| {
            if limited {
                wait.max(SHORTEST_WAIT)
            } else {
                wait
            }
        })
    } else {
        None
    };
    Signal {
        window: window(headers, now),
        limited,
        retry_after,
        from: match status {
            _ if limited => Answerer::Clio,
            StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Answerer::Instead,
            _ => Answerer::Clio,
        },
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()
}

fn window(headers: &HeaderMap, now: SystemTime) -> Option<WindowView> {
    let remaining = number(headers, "x-ratelimit-remaining")?;
    let reset = number(headers, "x-ratelimit-reset")?;
    let ends_in = if reset < SMALLEST_UNIX_TIME {
        Duration::from_secs(reset)
    } else {
        (UNIX_EPOCH + Duration::from_secs(reset.min(u64::from(u32::MAX))))
            .duration_since(now)
            .unwrap_or_default()
    };
    Some(WindowView {
        limit: number(headers, "x-ratelimit-limit").and_then(|limit| u32::try_from(limit).ok()),
        remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
        reset,
        ends_in: ends_in.min(LONGEST_WINDOW),
    })
}

/// The text of a refusal that came with base64 inside, as seen in the field,
/// whatever its status: `{"metadata":{"encodingDecoded":"text/plain"},"data":"<base64>"}`.
fn wrapped_refusal(body: &[u8]) -> Option<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Wrapped {
        #[serde(rename = "metadata")]
        _metadata: Metadata,
        data: String,
    }
    #[derive(serde::Deserialize)]
    struct Metadata {
        #[serde(rename = "encodingDecoded")]
        _encoding: String,
    }
    const MARK: &[u8] = b"encodingDecoded";
    if body.len() > SEARCHED {
        return None;
    }
    // Cheap first: nearly no answer is one.
    body.windows(MARK.len()).find(|part| *part == MARK)?;
    let wrapped: Wrapped = serde_json::from_slice(body).ok()?;
    let text = STANDARD.decode(wrapped.data.as_bytes()).ok()?;
    let says = |word: &[u8]| text.windows(word.len()).any(|part| part == word);
    says(b"RateLimited").then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http::HeaderName;

    fn signal(status: u16, pairs: &[(&str, &str)], body: &str) -> Signal {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        let wall = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        read(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            body.as_bytes(),
            wall,
        )
    }

    fn wait(status: u16, pairs: &[(&str, &str)], body: &str) -> Option<u64> {
        signal(status, pairs, body)
            .retry_after
            .map(|wait| wait.as_secs())
    }

    const WORDS: &str = r#"{"error":{"type":"RateLimited","message":"Retry in 34 seconds."}}"#;
    // Sat, 15 Jan 2027 08:00:00 GMT is 1800000000.
    const DATE: (&str, &str) = ("date", "Fri, 15 Jan 2027 08:00:00 GMT");

    #[test]
    fn a_wait_is_read_from_wherever_it_stands() {
        assert_eq!(wait(429, &[("retry-after", "17")], WORDS), Some(17));
        assert_eq!(wait(429, &[], WORDS), Some(34));
        assert_eq!(
            wait(
                429,
                &[DATE, ("retry-after", "Fri, 15 Jan 2027 08:00:42 GMT")],
                ""
            ),
            Some(42)
        );
        assert_eq!(wait(429, &[("retry-after", "soon")], WORDS), Some(34));
        assert_eq!(wait(429, &[("retry-after", "-3")], WORDS), Some(34));
        assert_eq!(wait(429, &[], "Retry in a moment"), None);
        assert_eq!(wait(429, &[], "Retry in 5 hours"), None);
        assert_eq!(wait(503, &[("retry-after", "5")], ""), Some(5));
        assert_eq!(wait(200, &[("retry-after", "5")], WORDS), None);
    }

    #[test]
    fn a_date_in_the_past_is_a_short_wait_and_a_far_one_is_bounded() {
        let past = [DATE, ("retry-after", "Fri, 15 Jan 2027 07:00:00 GMT")];
        assert_eq!(wait(429, &past, ""), Some(1));
        assert_eq!(wait(429, &[("retry-after", "0")], ""), Some(1));
        assert_eq!(wait(503, &past, ""), Some(0));
        assert_eq!(wait(429, &[("retry-after", "999999999")], ""), Some(3600));
    }

    #[test]
    fn a_refusal_wrapped_in_base64_counts_as_one() {
        let data = STANDARD.encode(WORDS);
        let body = format!(r#"{{"metadata":{{"encodingDecoded":"text/plain"}},"data":"{data}"}}"#);
        for status in [200, 403, 429, 503] {
            let read = signal(status, &[], &body);
            assert!(read.limited, "{status}");
            let wait = Some(Duration::from_secs(34));
            assert_eq!(read.retry_after, wait, "{status}");
        }
        let other = STANDARD.encode("a document");
        let body = format!(r#"{{"metadata":{{"encodingDecoded":"text/plain"}},"data":"{other}"}}"#);
        assert!(!signal(200, &[], &body).limited);
        assert!(!signal(200, &[], r#"{"data":{"name":"RateLimited"}}"#).limited);
    }

    #[test]
    fn the_window_is_measured_by_the_servers_clock() {
        let headers = [
            ("date", "Fri, 15 Jan 2027 09:00:00 GMT"),
            ("x-ratelimit-limit", "50"),
            ("x-ratelimit-remaining", "12"),
            ("x-ratelimit-reset", "1800003630"),
        ];
        let window = signal(200, &headers, "").window.unwrap();
        assert_eq!(window.ends_in, Duration::from_secs(30));
        assert_eq!((window.limit, window.remaining), (Some(50), 12));
        let without_date = signal(200, &headers[1..], "").window.unwrap();
        assert_eq!(without_date.ends_in, LONGEST_WINDOW);
    }

    #[test]
    fn numbers_that_make_no_sense_are_no_window() {
        assert!(
            signal(200, &[("x-ratelimit-remaining", "12")], "")
                .window
                .is_none()
        );
        let odd = [
            ("x-ratelimit-remaining", "many"),
            ("x-ratelimit-reset", "1800000030"),
        ];
        assert!(signal(200, &odd, "").window.is_none());
        let delta = [("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "30")];
        let window = signal(200, &delta, "").window.unwrap();
        assert_eq!(window.ends_in, Duration::from_secs(30));
        let far = [
            ("x-ratelimit-remaining", "1"),
            ("x-ratelimit-reset", "18446744073709551615"),
        ];
        assert_eq!(
            signal(200, &far, "").window.unwrap().ends_in,
            LONGEST_WINDOW
        );
    }
}
