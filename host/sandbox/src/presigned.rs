//! Presigned URLs: making them and checking what comes back.
//!
//! The form is S3's: expiry, date, credential, the list of signed headers and a
//! signature in the query. The signature covers the method, the path, the query
//! and the signed headers, so a header that is missing, changed or added does
//! not fit. The mathematics is simpler than S3's, which no client sees.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use crate::digest::hmac_hex;
use crate::query;

/// How long a URL lives. Clio's prose says eight hours, its field description
/// ten minutes: the shorter one holds.
const LIFE: i64 = 600;

/// Where uploads lie.
const PREFIX: &str = "/iris-production/uploads/document_version/file";

const DATE: &str = "%Y%m%dT%H%M%SZ";

/// Why a presigned request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not a presigned request at all.
    NoSignature,
    Expired,
    Mismatch,
}

/// What the URLs of one storage are made and checked with.
pub(crate) struct Presigner<'a> {
    pub(crate) secret: &'a [u8],
    /// The storage's.
    pub(crate) origin: &'a str,
}

impl Presigner<'_> {
    /// The URL of the bytes that lie under a key, with these headers signed.
    pub(crate) fn url(
        &self,
        method: &str,
        (key, filename): (&str, &str),
        headers: &[(&str, String)],
        extra: &[(String, String)],
        issued: Timestamp,
    ) -> String {
        let path = format!("{PREFIX}/{key}/{}", encode_segment(filename));
        let host = self
            .origin
            .split_once("://")
            .map_or("", |(_, authority)| authority);
        let mut signed: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect();
        signed.push(("host".to_owned(), host.to_owned()));
        signed.sort();
        let names = signed
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(";");
        let day = issued.strftime("%Y%m%d");
        let mut query: Vec<(String, String)> = extra.to_vec();
        for (name, value) in [
            ("X-Amz-Expires", LIFE.to_string()),
            ("X-Amz-Date", issued.strftime(DATE).to_string()),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            (
                "X-Amz-Credential",
                format!("SANDBOX/{day}/us-west-2/s3/aws4_request"),
            ),
            ("X-Amz-SignedHeaders", names),
        ] {
            query.push((name.to_owned(), value));
        }
        let signature = self.signature(method, &path, &query, &signed);
        query.push(("X-Amz-Signature".to_owned(), signature));
        format!("{}{path}?{}", self.origin, query::encode(&query))
    }

    /// Checks a presigned request.
    pub(crate) fn verify(
        &self,
        now: Timestamp,
        method: &str,
        path: &str,
        query: &[(String, String)],
        headers: &HeaderMap,
    ) -> Result<(), Refusal> {
        let value = |name: &str| {
            query
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.as_str())
        };
        let (Some(given), Some(names), Some(date)) = (
            value("X-Amz-Signature"),
            value("X-Amz-SignedHeaders"),
            value("X-Amz-Date"),
        ) else {
            return Err(Refusal::NoSignature);
        };
        let names: Vec<&str> = names.split(';').collect();
        // A header of Amazon's that was not signed must not be there either.
        if headers
            .keys()
            .any(|h| h.as_str().starts_with("x-amz-") && !names.contains(&h.as_str()))
        {
            return Err(Refusal::Mismatch);
        }
        let signed: Vec<(String, String)> = names
            .iter()
            .map(|name| {
                let values: Vec<&str> = headers
                    .get_all(*name)
                    .iter()
                    .filter_map(|v| v.to_str().ok())
                    .map(str::trim)
                    .collect();
                ((*name).to_owned(), values.join(","))
            })
            .collect();
        let rest: Vec<(String, String)> = query
            .iter()
            .filter(|(name, _)| name != "X-Amz-Signature")
            .cloned()
            .collect();
        if self.signature(method, path, &rest, &signed) != given {
            return Err(Refusal::Mismatch);
        }
        let issued = jiff::civil::DateTime::strptime(DATE, date)
            .ok()
            .and_then(|at| jiff::tz::TimeZone::UTC.to_timestamp(at).ok())
            .ok_or(Refusal::Mismatch)?;
        if issued.duration_until(now) > SignedDuration::from_secs(LIFE) {
            return Err(Refusal::Expired);
        }
        Ok(())
    }

    fn signature(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        signed: &[(String, String)],
    ) -> String {
        let mut sorted = query.to_vec();
        sorted.sort();
        let mut text = format!("{method}\n{path}\n{}\n", query::encode(&sorted));
        for (name, value) in signed {
            text.push_str(&format!("{name}:{value}\n"));
        }
        hmac_hex(self.secret, text.as_bytes())
    }
}

/// The UUID and the file name of an upload's path.
pub(crate) fn parse_path(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix(PREFIX)?
        .strip_prefix('/')?
        .split_once('/')
}

fn encode_segment(name: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const SET: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~');
    utf8_percent_encode(name, SET).to_string()
}
