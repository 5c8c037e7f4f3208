//! A file that an action reads whole, because it has to be understood: a template,
//! or a document that is inspected.
//!
//! What must stay true: everything is checked before the first request; no more
//! than 10 MiB are ever held; bytes that are fewer, more or others than was said
//! are never taken.

use alloc::borrow::Cow;

use clio_types::types::{FileContent, FileSource, ProblemCode};

use crate::content_url;
use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::{Content, Opened, Transport};
use crate::upload_document::digest;

/// The most bytes of a file.
pub(crate) const MOST: u64 = clio_template::limits::TEMPLATE as u64;

/// The most bytes that come inline: 1 MiB.
pub(crate) const INLINE: usize = 1 << 20;

/// The size of the buffer that bytes pass through.
const BUFFER: usize = 64 << 10;

/// Checks what can be checked of the file at the member `at`.
pub(crate) fn check(at: &str, file: &FileContent, origin: &str) -> Result<(), Failure> {
    match &file.source {
        FileSource::Inline(bytes) => {
            let why = match bytes.len() {
                0 => Some("The file is empty."),
                length if length > INLINE => {
                    Some("More than 1 MiB came inline. Pass the file by URL.")
                }
                _ => None,
            };
            if let Some(why) = why {
                return Err(Failure::input(format!("{at}/source/inline"), why));
            }
            if file.length.is_some_and(|it| it != bytes.len() as u64) {
                return Err(another_length(at));
            }
        }
        FileSource::Url(url) => content_url::check(&format!("{at}/source/url"), url, origin)?,
    }
    match file.length {
        Some(0) => return Err(Failure::input(format!("{at}/length"), "The file is empty.")),
        Some(length) if length > MOST => return Err(too_large(&format!("{at}/length"))),
        _ => {}
    }
    if let Some(media_type) = &file.media_type {
        content_url::media_type(&format!("{at}/media_type"), media_type)?;
    }
    match &file.sha256 {
        Some(sha256) if !digest::is_hex(sha256) => Err(Failure::input(
            format!("{at}/sha256"),
            "The digest is no SHA-256 in lower-case hexadecimal.",
        )),
        _ => Ok(()),
    }
}

/// Reads the file at the member `at`, which was checked.
pub(crate) fn read<'f, T: Transport>(
    transport: &mut T,
    at: &str,
    file: &'f FileContent,
) -> Result<Cow<'f, [u8]>, Failure> {
    let bytes = match &file.source {
        FileSource::Inline(bytes) => Cow::Borrowed(bytes.as_slice()),
        FileSource::Url(url) => Cow::Owned(fetch(transport, at, url, file.length)?),
    };
    let other = |sha256: &String| *sha256 != digest::of(&bytes);
    if file.sha256.as_ref().is_some_and(other) {
        return Err(Failure::input(
            format!("{at}/sha256"),
            "The digest is not that of the bytes.",
        ));
    }
    Ok(bytes)
}

fn fetch<T: Transport>(
    transport: &mut T,
    at: &str,
    url: &str,
    length: Option<u64>,
) -> Result<Vec<u8>, Failure> {
    let field = format!("{at}/source/url");
    let opened = transport.open(url);
    let Opened {
        status,
        headers,
        mut content,
    } = opened.map_err(|error| content_url::unreadable(&field, error))?;
    if status != 200 {
        return Err(content_url::answered(&field, status));
    }
    if headers.are_encoded() {
        return Err(content_url::encoded(&field));
    }
    let told: Option<u64> = headers
        .get("content-length")
        .and_then(|text| text.trim().parse().ok());
    if let (Some(told), Some(length)) = (told, length)
        && told != length
    {
        return Err(another_length(at));
    }
    let announced = told.or(length);
    if announced.is_some_and(|length| length > MOST) {
        return Err(too_large(&field));
    }
    // Grown by doubling, it would take three times its size.
    let room = announced.and_then(|length| usize::try_from(length).ok());
    let mut bytes = Vec::with_capacity(room.unwrap_or_default());
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = content.read(&mut buffer);
        let count = read.map_err(|error| content_url::unreadable(&field, error))?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&buffer[..count]);
        if bytes.len() as u64 > announced.unwrap_or(MOST) {
            return Err(match announced {
                Some(_) => cut(&field),
                None => too_large(&field),
            });
        }
    }
    match announced {
        Some(announced) if announced != bytes.len() as u64 => Err(cut(&field)),
        _ if bytes.is_empty() => Err(Failure::input(field, "The file is empty.")),
        _ => Ok(bytes),
    }
}

/// The refusal of a file that is too large.
pub(crate) fn too_large(field: &str) -> Failure {
    Failure::input(
        field,
        "The file is larger than 10 MiB. Make its pictures smaller.",
    )
}

fn another_length(at: &str) -> Failure {
    Failure::input(
        format!("{at}/length"),
        "The length is not that of the bytes.",
    )
}

fn cut(field: &str) -> Failure {
    Failure::transient(
        ProblemCode::Unavailable,
        "The content URL answered another number of bytes than it announced. Try again.",
    )
    .field(field)
}
