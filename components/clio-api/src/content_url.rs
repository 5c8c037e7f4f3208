//! Content at a URL: which URLs are taken, and what it means that one gives no
//! content.

use clio_types::types::ProblemCode;

use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::TransportError;
use crate::url::{Leads, leads};

/// Refuses a URL that is not plain, and one on the account's own server.
pub(crate) fn check(field: &str, url: &str, origin: &str) -> Result<(), Failure> {
    let why = match leads(origin, url) {
        Leads::Elsewhere => return Ok(()),
        // A host that adds the credential there would file another client's data.
        Leads::ToTheAccount => {
            "The URL is on the account's own server, where content is not read from. Give the \
             bytes, or a URL elsewhere."
        }
        Leads::Malformed => {
            "The URL is no plain HTTP URL: http:// or https://, a host in ASCII without brackets, \
             and no user, white space or backslash."
        }
    };
    Err(Failure::input(field, why))
}

/// Refuses a media type that is none.
pub(crate) fn media_type(field: &str, text: &str) -> Result<(), Failure> {
    let plain = text.bytes().all(|b| (0x20..0x7f).contains(&b));
    let sides = text.split_once('/');
    if !plain || sides.is_none_or(|(kind, rest)| kind.is_empty() || rest.is_empty()) {
        return Err(Failure::input(
            field,
            "The media type is none, such as application/pdf.",
        ));
    }
    Ok(())
}

/// The failure of a content URL that gave no answer.
pub(crate) fn unreadable(field: &str, error: TransportError) -> Failure {
    let failure = match error {
        TransportError::Denied => Failure::permanent(
            ProblemCode::DeniedByPolicy,
            "The host's policy does not allow the content URL. Add the rule that the host names.",
        ),
        TransportError::Url | TransportError::Unfit(_) => {
            Failure::permanent(ProblemCode::InvalidInput, "The content URL is malformed.")
        }
        TransportError::ContentChanged => Failure::transient(
            ProblemCode::UploadIncomplete,
            "The content URL answered other bytes than before, or another number of them. \
             Storage kept nothing. Try again.",
        ),
        _ => Failure::transient(
            ProblemCode::Unavailable,
            "The content URL could not be read. Try again later.",
        ),
    };
    failure.field(field)
}

/// The failure of a content URL that answered something else than the content.
pub(crate) fn answered(field: &str, status: u16) -> Failure {
    let failure = match status {
        408 | 429 | 500..=599 => Failure::transient(
            ProblemCode::Unavailable,
            format!("The content URL answered HTTP {status}. Try again later."),
        ),
        _ => Failure::permanent(
            ProblemCode::InvalidInput,
            format!("The content URL answered HTTP {status}. Give one that can be read."),
        ),
    };
    failure.field(field).status(status)
}

/// The refusal of bytes that are not the content itself.
pub(crate) fn encoded(field: &str) -> Failure {
    Failure::input(
        field,
        "The content URL answers encoded bytes (Content-Encoding), though plain ones were asked \
         for. Give one that answers the document as it is.",
    )
}
