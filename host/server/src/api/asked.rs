//! What a request says beside its body: how long it waits (RFC 7240), and by what
//! key its repetitions are known; and JSON that is read within bounds.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use clio_runner::encoding;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;

use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// The most bytes of an input. Content of this size is uploaded.
pub(crate) const INPUT_BYTES: usize = 4 * 1024 * 1024;
/// The most characters of an `Idempotency-Key`.
const KEY: usize = 255;

/// How a caller waits for what it asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// To the end.
    ToTheEnd,
    /// So long, and then it follows the run.
    For(Duration),
    /// Not at all: it follows the run.
    No,
}

impl Waits {
    /// By the field `Prefer`. What is not understood is passed over, as it says.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut waits = Self::ToTheEnd;
        for value in headers.get_all("prefer") {
            for preference in value.to_str().unwrap_or_default().split(',') {
                let preference = preference.split(';').next().unwrap_or_default().trim();
                let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
                let seconds = value.trim().trim_matches('"').parse();
                match (name.trim().to_ascii_lowercase().as_str(), seconds) {
                    ("respond-async", _) if waits == Self::ToTheEnd => waits = Self::No,
                    ("wait", Ok(seconds)) => waits = Self::For(Duration::from_secs(seconds)),
                    _ => {}
                }
            }
        }
        waits
    }

    /// What is answered to have been taken into account.
    pub(crate) fn applied(self) -> Option<String> {
        match self {
            Self::ToTheEnd => None,
            Self::For(wait) => Some(format!("wait={}", wait.as_secs())),
            Self::No => Some("respond-async".to_owned()),
        }
    }
}

/// What the repetitions of a request are known by, where it says so: the key's id,
/// the account that the connection leads to, and the caller's word. Nobody else's word
/// is the same.
pub(crate) fn once(
    headers: &HeaderMap,
    caller: &Caller,
    connection: &str,
    owner: &str,
) -> Result<Option<[String; 5]>, Problem> {
    let Some(word) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let word = word.to_str().unwrap_or_default();
    if word.is_empty() || word.len() > KEY {
        return Err(Problem::invalid(format!(
            "the Idempotency-Key has 1 to {KEY} characters of ASCII"
        )));
    }
    Ok(Some([
        "asked".to_owned(),
        caller.key.id.clone(),
        connection.to_owned(),
        owner.to_owned(),
        word.to_owned(),
    ]))
}

/// Refuses a repetition that asks for something else.
pub(crate) fn another() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "another request came with the same Idempotency-Key; send a new key with each new request",
    )
}

/// The JSON of a body.
pub(crate) async fn json(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let media_type = headers.get(http::header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next());
    if !media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send the input as application/json",
        ));
    }
    // Before anything is read, where it is said.
    if body.size_hint().lower() > INPUT_BYTES as u64 {
        return Err(too_large());
    }
    let read = Limited::new(body, INPUT_BYTES).collect().await;
    let bytes = match read {
        Ok(read) => read.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => return Err(too_large()),
        Err(_) => {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "incomplete",
                "the body did not arrive whole",
            ));
        }
    };
    encoding::json(&bytes).map_err(|what| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_json",
            format!("the body {what}"),
        )
    })
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        format!("an input has at most {INPUT_BYTES} bytes; upload content, and name it"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_caller_says_how_long_it_waits() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("prefer", http::HeaderValue::from_static(value));
            }
            Waits::of(&headers)
        };
        let ten = Waits::For(Duration::from_secs(10));
        assert_eq!(of(&[]), Waits::ToTheEnd);
        assert_eq!(of(&["return=minimal"]), Waits::ToTheEnd);
        assert_eq!(of(&["respond-async"]), Waits::No);
        assert_eq!(of(&["Respond-Async; x=1"]), Waits::No);
        // RFC 7240, 4.3: both together are "at once, unless it takes no longer".
        assert_eq!(of(&["respond-async, wait=10"]), ten);
        assert_eq!(of(&["wait=10", "respond-async"]), ten);
        assert_eq!(of(&["wait=-1"]), Waits::ToTheEnd);
    }
}
