//! One HTTP exchange: a request out, the head of an answer back.
//!
//! What is waited for, and when a host is no longer believed, stands in
//! [`crate::flow`] and [`crate::pieces`]. `wasi:http` resources must be dropped
//! child before parent; the types here keep that order.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use clio_api::{Body, Content, Headers, TransportError};
use wasip2::clocks::monotonic_clock;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

use crate::fault;
use crate::flow::{self, Broken, GRACE, SECOND, Wire};
use crate::pieces::{BETWEEN, End, Pieces, Source};

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
        let owned = |(name, value): &(&str, &[u8])| ((*name).to_owned(), value.to_vec());
        let entries: Vec<_> = headers.iter().map(owned).collect();
        let fields = Fields::from_list(&entries)
            .map_err(|_| TransportError::Unfit("it refuses a header"))?;
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
        // A request is a GET as it is made.
        if !matches!(method, Method::Get) {
            request
                .set_method(method)
                .map_err(|()| TransportError::Url)?;
        }
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

/// A clock that strikes once. Hosts keep each one that is asked for, so one is
/// used for as long as it serves.
#[derive(Debug, Default)]
struct Alarm(Option<(u64, Pollable)>);

impl Alarm {
    /// One that strikes at `until`, or earlier, but after `now`.
    fn at(&mut self, now: u64, until: u64) -> &Pollable {
        let kept = self.0.take().filter(|(at, _)| (now..=until).contains(at));
        let make = || (until, monotonic_clock::subscribe_instant(until));
        &self.0.insert(kept.unwrap_or_else(make)).1
    }
}

/// A request that was handed to the host.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// Where the body goes, until it is whole.
    sink: Option<OutputStream>,
    /// Dropped unfinished, it breaks the request.
    body: Option<OutgoingBody>,
    answer: Option<Result<IncomingResponse, TransportError>>,
    future: FutureIncomingResponse,
    alarm: Alarm,
    /// When the answer must have begun.
    until: u64,
}

impl Exchange {
    /// Hands a request to the host. `first_byte` is how many seconds the
    /// answer's beginning may take, the sending included.
    pub(crate) fn begin(request: OutgoingRequest, first_byte: u64) -> Result<Self, TransportError> {
        let time = first_byte.saturating_mul(SECOND);
        let options = RequestOptions::new();
        // A host that has no such timeouts has its own. One takes the first for
        // how long the connection may be silent, and so for the answer's.
        let _ = options.set_connect_timeout(Some(time));
        let _ = options.set_first_byte_timeout(Some(time));
        let _ = options.set_between_bytes_timeout(Some(time.max(BETWEEN)));
        let body = request
            .body()
            .map_err(|()| TransportError::Unfit("it takes no body"))?;
        let until = monotonic_clock::now().saturating_add(time.saturating_add(GRACE));
        let future = handle(request, Some(options)).map_err(|code| fault::of_code(&code))?;
        Ok(Self {
            sink: None,
            body: Some(body),
            answer: None,
            future,
            alarm: Alarm::default(),
            until,
        })
    }

    /// Sends the body, and ends it only if it is whole.
    pub(crate) fn send(&mut self, length: u64, body: Body<'_>) -> Result<(), Broken> {
        let until = self.until;
        // A body without bytes needs no stream.
        if length > 0 {
            self.sink = self.body.as_ref().and_then(|body| body.write().ok());
        }
        flow::deliver(self, length, body, until)?;
        self.end()
    }

    /// Ends the body. So does a request that has none: a host may hold on to its
    /// connection until it is told.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        drop(self.sink.take());
        match self.body.take() {
            Some(body) => OutgoingBody::finish(body, None).map_err(|_| Broken::Sink),
            None => Ok(()),
        }
    }

    /// Waits for the head of the answer.
    pub(crate) fn answer(mut self) -> Result<Answer, TransportError> {
        let until = self.until;
        flow::answered(&mut self, until)?;
        let response = match self.answer.take() {
            Some(answer) => answer?,
            None => return Err(TransportError::Lost("the answer was taken")),
        };
        // Part of the body never left: no success can be about all of it.
        if self.body.is_some() && (200..300).contains(&response.status()) {
            return Err(TransportError::Lost("the answer came before its time"));
        }
        Answer::new(&response, self.alarm)
    }
}

impl Wire for Exchange {
    fn now(&self) -> u64 {
        monotonic_clock::now()
    }

    fn room(&mut self) -> Option<u64> {
        self.sink.as_ref()?.check_write().ok()
    }

    fn write(&mut self, bytes: &[u8]) -> bool {
        let sink = self.sink.as_ref();
        sink.is_some_and(|sink| sink.write(bytes).is_ok())
    }

    fn is_answered(&mut self) -> bool {
        if self.answer.is_none() {
            self.answer = match self.future.get() {
                None => None,
                Some(Ok(Ok(response))) => Some(Ok(response)),
                Some(Ok(Err(code))) => Some(Err(fault::of_code(&code))),
                Some(Err(())) => Some(Err(TransportError::Lost("the answer was taken"))),
            };
        }
        self.answer.is_some()
    }

    fn wait(&mut self, writing: bool, now: u64, until: u64) {
        let alarm = self.alarm.at(now, until);
        let answer = self.future.subscribe();
        match self.sink.as_ref().filter(|_| writing) {
            Some(sink) => {
                let room = sink.subscribe();
                poll(&[&room, &answer, alarm]);
            }
            None => {
                poll(&[&answer, alarm]);
            }
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

/// A body that is being read.
#[derive(Debug)]
pub struct Incoming(Pieces<Stream>);

impl Content for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        self.0.read(buffer)
    }
}

/// A body as the host hands it out. The stream is dropped before what it belongs
/// to.
#[derive(Debug)]
struct Stream {
    alarm: Alarm,
    stream: InputStream,
    _body: IncomingBody,
}

impl Source for Stream {
    fn now(&self) -> u64 {
        monotonic_clock::now()
    }

    fn read(&mut self, most: u64) -> Result<Vec<u8>, End> {
        self.stream.read(most).map_err(|error| match error {
            StreamError::Closed => End::Closed,
            StreamError::LastOperationFailed(_) => End::Failed,
        })
    }

    fn wait(&mut self, now: u64, until: u64) {
        let alarm = self.alarm.at(now, until);
        let bytes = self.stream.subscribe();
        poll(&[&bytes, alarm]);
    }
}

impl Answer {
    /// `alarm` is the exchange's, which still serves.
    fn new(response: &IncomingResponse, alarm: Alarm) -> Result<Self, TransportError> {
        let entries = response
            .headers()
            .entries()
            .into_iter()
            // A value that is no text says nothing that is read here.
            .filter_map(|(name, value)| Some((name, String::from_utf8(value).ok()?)))
            .collect();
        let headers = Headers::new(entries);
        let lost = |()| TransportError::Lost("the answer has no body");
        let body = response.consume().map_err(lost)?;
        let stream = Stream {
            alarm,
            stream: body.stream().map_err(lost)?,
            _body: body,
        };
        Ok(Self {
            status: response.status(),
            body: Incoming(Pieces::new(stream, &headers)),
            headers,
        })
    }

    /// Reads the answer whole.
    pub(crate) fn whole(self) -> Result<clio_api::Response, TransportError> {
        Ok(clio_api::Response {
            status: self.status,
            headers: self.headers,
            body: self.body.0.whole()?,
        })
    }
}
