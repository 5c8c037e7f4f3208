//! Paths of API requests, and the patterns that they are compared with.
//!
//! What must stay true: a path that servers may read in two ways is refused
//! before it is compared, and a pattern fits byte for byte or not at all.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::denial::DenialReason;
use super::request_rule::RuleError;

/// The longest run of digits that `{id}` stands for: those of a 64-bit number.
const LONGEST_ID: usize = 20;

/// The path of an API request, in which `{id}` stands for one or more ASCII
/// digits, such as `/api/v4/contacts/{id}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPattern(String);

impl PathPattern {
    /// Whether a request's path fits. The path is compared byte for byte.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let mut pieces = self.0.split("{id}");
        let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else {
            return false;
        };
        for piece in pieces {
            // No piece after `{id}` begins with a digit, so the longest run of
            // digits is the only one that can fit.
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 || digits > LONGEST_ID {
                return false;
            }
            match rest[digits..].strip_prefix(piece) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.is_empty()
    }

    /// The pattern that fits a path: runs of digits that fill a segment, up to
    /// an extension, become `{id}` where they are no longer than an id.
    pub(crate) fn generalised(path: &str) -> String {
        let segments = path.split('/').map(|segment| {
            let (stem, extension) = match segment.split_once('.') {
                Some((stem, extension)) => (stem, Some(extension)),
                None => (segment, None),
            };
            let is_id = (1..=LONGEST_ID).contains(&stem.len());
            if !is_id || !stem.bytes().all(|byte| byte.is_ascii_digit()) {
                return segment.to_owned();
            }
            match extension {
                Some(extension) => format!("{{id}}.{extension}"),
                None => "{id}".to_owned(),
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// The last segment of a path that is an id, such as 17 in
    /// `/api/v4/contacts/17.json`.
    pub(crate) fn last_id(path: &str) -> Option<u64> {
        let stem = |segment: &str| segment.split('.').next().and_then(|stem| stem.parse().ok());
        path.rsplit('/').find_map(stem)
    }
}

impl FromStr for PathPattern {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let bare = text.replace("{id}", "0");
        check_path(&bare).map_err(|_| RuleError::Path)?;
        let after_id_comes_a_digit = text
            .split("{id}")
            .skip(1)
            .any(|piece| piece.starts_with(|c: char| c.is_ascii_digit()) || piece.starts_with('{'));
        if after_id_comes_a_digit || text.contains("{id}{id}") || bare.contains(['{', '}']) {
            return Err(RuleError::Path);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for PathPattern {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        text.parse()
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Refuses a path that servers may read in two ways, and what is never allowed.
///
/// Clio's API paths need no percent-encoding, so none is taken: `%2f`, `%2e`
/// and `%25` cannot be used to reach another path than the one compared.
pub(crate) fn check_path(path: &str) -> Result<(), DenialReason> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~');
    let ambiguous = !path.starts_with('/')
        || path.contains("//")
        || path
            .split('/')
            .any(|segment| segment == "." || segment == "..")
        || !path.bytes().all(plain);
    if ambiguous {
        return Err(DenialReason::AmbiguousPath);
    }
    let first = path.split('/').nth(1).unwrap_or_default();
    if first.eq_ignore_ascii_case("oauth") || first.to_ascii_lowercase().starts_with("oauth.") {
        return Err(DenialReason::NeverAllowed);
    }
    Ok(())
}
