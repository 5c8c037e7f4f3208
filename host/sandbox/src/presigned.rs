//! Presigned URLs: making them and checking what comes back.
//!
//! The form is S3's: expiry, date, credential, the list of signed headers and a
//! signature in the query. The signature covers the method, the path, the query
//! and the signed headers, so a header that is missing, changed or added does
//! not fit. The mathematics is simpler than S3's, which no client sees.

use hmac::{Hmac, Mac};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::query;
use crate::world::{DocumentVersion, Part, World};

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

/// The URL for a version's upload, as given out at `issued`.
pub(crate) fn upload_url(world: &World, version: &DocumentVersion, issued: Timestamp) -> String {
    let file = (&*version.uuid, version.filename.as_str());
    make(world, "PUT", file, &version.headers(), &[], issued)
}

/// The URL for one part.
pub(crate) fn part_url(world: &World, version: &DocumentVersion, part: &Part) -> String {
    let query = [
        ("partNumber".to_owned(), part.number.to_string()),
        ("uploadId".to_owned(), version.uuid.to_string()),
    ];
    let file = (&*version.uuid, version.filename.as_str());
    make(world, "PUT", file, &part.headers(), &query, world.now())
}

/// The URL for the download of a version or a template: by the key of its bytes
/// and its file name.
pub(crate) fn download_url(world: &World, key: &str, filename: &str) -> String {
    make(world, "GET", (key, filename), &[], &[], world.now())
}

fn make(
    world: &World,
    method: &str,
    (key, filename): (&str, &str),
    headers: &[(&str, String)],
    extra: &[(String, String)],
    issued: Timestamp,
) -> String {
    let path = format!("{PREFIX}/{key}/{}", encode_segment(filename));
    let host = world
        .storage_origin
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
    let signature = signature(world, method, &path, &query, &signed);
    query.push(("X-Amz-Signature".to_owned(), signature));
    format!("{}{path}?{}", world.storage_origin, query::encode(&query))
}

/// Checks a presigned request.
pub(crate) fn verify(
    world: &World,
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
    if signature(world, method, path, &rest, &signed) != given {
        return Err(Refusal::Mismatch);
    }
    let issued = jiff::civil::DateTime::strptime(DATE, date)
        .ok()
        .and_then(|at| jiff::tz::TimeZone::UTC.to_timestamp(at).ok())
        .ok_or(Refusal::Mismatch)?;
    if issued.duration_until(world.now()) > SignedDuration::from_secs(LIFE) {
        return Err(Refusal::Expired);
    }
    Ok(())
}

fn signature(
    world: &World,
    method: &str,
    path: &str,
    query: &[(String, String)],
    signed: &[(String, String)],
) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&world.secret) else {
        // Any key length is fine for an HMAC.
        return String::new();
    };
    let mut sorted = query.to_vec();
    sorted.sort();
    mac.update(format!("{method}\n{path}\n{}\n", query::encode(&sorted)).as_bytes());
    for (name, value) in signed {
        mac.update(format!("{name}:{value}\n").as_bytes());
    }
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
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
