//! The document's way to whoever asked for it: a PUT to a URL of the caller's.

use clio_types::types::ProblemCode;

use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::{Body, PutError, Transport, TransportError};

const FIELD: &str = "/into";

/// Sends the document. It is sent once: whoever takes it knows no other attempt.
pub(super) fn put<T: Transport>(
    transport: &mut T,
    url: &str,
    media_type: &str,
    bytes: &[u8],
) -> Result<(), Failure> {
    let headers = [("content-type".to_owned(), media_type.to_owned())];
    let answered = transport.put(url, &headers, bytes.len() as u64, Body::Bytes(bytes));
    let error = match answered {
        Ok(answer) if (200..300).contains(&answer.status) => return Ok(()),
        Ok(answer) => return Err(refused(answer.status)),
        Err(PutError::Source(error) | PutError::Storage(error)) => error,
    };
    let failure = match error {
        TransportError::Denied => Failure::permanent(
            ProblemCode::DeniedByPolicy,
            "The host's policy does not allow to send the document to this URL. Leave `into` out, \
             and the document comes inline.",
        ),
        TransportError::Url | TransportError::Unfit(_) => {
            Failure::permanent(ProblemCode::InvalidInput, "The URL is malformed.")
        }
        _ => Failure::transient(
            ProblemCode::Unavailable,
            "The document could not be sent to the URL. Try again later.",
        ),
    };
    Err(failure.field(FIELD))
}

fn refused(status: u16) -> Failure {
    let failure = match status {
        408 | 429 | 500..=599 => Failure::transient(
            ProblemCode::Unavailable,
            format!("The URL did not take the document (HTTP {status}). Try again later."),
        ),
        _ => Failure::permanent(
            ProblemCode::InvalidInput,
            format!("The URL did not take the document (HTTP {status}). Give one that does."),
        ),
    };
    failure.field(FIELD).status(status)
}
