//! The way out: what an action needs of HTTP, of clocks and of content.
//!
//! It exists so that everything else can run natively against a script. An
//! implementation sends credentials to the account's origin alone, follows no
//! redirects and repeats nothing.

use crate::prelude::*;
use alloc::borrow::Cow;
use core::fmt;
use core::time::Duration;

use crate::instant::Instant;

/// The methods that the actions use on the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The method's name as it stands in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// A request to the account's origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, beginning with `/api/v4/`.
    pub path_and_query: String,
    /// Headers beside those of authorization and framing.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// A JSON document, for methods that carry one.
    pub body: Option<Vec<u8>>,
}

/// The headers of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Takes names and values as they came.
    pub fn new(entries: Vec<(String, String)>) -> Self {
        Self(entries)
    }

    /// The first value of a header, its name compared without case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(entry, _)| entry.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether the body is not the bytes themselves, but an encoding of them
    /// (RFC 9110, 8.4), such as `gzip`.
    pub fn are_encoded(&self) -> bool {
        let named = self
            .0
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
        named.flat_map(|(_, value)| value.split(',')).any(|coding| {
            let coding = coding.trim();
            !coding.is_empty() && !coding.eq_ignore_ascii_case("identity")
        })
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// A content URL's answer, its body not read yet.
#[derive(Debug)]
pub struct Opened<C> {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub content: C,
}

/// Bytes that are read once, in order.
pub trait Content {
    /// Reads at least one byte into `buffer`, or returns 0 at the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError>;
}

/// What a `PUT` carries.
pub enum Body<'a> {
    /// Bytes in memory.
    Bytes(&'a [u8]),
    /// A content that passes through a fixed buffer, where it is counted. A host
    /// that moves bytes past the guest may say another number than it moved.
    Copy(&'a mut dyn Content),
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Body::Bytes(_) => "Body::Bytes",
            Body::Copy(_) => "Body::Copy",
        })
    }
}

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The host's policy does not allow the request. Nothing was sent.
    #[error("the host's policy does not allow the request")]
    Denied,
    /// No connection came about. Nothing was sent. Of a write this is said only
    /// where nothing of it was handed to the host: what a host says afterwards
    /// is [`TransportError::Lost`], whatever its word for it.
    #[error("no connection could be made ({0})")]
    NotSent(&'static str),
    /// The host does not take the request as it is. Nothing was sent.
    #[error("the host does not take the request ({0})")]
    Unfit(&'static str),
    /// The request may have been carried out, but its answer did not arrive
    /// whole.
    #[error("the answer did not arrive ({0})")]
    Lost(&'static str),
    /// The answer is larger than the transport takes.
    #[error("the answer is too large")]
    TooLarge,
    /// The URL is none that can be requested.
    #[error("the URL is malformed")]
    Url,
    /// No account is connected.
    #[error("no Clio account is connected")]
    NotConnected,
    /// The account cannot be used just now.
    #[error("the account cannot be used just now")]
    AccountUnavailable,
    /// Bytes on their way to storage turned out not to be the agreed ones.
    #[error("the content is not the one that was announced")]
    ContentChanged,
}

/// Why a `PUT` has no answer: one of its two ends failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// The source of the bytes failed or had another number of them. The
    /// request was given up, so that storage kept nothing.
    #[error("the source of the content failed: {0}")]
    Source(TransportError),
    /// The request to storage failed.
    #[error("the upload failed: {0}")]
    Storage(TransportError),
}

/// The way out of an action.
pub trait Transport {
    /// An opened content.
    type Content: Content;

    /// The origin of the account, without a trailing slash.
    fn origin(&self) -> &str;

    /// Sends a request to the account's origin and reads the answer whole.
    fn send(&mut self, request: &Request) -> Result<Response, TransportError>;

    /// Sends a `GET` for a content URL, without credentials and for bytes that
    /// are not encoded, and returns when the head of the answer has arrived.
    fn open(&mut self, url: &str) -> Result<Opened<Self::Content>, TransportError>;

    /// Sends a `PUT` to a presigned URL with exactly these headers and a
    /// `Content-Length` of `length`, without credentials. `headers` holds none
    /// that frames the message.
    ///
    /// A body with another number of bytes is a [`PutError::Source`], and the
    /// request is given up before its end.
    fn put(
        &mut self,
        url: &str,
        headers: &[(String, String)],
        length: u64,
        body: Body<'_>,
    ) -> Result<Response, PutError>;

    /// The local clock.
    fn now(&self) -> Instant;

    /// Waits.
    fn sleep(&mut self, duration: Duration);
}
