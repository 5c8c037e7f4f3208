//! The second step: the bytes go to storage, and what storage says to it.
//!
//! The URL is presigned: it takes exactly the headers that came with it and no
//! credential, lives ten minutes, and answers errors as XML. What it did not take
//! is sent again within the call: the place is the version's own, so nothing is
//! doubled.

use clio_types::types::ProblemCode;
use core::time::Duration;

use super::content::{Bytes, unreadable};
use super::wire::{PartPlace, PutHeader, Version};
use crate::instant::Instant;
use crate::prelude::*;
use crate::problem::Failure;
use crate::retry_after;
use crate::transport::{Body, Content, PutError, Response, Transport, TransportError};
use crate::url::{self, Leads};

/// How often the bytes of one place are sent at most.
const TRIES: u32 = 4;

/// The longest pause between two tries. Storage that asks for more is left to
/// the caller.
const LONGEST: Duration = Duration::from_secs(16);

/// Headers that frame a message or belong to one connection (RFC 9110, 7.6.1).
/// Each request has its own, and hosts refuse them of a guest, though storage
/// may list `Content-Length` and `Host` among those that it signed.
const OWN: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

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
        Some(Self {
            uuid: uuid.to_owned(),
            url: url.to_owned(),
            headers: headers(place.put_headers.as_deref()),
        })
    }

    fn check<T: Transport>(&self, transport: &T) -> Result<(), Failure> {
        let refused = |message| Err(Failure::permanent(ProblemCode::UnexpectedAnswer, message));
        if !url::is_private(transport.origin(), &self.url) {
            return refused(
                "Clio handed out an upload URL that is not encrypted. Nothing was sent to it.",
            );
        }
        match url::leads(transport.origin(), &self.url) {
            Leads::Elsewhere => Ok(()),
            Leads::ToTheAccount | Leads::Malformed => refused(
                "Clio handed out an upload URL that does not plainly lead to a storage of its own. \
                 Nothing was sent to it. Report it.",
            ),
        }
    }
}

fn headers(given: Option<&[PutHeader]>) -> Vec<(String, String)> {
    let each = given.unwrap_or_default().iter();
    let each = each.filter(|header| !OWN.iter().any(|own| header.name.eq_ignore_ascii_case(own)));
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
    /// Storage has nothing, for the moment: for this reason.
    NotTaken(Failure),
}

/// The pauses between the tries of one place.
#[derive(Debug)]
pub(super) struct Tries {
    made: u32,
    pause: Duration,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self {
            made: 1,
            pause: Duration::from_secs(1),
        }
    }

    /// Waits for the next try. `false`: there is none. `failure` may ask for
    /// time.
    pub(super) fn again<T: Transport>(
        &mut self,
        transport: &mut T,
        failure: Option<&Failure>,
    ) -> bool {
        let asked = failure.and_then(|failure| failure.problem.retry_after_ms);
        let pause = asked.map_or(self.pause, |ms| self.pause.max(Duration::from_millis(ms)));
        if self.made == TRIES || pause > LONGEST {
            return false;
        }
        transport.sleep(pause);
        self.made += 1;
        self.pause *= 2;
        true
    }
}

/// Sends the bytes of a version, again where storage did not take them.
pub(super) fn put<T: Transport>(
    transport: &mut T,
    slot: &Slot,
    bytes: &mut Bytes<'_, T::Content>,
) -> Result<Put, Failure>
where
    T::Content: Content,
{
    slot.check(transport)?;
    let mut tries = Tries::new();
    let now = transport.now();
    let mut put = settle(bytes.put(transport, &slot.url, &slot.headers)?, now)?;
    while let Put::NotTaken(failure) = put {
        if !tries.again(transport, Some(&failure)) {
            return Err(failure);
        }
        put = match bytes.put(transport, &slot.url, &slot.headers) {
            Ok(answered) => settle(answered, transport.now())?,
            // A source that was read once need not be there a second time.
            Err(_) => return Err(failure),
        };
    }
    Ok(put)
}

/// Sends one part.
pub(super) fn put_part<T: Transport>(
    transport: &mut T,
    slot: &Slot,
    part: &[u8],
) -> Result<Put, Failure> {
    slot.check(transport)?;
    let length = part.len() as u64;
    let answered = transport.put(&slot.url, &slot.headers, length, Body::Bytes(part));
    settle(answered, transport.now())
}

