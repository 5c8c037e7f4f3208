//! The second step: the bytes go to storage, and what storage says to it.
//!
//! The URL is presigned: it takes exactly the headers that came with it and no
//! credential, lives ten minutes, and answers errors as XML.

use super::content::{Bytes, unreadable};
use super::wire::{PartPlace, PutHeader, Version};
use crate::prelude::*;
use crate::problem::{Code, Failure};
use crate::transport::{Body, Content, PutError, Response, Transport, TransportError};

/// Where the bytes of one version go.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) uuid: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Slot {
    /// The slot of a version, if storage can still take its bytes.
    pub(super) fn of(version: &Version) -> Option<Self> {
        let url = version.put_url.as_deref().filter(|url| !url.is_empty())?;
        Some(Self {
            uuid: version.uuid.clone()?,
            url: url.to_owned(),
            headers: headers(version.put_headers.as_deref()),
        })
    }

    /// The slot of one part, which takes its own headers and not the version's.
    pub(super) fn of_part(uuid: &str, place: &PartPlace) -> Option<Self> {
        let url = place.put_url.as_deref().filter(|url| !url.is_empty())?;
        let mut headers = headers(place.put_headers.as_deref());
        // It is signed, and every request to storage says its length anyway.
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
        Some(Self {
            uuid: uuid.to_owned(),
            url: url.to_owned(),
            headers,
        })
    }

    fn check<T: Transport>(&self, transport: &T) -> Result<(), Failure> {
        let secure = self.url.starts_with("https://")
            || (self.url.starts_with("http://") && transport.origin().starts_with("http://"));
        if secure {
            return Ok(());
        }
        Err(Failure::permanent(
            Code::UnexpectedAnswer,
            "Clio handed out an upload URL that is not encrypted. Nothing was sent to it.",
        ))
    }
}

fn headers(given: Option<&[PutHeader]>) -> Vec<(String, String)> {
    let each = given.unwrap_or_default().iter();
    each.map(|header| (header.name.clone(), header.value.clone()))
        .collect()
}

/// How a `PUT` ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// Storage has the bytes.
    Stored,
    /// Nobody knows: Clio can tell.
    Unknown,
    /// The URL's time was over. Storage has nothing.
    Expired,
}

/// Sends the bytes of a version.
pub(super) fn put<T: Transport>(
    transport: &mut T,
    slot: &Slot,
    bytes: &mut Bytes<'_, T::Content>,
) -> Result<Put, Failure>
where
    T::Content: Content,
{
    slot.check(transport)?;
    settle(bytes.put(transport, &slot.url, &slot.headers)?)
}

/// Sends one part.
pub(super) fn put_part<T: Transport>(
    transport: &mut T,
    slot: &Slot,
    part: &[u8],
) -> Result<Put, Failure> {
    slot.check(transport)?;
    let length = part.len() as u64;
    settle(transport.put(&slot.url, &slot.headers, length, Body::Bytes(part)))
}

fn settle(answered: Result<Response, PutError>) -> Result<Put, Failure> {
    match answered {
        Ok(response) => ended(&response),
        Err(PutError::Source(error)) => Err(unreadable(error)),
        Err(PutError::Storage(TransportError::Lost(_))) => Ok(Put::Unknown),
        Err(PutError::Storage(TransportError::Denied)) => Err(Failure::permanent(
            Code::DeniedByPolicy,
            "The host's policy does not allow the upload URL. Add the rule that the host names.",
        )),
        Err(PutError::Storage(_)) => Err(Failure::transient(
            Code::UploadIncomplete,
            "Storage could not be reached. Try again later.",
        )),
    }
}

fn ended(response: &Response) -> Result<Put, Failure> {
    let status = response.status;
    let code = error_code(&response.body);
    let named = code.map_or_else(
        || format!("HTTP {status}"),
        |code| format!("HTTP {status}, {code}"),
    );
    let refused = |next: &str| {
        Failure::permanent(
            Code::UnexpectedAnswer,
            format!("Storage refused the upload ({named}). {next}"),
        )
        .status(status)
    };
    let again = || {
        Failure::transient(
            Code::UploadIncomplete,
            format!("Storage did not take the bytes ({named}). Try again later."),
        )
        .status(status)
    };
    match (status, code) {
        (200..=299, _) => Ok(Put::Stored),
        (403, Some("ExpiredToken")) => Ok(Put::Expired),
        (403, Some("AccessDenied")) if says_expired(&response.body) => Ok(Put::Expired),
        (403, Some("SignatureDoesNotMatch")) => Err(refused(
            "The signed headers were changed on the way. Check proxies and the host.",
        )),
        (400, Some("BadDigest" | "IncompleteBody" | "RequestTimeout")) | (408 | 429 | 503, _) => {
            Err(again())
        }
        (501, _) => Err(refused(
            "It needs a Content-Length. Check proxies and the host.",
        )),
        (500..=599, _) => Ok(Put::Unknown),
        _ => Err(refused("Report it.")),
    }
}

/// The `Code` of an S3 error document, if it looks like one.
fn error_code(body: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(body).ok()?;
    let code = text.split_once("<Code>")?.1.split_once("</Code>")?.0;
    let plain =
        !code.is_empty() && code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then_some(code)
}

fn says_expired(body: &[u8]) -> bool {
    core::str::from_utf8(body).is_ok_and(|text| text.contains("expired"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Headers;

    fn answer(status: u16, body: &str) -> Result<Put, Failure> {
        ended(&Response {
            status,
            headers: Headers::default(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn each_answer_of_storage_has_its_meaning() {
        let xml = |code: &str, message: &str| {
            format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")
        };
        assert_eq!(answer(200, ""), Ok(Put::Stored));
        assert_eq!(answer(500, "oops"), Ok(Put::Unknown));
        assert_eq!(
            answer(403, &xml("AccessDenied", "Request has expired")),
            Ok(Put::Expired)
        );
        for (status, body, code) in [
            (
                403,
                xml("SignatureDoesNotMatch", "x"),
                Code::UnexpectedAnswer,
            ),
            (
                403,
                xml("AccessDenied", "Access Denied"),
                Code::UnexpectedAnswer,
            ),
            (501, xml("NotImplemented", "x"), Code::UnexpectedAnswer),
            (400, xml("InvalidArgument", "x"), Code::UnexpectedAnswer),
            (400, xml("RequestTimeout", "x"), Code::UploadIncomplete),
            (400, xml("BadDigest", "x"), Code::UploadIncomplete),
            (503, xml("SlowDown", "x"), Code::UploadIncomplete),
            (302, String::new(), Code::UnexpectedAnswer),
        ] {
            let failure = answer(status, &body).err();
            assert_eq!(
                failure.as_ref().map(Failure::code),
                Some(code),
                "{status} {body}"
            );
            assert_eq!(
                failure.and_then(|failure| failure.problem.status),
                Some(status)
            );
        }
    }
}
