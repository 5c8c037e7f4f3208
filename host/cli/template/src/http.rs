//! The way to Clio: `wasi:http`, to the account's own origin.
//!
//! The host puts the credential on the request, follows the rules of the
//! description and the account's budget. What it refuses comes back as an error.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingResponse, Method as HttpMethod, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};
use wasip2::io::streams::StreamError;

use crate::api::{self, Answer, Api, Method, NoAnswer};
use crate::clio::actions::credentials::{Authorization, Unavailable, get_account};
use crate::clio::actions::types::{Error, ProblemCode};

/// How long the answer may take to begin, in nanoseconds.
const FIRST_BYTE: u64 = 60_000_000_000;

/// The most bytes of an answer.
const ANSWER: usize = 8 << 20;

/// The most bytes that a stream takes at once.
const PIECE: usize = 4096;

/// The account of this call.
pub struct Account {
    scheme: Scheme,
    authority: String,
    /// Where the host leaves it to the component: what no message may hold.
    bearer: Option<String>,
}

impl Account {
    /// Asks the host for it.
    ///
    /// # Errors
    /// When there is none.
    pub fn of_call() -> Result<Self, Error> {
        let none = || api::permanent(ProblemCode::NotConnected, "No Clio account is connected.");
        let account = get_account().map_err(|reason| match reason {
            Unavailable::NotConnected => none(),
            Unavailable::Temporarily => api::transient(
                ProblemCode::Unavailable,
                "The account cannot be used just now. Repeat the call.",
            ),
        })?;
        let (scheme, authority) = account.origin.split_once("://").ok_or_else(none)?;
        Ok(Self {
            scheme: match scheme {
                "http" => Scheme::Http,
                _ => Scheme::Https,
            },
            authority: authority.to_owned(),
            bearer: match account.authorization {
                Authorization::ByHost => None,
                Authorization::Bearer(token) => Some(token),
            },
        })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        length: Option<usize>,
    ) -> Option<OutgoingRequest> {
        let mut fields = vec![("accept".to_owned(), b"application/json".to_vec())];
        if let Some(length) = length {
            fields.push(("content-type".to_owned(), b"application/json".to_vec()));
            fields.push(("content-length".to_owned(), length.to_string().into_bytes()));
        }
        if let Some(bearer) = &self.bearer {
            fields.push((
                "authorization".to_owned(),
                format!("Bearer {bearer}").into_bytes(),
            ));
        }
        let request = OutgoingRequest::new(Fields::from_list(&fields).ok()?);
        let method = match method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
        };
        request.set_method(&method).ok()?;
        request.set_scheme(Some(&self.scheme)).ok()?;
        request.set_authority(Some(&self.authority)).ok()?;
        request.set_path_with_query(Some(path)).ok()?;
        Some(request)
    }
}

impl Api for Account {
    fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Answer, NoAnswer> {
        let request = self
            .request(method, path, body.map(<[u8]>::len))
            .ok_or(NoAnswer::Lost)?;
        let outgoing = request.body().map_err(|()| NoAnswer::Lost)?;
        let options = RequestOptions::new();
        // A host that has no such timeout has its own.
        let _ = options.set_first_byte_timeout(Some(FIRST_BYTE));
        let future = handle(request, Some(options)).map_err(of_code)?;
        // What breaks while the body is written, the answer tells.
        let _ = write(outgoing, body.unwrap_or_default());
        future.subscribe().block();
        let response = future.get().ok_or(NoAnswer::Lost)?;
        let response = response.map_err(|()| NoAnswer::Lost)?.map_err(of_code)?;
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after
            .first()
            .and_then(|value| str::from_utf8(value).ok());
        Ok(Answer {
            status: response.status(),
            retry_after: retry_after.and_then(|value| value.trim().parse().ok()),
            body: read(&response)?,
        })
    }
}

fn of_code(code: ErrorCode) -> NoAnswer {
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => NoAnswer::Denied,
        _ => NoAnswer::Lost,
    }
}

/// Writes a body, and ends it. What is part of another is dropped before it.
fn write(outgoing: OutgoingBody, body: &[u8]) -> Option<()> {
    let stream = outgoing.write().ok()?;
    for piece in body.chunks(PIECE) {
        stream.blocking_write_and_flush(piece).ok()?;
    }
    drop(stream);
    OutgoingBody::finish(outgoing, None).ok()
}

/// Reads a body whole.
fn read(response: &IncomingResponse) -> Result<Vec<u8>, NoAnswer> {
    let incoming = response.consume().map_err(|()| NoAnswer::Lost)?;
    let stream = incoming.stream().map_err(|()| NoAnswer::Lost)?;
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(PIECE as u64) {
            Ok(piece) if body.len() + piece.len() <= ANSWER => body.extend(piece),
            Err(StreamError::Closed) => return Ok(body),
            Ok(_) | Err(_) => return Err(NoAnswer::Lost),
        }
    }
}
