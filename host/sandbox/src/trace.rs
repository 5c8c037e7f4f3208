//! What was asked of the sandbox, and what of it Clio would have ignored.
//!
//! Scenario tests assert on both: the trace shows the exchanges, `ignored`
//! shows misspelled parameters and body keys, which Clio drops without a word.
//! No header value is kept, so no token and no signature is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which of the sandbox's listeners a request reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Clio's API.
    Api,
    /// The storage that presigned URLs point to.
    Storage,
}

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchange {
    /// Counts from 1 in the order of arrival; never reused, also not after the
    /// trace was cleared.
    pub number: u64,
    /// When the request's head arrived, by the sandbox's clock.
    pub at: Timestamp,
    /// The listener.
    pub origin: Origin,
    /// The method, in capitals.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The query as sent, without its question mark.
    pub raw_query: Option<String>,
    /// The decoded query, in order.
    pub query: Vec<(String, String)>,
    /// The names of the request's headers, in lower case, sorted.
    pub headers: Vec<String>,
    /// Whether an `Authorization` header was sent.
    pub authorization: bool,
    /// The request's body.
    pub body: Body,
    /// The operation's id in the official description, if the path is one.
    pub operation: Option<String>,
    /// The status that was answered; `None` when the connection was dropped
    /// before an answer, or the request is still being served.
    pub status: Option<u16>,
    /// The fault that was applied.
    pub fault: Option<String>,
    /// Whether a write took effect.
    pub applied: bool,
}

/// The body of a request, as the trace keeps it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// No body, or one that was not read.
    None,
    /// A JSON body of the API.
    Json(Value),
    /// Anything else.
    Bytes {
        /// Bytes received.
        length: u64,
        /// SHA-256 of them, lower-case hex.
        sha256: String,
    },
}

/// Something a request carried that Clio would have ignored silently, or that
/// the sandbox does not simulate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ignored {
    /// The exchange's number.
    pub exchange: u64,
    /// The operation's id.
    pub operation: String,
    /// What kind of thing it was.
    pub what: IgnoredKind,
    /// Where: the parameter's name, or a JSON pointer into the body.
    #[serde(rename = "where")]
    pub place: String,
}

/// Kinds of ignored things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoredKind {
    /// A query parameter this endpoint does not have.
    UnknownParameter,
    /// A body key this endpoint does not have.
    UnknownBodyKey,
    /// A known key with a value that Clio drops: an attorney to be cleared, a
    /// number where numbering is automatic.
    DroppedValue,
    /// A parameter of the endpoint that only counts beside another one.
    IncompleteFilter,
    /// A parameter or key that Clio has and the sandbox does not simulate.
    NotSimulated,
}

/// The trace and the ignored list.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    last: u64,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) ignored: Vec<Ignored>,
}

impl Trace {
    /// Writes down a request as it arrives.
    pub(crate) fn open(
        &mut self,
        at: Timestamp,
        origin: Origin,
        head: &http::request::Parts,
    ) -> u64 {
        self.last += 1;
        let mut headers: Vec<String> = head.headers.keys().map(|n| n.as_str().to_owned()).collect();
        headers.sort();
        self.exchanges.push(Exchange {
            number: self.last,
            at,
            origin,
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            raw_query: head.uri.query().map(str::to_owned),
            query: crate::query::decode(head.uri.query().unwrap_or("")),
            headers,
            authorization: head.headers.contains_key(http::header::AUTHORIZATION),
            body: Body::None,
            operation: None,
            status: None,
            fault: None,
            applied: false,
        });
        self.last
    }

    /// Changes an exchange, if the trace was not cleared meanwhile.
    pub(crate) fn amend(&mut self, number: u64, change: impl FnOnce(&mut Exchange)) {
        // Newest last, so the one in question is near the end.
        if let Some(exchange) = self.exchanges.iter_mut().rev().find(|e| e.number == number) {
            change(exchange);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.exchanges.clear();
        self.ignored.clear();
    }
}

/// Whether a path fits a pattern: `*` stands for one segment or a part of it,
/// `**` at the end for any rest. A pattern and a path are compared without
/// `/api/v4` and without `.json`, so `/documents/*` fits
/// `/api/v4/documents/7.json`.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    fn plain(path: &str) -> &str {
        let path = path.strip_prefix("/api/v4").unwrap_or(path);
        path.strip_suffix(".json").unwrap_or(path)
    }
    let mut want = plain(pattern).split('/').filter(|s| !s.is_empty());
    let mut have = plain(path).split('/').filter(|s| !s.is_empty());
    loop {
        match (want.next(), have.next()) {
            (Some("**"), _) | (None, None) => return true,
            (Some(w), Some(h)) if segment_matches(w, h) => {}
            _ => return false,
        }
    }
}

fn segment_matches(pattern: &str, segment: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == segment,
        Some((head, tail)) => {
            segment.len() >= head.len() + tail.len()
                && segment.starts_with(head)
                && segment.ends_with(tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_paths_with_and_without_the_prefix() {
        for (pattern, path, fits) in [
            ("/documents/*", "/api/v4/documents/7.json", true),
            ("/documents/*", "/api/v4/documents/7", true),
            ("/documents", "/api/v4/documents.json", true),
            ("/api/v4/documents.json", "/api/v4/documents", true),
            ("/documents/*", "/api/v4/documents.json", false),
            ("/documents/*", "/api/v4/documents/7/versions.json", false),
            ("/documents/**", "/api/v4/documents/7/versions.json", true),
            ("/**", "/uploads/a/b.pdf", true),
            ("/uploads/*/b*.pdf", "/uploads/a/b-2.pdf", true),
            ("/uploads/*/b*.pdf", "/uploads/a/c.pdf", false),
        ] {
            assert_eq!(path_matches(pattern, path), fits, "{pattern} {path}");
        }
    }
}
