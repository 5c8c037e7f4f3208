//! Which header fields a guest may set.
//!
//! The credential is the host's to add; framing belongs to the connection that
//! the host pools; and what speaks to proxies could make one send a request
//! somewhere else. What is forbidden is refused twice: when a guest builds its
//! fields (and of the fields of answers, before a guest sees them), and again
//! when a request is sent.
//!
//! No list of what is forbidden is whole, and a rule for `GET` is worth little
//! where a field makes a `DELETE` of it. So a request to the account takes the
//! fields that are known here alone, and one for content those that a read
//! needs. Storage gets what Clio signed, whatever that is.
//!
//! What must stay true: an `Authorization` that a guest made never leaves, not
//! even from a component that was built to attach its own; a field is forbidden
//! in every spelling that some server takes for it, `_` for `-` among them.

use std::borrow::Cow;

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

/// Fields that a request to the account may have. More are dropped.
const FOR_ACCOUNT: [&str; 11] = [
    "accept",
    "accept-language",
    "content-length",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "range",
    "user-agent",
    "x-api-version",
];

/// Fields that a request for content may have. More are dropped.
const FOR_CONTENT: [&str; 11] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "content-length",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "range",
    "user-agent",
];

/// What the names of fields begin with that a customer of a storage chooses,
/// `_` and all. They say something about an object, and do nothing.
const METADATA: [&str; 3] = ["x-amz-meta-", "x-goog-meta-", "x-ms-meta-"];

/// Whether guests may neither set nor see this field.
pub(crate) fn is_forbidden(name: &HeaderName) -> bool {
    // Servers that hand fields on as variables (RFC 3875) take both for one.
    let name = match name.as_str() {
        name if name.contains('_') => Cow::Owned(name.replace('_', "-")),
        name => Cow::Borrowed(name),
    };
    FORBIDDEN.contains(&&*name)
        || FORBIDDEN_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// Whether a request to the account may have this field.
pub(crate) fn is_for_account(name: &HeaderName) -> bool {
    FOR_ACCOUNT.contains(&name.as_str())
}

/// Whether a request for content may have this field.
pub(crate) fn is_for_content(name: &HeaderName) -> bool {
    FOR_CONTENT.contains(&name.as_str())
}

/// Whether a request to storage may have this field. Clio signs what it wants
/// sent, and the names are its own to choose.
pub(crate) fn is_for_storage(name: &HeaderName) -> bool {
    let name = name.as_str();
    !name.contains('_') || METADATA.iter().any(|prefix| name.starts_with(prefix))
}

/// Removes all fields but those that a request of its kind may have.
pub(crate) fn keep(headers: &mut HeaderMap, may: fn(&HeaderName) -> bool) {
    remove(headers, |name| !may(name));
}

fn remove(headers: &mut HeaderMap, which: impl Fn(&HeaderName) -> bool) {
    let names: Vec<HeaderName> = headers.keys().filter(|name| which(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// Removes what a guest may not set. Answers with the length that the request
/// says its body has.
///
/// `Host` is among what is removed: `wasi:http` sets it from the guest's text,
/// and the client sets it again from the authority that was understood.
pub(crate) fn strip(headers: &mut HeaderMap) -> Result<Option<u64>, LengthError> {
    let length = content_length(headers)?;
    remove(headers, is_forbidden);
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
            // CASES S10
            "X_HTTP_Method_Override",
            "x_http_method",
            "x-http_method-override",
            "X_Forwarded_For",
            "Proxy_Authorization",
            "Transfer_Encoding",
            "sec_fetch_site",
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

    // CASES S10
    #[test]
    fn each_way_takes_the_fields_that_are_known_there() {
        type May = fn(&HeaderName) -> bool;
        let ways: [(May, &[&str], &[&str]); 3] = [
            (
                is_for_account,
                &["accept", "content-type", "if-match", "x-api-version"],
                &[
                    "x-anything",
                    "if_match",
                    "x_api_version",
                    "x-amz-date",
                    "accept-encoding",
                    "x-bulk",
                    "origin",
                    "referer",
                    "_method",
                ],
            ),
            (
                is_for_content,
                &["accept", "accept-encoding", "range", "user-agent"],
                &[
                    "x-anything",
                    "if-match_",
                    "content-type",
                    "x-api-key",
                    "referer",
                ],
            ),
            (
                is_for_storage,
                &[
                    "content-type",
                    "content-md5",
                    "x-amz-server-side-encryption",
                    "x-amz-meta-source_id",
                    "x-goog-hash",
                    "x-anything",
                ],
                &["x_amz_acl", "content_type", "x-amz_meta-a"],
            ),
        ];
        for (may, kept, dropped) in ways {
            let all: Vec<_> = kept.iter().chain(dropped).map(|it| (*it, "x")).collect();
            let mut map = headers(&all);
            keep(&mut map, may);
            assert_eq!(map.len(), kept.len(), "{map:?}");
            for name in kept {
                assert!(map.contains_key(*name), "{name}");
            }
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
