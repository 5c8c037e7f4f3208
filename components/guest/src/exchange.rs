//! One HTTP exchange: a request out, the head of an answer back.
//!
//! `wasi:http` resources must be dropped child before parent; the types here
//! keep that order.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use clio_api::{Headers, TransportError};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingRequest,
    RequestOptions, Scheme,
};
use wasip2::io::streams::{InputStream, StreamError};

use crate::fault;

const SECOND: u64 = 1_000_000_000;

/// How long a connection may take to come about.
const CONNECT: u64 = 15 * SECOND;

/// How long an answer may pause between two pieces.
const BETWEEN: u64 = 60 * SECOND;

/// The most bytes of an answer that are read into memory: 200 rows with all
/// their members stay far below.
const MOST: usize = 8 << 20;

/// An address, in the parts that `wasi:http` takes.
#[derive(Debug)]
pub(crate) struct Target<'u> {
    scheme: Scheme,
    authority: &'u str,
    path_and_query: &'u str,
}

impl<'u> Target<'u> {
    /// Parses an absolute HTTP URL. One with user information is refused.
    pub(crate) fn parse(url: &'u str) -> Result<Self, TransportError> {
        let url = url.split('#').next().unwrap_or_default();
        let (scheme, rest) = if let Some(rest) = url.strip_prefix("https://") {
            (Scheme::Https, rest)
        } else if let Some(rest) = url.strip_prefix("http://") {
            (Scheme::Http, rest)
        } else {
            return Err(TransportError::Url);
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path_and_query) = rest.split_at(end);
        if authority.is_empty() || authority.contains(['@', '\\']) {
            return Err(TransportError::Url);
        }
        Ok(Self {
            scheme,
            authority,
            path_and_query,
        })
    }

    /// Leads to a path and query at the same origin.
    pub(crate) fn at(self, path_and_query: &'u str) -> Self {
        Self {
            path_and_query,
            ..self
        }
    }

    /// Prepares a request for it.
    pub(crate) fn request(
        &self,
        method: &Method,
        headers: &[(&str, &[u8])],
    ) -> Result<OutgoingRequest, TransportError> {
        let refused = TransportError::NotSent("the host does not take a header");
        let fields = Fields::new();
        for (name, value) in headers {
            fields.append(name, value).map_err(|_| refused)?;
        }
        // A path always begins with a slash; a query alone gets one.
        let rooted;
        let path_and_query = match self.path_and_query {
            "" => "/",
            text if text.starts_with('?') => {
                rooted = format!("/{text}");
                &rooted
            }
            text => text,
        };
        let request = OutgoingRequest::new(fields);
        request
            .set_method(method)
            .map_err(|()| TransportError::Url)?;
        request
            .set_scheme(Some(&self.scheme))
            .map_err(|()| TransportError::Url)?;
        request
            .set_authority(Some(self.authority))
            .map_err(|()| TransportError::Url)?;
        request
            .set_path_with_query(Some(path_and_query))
            .map_err(|()| TransportError::Url)?;
        Ok(request)
    }
}

/// Hands a request to the host. `first_byte` is how many seconds the answer's
/// beginning may take, the sending included.
pub(crate) fn begin(
    request: OutgoingRequest,
    first_byte: u64,
) -> Result<FutureIncomingResponse, TransportError> {
    let options = RequestOptions::new();
    // A host that has no such timeouts has its own.
    let _ = options.set_connect_timeout(Some(CONNECT));
    let _ = options.set_first_byte_timeout(Some(first_byte.saturating_mul(SECOND)));
    let _ = options.set_between_bytes_timeout(Some(BETWEEN));
    handle(request, Some(options)).map_err(|code| fault::of_code(&code))
}

/// Waits for the head of an answer.
pub(crate) fn answer(future: &FutureIncomingResponse) -> Result<Answer, TransportError> {
    loop {
        match future.get() {
            Some(Ok(Ok(response))) => return Answer::new(&response),
            Some(Ok(Err(code))) => return Err(fault::of_code(&code)),
            Some(Err(())) => return Err(TransportError::Lost("the answer was taken")),
            None => future.subscribe().block(),
        }
    }
}

/// The head of an answer, and its body still to be read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Incoming,
}

/// A body that is being read. The stream is dropped before what it belongs to.
#[derive(Debug)]
pub struct Incoming {
    pub(crate) stream: InputStream,
    _body: IncomingBody,
}

impl Answer {
    fn new(response: &IncomingResponse) -> Result<Self, TransportError> {
        let headers = response
            .headers()
            .entries()
            .into_iter()
            // A value that is no text says nothing that is read here.
            .filter_map(|(name, value)| Some((name, String::from_utf8(value).ok()?)))
            .collect();
        let lost = |()| TransportError::Lost("the answer has no body");
        let body = response.consume().map_err(lost)?;
        let stream = body.stream().map_err(lost)?;
        Ok(Self {
            status: response.status(),
            headers: Headers::new(headers),
            body: Incoming {
                stream,
                _body: body,
            },
        })
    }

    /// Reads the answer whole.
    pub(crate) fn whole(self) -> Result<clio_api::Response, TransportError> {
        let mut body = Vec::new();
        loop {
            match self.body.stream.blocking_read(64 * 1024) {
                Ok(piece) if body.len() + piece.len() > MOST => {
                    return Err(TransportError::TooLarge);
                }
                Ok(piece) => body.extend_from_slice(&piece),
                Err(StreamError::Closed) => break,
                Err(error) => return Err(fault::of_stream(&error)),
            }
        }
        Ok(clio_api::Response {
            status: self.status,
            headers: self.headers,
            body,
        })
    }
}
