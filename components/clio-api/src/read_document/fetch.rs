//! The bytes: where storage has them, and that they arrive whole.
//!
//! What must stay true: the URL of a redirect is opened without a credential;
//! bytes that are fewer or more than was announced are never a success.

use crate::prelude::*;
use clio_types::types::ProblemCode;
use serde::Deserialize;

use crate::answer::{self, ApiError};
use crate::client::Client;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::{Content, Method, Opened, Transport, TransportError};
use crate::url::{self, Leads};

/// The size of the buffer that bytes pass through.
const BUFFER: usize = 16 * 1024;

/// The most bytes of an error of storage's that are looked at.
const ERROR: usize = 4096;

/// Any record. What a success wraps that is none is not one.
#[derive(Deserialize)]
struct Record {}

/// What storage handed out.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// All bytes.
    Whole(Vec<u8>),
    /// Too many to take in; their number, where it is known.
    Large(String, Option<u64>),
}

/// Asks Clio where the bytes are.
pub(crate) fn location<T: Transport>(
    client: &mut Client<'_, T>,
    query: Query,
) -> Result<String, ApiError> {
    const WHAT: &str = "find the content";
    let response = client.send(WHAT, Method::Get, query.into_string(), None)?;
    let now = client.transport.now();
    let unexpected = |message: &str| {
        Err(ApiError::refused(
            Failure::permanent(ProblemCode::UnexpectedAnswer, message).status(response.status),
        ))
    };
    match response.status {
        300..=399 => {}
        // A proxy in front may wrap a refusal into a success.
        200..=299 => {
            answer::data::<Record>(WHAT, &response, &|| now)?;
            return Err(answer::failed(WHAT, &response, now));
        }
        _ => return Err(answer::failed(WHAT, &response, now)),
    }
    let Some(url) = response.headers.get("location") else {
        return unexpected("Clio's redirect to the content names no URL. Report it.");
    };
    if !url::is_private(client.transport.origin(), url) {
        return unexpected(
            "Clio's redirect to the content leads to a URL that is not encrypted. It was not \
             followed.",
        );
    }
    // On the account's own server a host may add the credential.
    if url::leads(client.transport.origin(), url) != Leads::Elsewhere {
        return unexpected(
            "Clio's redirect to the content does not plainly lead to a storage of its own. It was \
             not followed. Report it.",
        );
    }
    Ok(url.to_owned())
}

/// Reads the bytes, unless there are more than `most`. `size` is how many there
/// should be, where that is known.
///
/// A URL that is over is asked for anew, once.
pub(crate) fn bytes<T: Transport>(
    client: &mut Client<'_, T>,
    query: &Query,
    size: Option<u64>,
    most: u64,
) -> Result<Fetched, ApiError> {
    for _ in 0..2 {
        let url = location(client, query.clone())?;
        if size.is_some_and(|size| size > most) {
            return Ok(Fetched::Large(url, size));
        }
        let opened = client.transport.open(&url).map_err(unreachable)?;
        if opened.status != 200 {
            if is_over(opened.status, opened.content) {
                continue;
            }
            return Err(refused(opened.status));
        }
        if opened.headers.are_encoded() {
            return Err(ApiError::refused(Failure::permanent(
                ProblemCode::UnexpectedAnswer,
                "Storage hands out the content encoded (Content-Encoding), though plain bytes were \
                 asked for. Ask for its `url` instead.",
            )));
        }
        return whole(opened, url, size, most);
    }
    Err(later(
        "Storage says that the URL which Clio just gave is over. Try again later.",
    ))
}

fn whole<C: Content>(
    opened: Opened<C>,
    url: String,
    size: Option<u64>,
    most: u64,
) -> Result<Fetched, ApiError> {
    let Opened {
        headers,
        mut content,
        ..
    } = opened;
    let length: Option<u64> = headers
        .get("content-length")
        .and_then(|text| text.trim().parse().ok());
    if let (Some(length), Some(size)) = (length, size)
        && length != size
    {
        return Err(cut());
    }
    let announced = length.or(size);
    if announced.is_some_and(|length| length > most) {
        return Ok(Fetched::Large(url, announced));
    }
    // As much as was announced, which is no more than `most`: grown by doubling, it
    // would take three times its size.
    let room = announced.and_then(|length| usize::try_from(length).ok());
    let mut bytes = Vec::with_capacity(room.unwrap_or_default());
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = content.read(&mut buffer).map_err(unreachable)?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&buffer[..count]);
        let read = bytes.len() as u64;
        if announced.is_some_and(|announced| read > announced) {
            return Err(cut());
        }
        if read > most {
            return Ok(Fetched::Large(url, None));
        }
    }
    if announced.is_some_and(|announced| bytes.len() as u64 != announced) {
        return Err(cut());
    }
    Ok(Fetched::Whole(bytes))
}

/// Whether storage refused a URL because its time is over.
fn is_over(status: u16, mut content: impl Content) -> bool {
    if status != 403 {
        return false;
    }
    let (mut body, mut buffer) = (Vec::new(), [0; 512]);
    while body.len() < ERROR {
        match content.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => body.extend_from_slice(&buffer[..count]),
        }
    }
    let text = String::from_utf8_lossy(&body);
    text.contains("expired") || text.contains("ExpiredToken")
}

fn later(message: &str) -> ApiError {
    ApiError::refused(Failure::transient(ProblemCode::Unavailable, message))
}

fn cut() -> ApiError {
    later(
        "The content is not as long as was announced: it was cut short, or is being replaced. \
         Nothing of it was taken. Try again later.",
    )
}

fn unreachable(error: TransportError) -> ApiError {
    match error {
        TransportError::Denied => ApiError::refused(Failure::permanent(
            ProblemCode::DeniedByPolicy,
            "The host's policy does not allow the URL of the content. Add the rule that the host \
             names.",
        )),
        TransportError::Url | TransportError::Unfit(_) => ApiError::refused(Failure::permanent(
            ProblemCode::UnexpectedAnswer,
            "Clio's redirect to the content leads to a malformed URL. Report it.",
        )),
        _ => later("Storage did not hand out the content whole. Try again later."),
    }
}

fn refused(status: u16) -> ApiError {
    let failure = match status {
        408 | 429 | 500..=599 => Failure::transient(
            ProblemCode::Unavailable,
            format!("Storage did not hand out the content (HTTP {status}). Try again later."),
        ),
        404 => Failure::transient(
            ProblemCode::Unavailable,
            "Storage does not have the content that Clio says is there. Try again later.",
        ),
        _ => Failure::permanent(
            ProblemCode::UnexpectedAnswer,
            format!(
                "Storage refused the URL of the content (HTTP {status}). Check proxies and the \
                 host, which may have added a header."
            ),
        ),
    };
    ApiError::refused(failure.status(status))
}
