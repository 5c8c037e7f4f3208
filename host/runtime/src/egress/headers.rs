//! Which header fields a guest may not set.
//!
//! The credential is the host's to add; framing belongs to the connection that
//! the host pools; and what speaks to proxies could make one send a request
//! somewhere else. The list is applied twice: when a guest builds its fields
//! (and to the fields of answers, before a guest sees them), and again when a
//! request is sent.
//!
//! What must stay true: an `Authorization` that a guest made never leaves, not
//! even from a component that was built to attach its own.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Fields with one of these prefixes are for proxies, which act on them.
const FORBIDDEN_PREFIXES: [&str; 3] = ["proxy-", "x-forwarded-", "sec-"];

/// Fields that a guest may not set, in lower case.
const FORBIDDEN: [&str; 26] = [
    "authorization",
    "cookie",
    "cookie2",
    "set-cookie",
    "host",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "http2-settings",
    "expect",
    "via",
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "x-host",
    "x-original-host",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "true-client-ip",
    "alt-used",
];

/// Whether guests may neither set nor see this field.
pub(crate) fn is_forbidden(name: &HeaderName) -> bool {
    let name = name.as_str();
    FORBIDDEN.contains(&name)
        || FORBIDDEN_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// Removes what a guest may not set. Answers with the length that the request
/// says its body has.
///
/// `Host` is among what is removed: `wasi:http` sets it from the guest's text,
/// and the client sets it again from the authority that was understood.
pub(crate) fn strip(headers: &mut HeaderMap) -> Result<Option<u64>, LengthError> {
    let length = content_length(headers)?;
    let forbidden: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_forbidden(name))
        .cloned()
        .collect();
    for name in forbidden {
        headers.remove(name);
    }
    Ok(length)
}

/// The `Content-Length` of a message, when it has exactly one plain value.
pub(crate) fn content_length(headers: &HeaderMap) -> Result<Option<u64>, LengthError> {
    let mut values = headers.get_all(header::CONTENT_LENGTH).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(LengthError);
    }
    let digits = value.as_bytes();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(LengthError);
    }
    let text = value.to_str().map_err(|_| LengthError)?;
    text.parse().map(Some).map_err(|_| LengthError)
}

/// A `Content-Length` that is not one plain number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LengthError;

/// Sets the length that a body is sent with.
pub(crate) fn set_content_length(headers: &mut HeaderMap, length: u64) {
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        map
    }

    #[test]
    fn what_is_the_hosts_to_say_is_removed() {
        let table = [
            "Authorization",
            "Cookie",
            "Host",
            "Connection",
            "Transfer-Encoding",
            "TE",
            "Trailer",
            "Upgrade",
            "Keep-Alive",
            "Proxy-Authorization",
            "Proxy-Connection",
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "Via",
            "Expect",
            "HTTP2-Settings",
            "X-HTTP-Method-Override",
        ];
        for name in table {
            let mut map = headers(&[(name, "x"), (name, "y"), ("accept", "application/json")]);
            strip(&mut map).unwrap();
            assert_eq!(map.len(), 1, "{name}");
        }
    }

    #[test]
    fn what_an_action_needs_stays() {
        let table = [
            "Accept",
            "Content-Type",
            "Content-Length",
            "User-Agent",
            "If-Match",
            "If-None-Match",
            "Range",
            "X-API-VERSION",
            "x-amz-server-side-encryption",
            "Content-MD5",
            // Of answers:
            "Location",
            "Date",
            "ETag",
            "Retry-After",
            "X-RateLimit-Remaining",
            "Repr-Digest",
        ];
        for name in table {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            assert!(!is_forbidden(&name), "{name}");
        }
    }

    #[test]
    fn a_length_is_one_plain_number() {
        let length = |values: &[&str]| {
            let pairs: Vec<_> = values
                .iter()
                .map(|value| ("content-length", *value))
                .collect();
            strip(&mut headers(&pairs))
        };
        assert_eq!(length(&[]), Ok(None));
        assert_eq!(length(&["0"]), Ok(Some(0)));
        assert_eq!(length(&["1073741824"]), Ok(Some(1 << 30)));
        for bad in [
            &["5", "5"][..],
            &["+5"],
            &["-1"],
            &[""],
            &["5, 5"],
            &["0x5"],
        ] {
            assert_eq!(length(bad), Err(LengthError), "{bad:?}");
        }
        assert_eq!(length(&["99999999999999999999999"]), Err(LengthError));
    }
}