fn settle(answered: Result<Response, PutError>, now: Instant) -> Result<Put, Failure> {
    let error = match answered {
        Ok(response) => return ended(&response, now),
        Err(PutError::Source(error)) => return Err(unreadable(error)),
        Err(PutError::Storage(error)) => error,
    };
    match error {
        TransportError::Lost(_) | TransportError::TooLarge => Ok(Put::Unknown),
        TransportError::Denied => Err(Failure::permanent(
            ProblemCode::DeniedByPolicy,
            "The host's policy does not allow the upload URL. Add the rule that the host names.",
        )),
        // To try again would not help.
        TransportError::Url | TransportError::Unfit(_) => Err(Failure::permanent(
            ProblemCode::UnexpectedAnswer,
            format!(
                "Nothing can be sent to the upload URL that Clio handed out: {error}. Report it."
            ),
        )),
        _ => Ok(Put::NotTaken(Failure::transient(
            ProblemCode::UploadIncomplete,
            "Storage could not be reached. Try again later.",
        ))),
    }
}

fn ended(response: &Response, now: Instant) -> Result<Put, Failure> {
    let status = response.status;
    let code = error_code(&response.body);
    let named = code.map_or_else(
        || format!("HTTP {status}"),
        |code| format!("HTTP {status}, {code}"),
    );
    let refused = |next: &str| {
        Failure::permanent(
            ProblemCode::UnexpectedAnswer,
            format!("Storage refused the upload ({named}). {next}"),
        )
        .status(status)
    };
    let not_taken = || {
        let failure = Failure::transient(
            ProblemCode::UploadIncomplete,
            format!("Storage did not take the bytes ({named}). Try again later."),
        );
        let wait = retry_after::wait_ms(response, now);
        Ok(Put::NotTaken(failure.status(status).retry_after_ms(wait)))
    };
    match (status, code) {
        (200..=299, _) => Ok(Put::Stored),
        (403, Some("ExpiredToken")) => Ok(Put::Expired),
        (403, Some("AccessDenied")) if says_expired(&response.body) => Ok(Put::Expired),
        (403, Some("SignatureDoesNotMatch")) => Err(refused(
            "The signed headers were changed on the way. Check proxies and the host.",
        )),
        (403, None) => Err(refused(
            "The answer is not storage's own: a firewall refused it. Check the network's way out.",
        )),
        (400, Some("BadDigest" | "IncompleteBody" | "RequestTimeout")) | (408 | 429 | 503, _) => {
            not_taken()
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
        let response = Response {
            status,
            headers: Headers::default(),
            body: body.as_bytes().to_vec(),
        };
        ended(&response, Instant(0))
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
        // CASES V11: a refusal of storage's is not one of the account's.
        for (status, body) in [
            (403, xml("SignatureDoesNotMatch", "x")),
            (403, xml("AccessDenied", "Access Denied")),
            (403, "<html>Forbidden</html>".to_owned()),
            (401, String::new()),
            (501, xml("NotImplemented", "x")),
            (400, xml("InvalidArgument", "x")),
            (302, String::new()),
        ] {
            let Err(failure) = answer(status, &body) else {
                panic!("{status} {body}");
            };
            assert_eq!(
                failure.code(),
                ProblemCode::UnexpectedAnswer,
                "{status} {body}"
            );
            assert_eq!(failure.problem.status, Some(status));
        }
        for (status, body) in [
            (400, xml("RequestTimeout", "x")),
            (400, xml("BadDigest", "x")),
            (503, xml("SlowDown", "x")),
            (503, "<html>Service Unavailable</html>".to_owned()),
            (429, String::new()),
        ] {
            let Ok(Put::NotTaken(failure)) = answer(status, &body) else {
                panic!("{status} {body}");
            };
            assert_eq!(
                failure.code(),
                ProblemCode::UploadIncomplete,
                "{status} {body}"
            );
            assert_eq!(failure.problem.status, Some(status));
        }
    }

    // CASES A6
    #[test]
    fn headers_that_belong_to_a_connection_are_not_passed_on() {
        let given: Vec<PutHeader> = [
            "Content-Length",
            "HOST",
            "connection",
            "Transfer-Encoding",
            "Expect",
            "x-amz-server-side-encryption",
            "Content-MD5",
            "Content-Type",
        ]
        .map(|name| PutHeader {
            name: name.into(),
            value: "5".into(),
        })
        .into();
        let names: Vec<_> = headers(Some(&given)).into_iter().map(|h| h.0).collect();
        assert_eq!(
            names,
            [
                "x-amz-server-side-encryption",
                "Content-MD5",
                "Content-Type"
            ]
        );
    }
}
