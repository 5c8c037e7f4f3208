//! The actions' way out over `wasi:http`.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use core::time::Duration;

use clio_api::{
    Body, Failure, Instant, Method, Opened, PutError, Request, Response, Transport, TransportError,
};
use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::http::types::Method as HttpMethod;

use crate::credentials::{Authorization, Unavailable, get_account};
use crate::exchange::{Exchange, Incoming, Target};
use crate::flow::{Broken, after_write};

/// How many seconds an answer of the API may take to begin.
const API_ANSWER: u64 = 60;

/// The slowest upload that is waited for, in bytes a second.
const SLOWEST: u64 = 64 * 1024;

/// The account of the call, and the way to it.
#[derive(Debug)]
pub struct WasiTransport {
    origin: String,
    bearer: Option<Bearer>,
}

/// The value of an `Authorization` header. It prints as nothing.
struct Bearer(String);

impl core::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Bearer(..)")
    }
}

impl WasiTransport {
    /// Asks the host for the account of this call.
    pub fn connect() -> Result<Self, Failure> {
        let account = get_account().map_err(|unavailable| {
            clio_api::no_account(match unavailable {
                Unavailable::NotConnected => TransportError::NotConnected,
                Unavailable::Temporarily => TransportError::AccountUnavailable,
            })
        })?;
        Ok(Self {
            origin: account.origin.trim_end_matches('/').to_owned(),
            bearer: match account.authorization {
                Authorization::ByHost => None,
                Authorization::Bearer(token) => Some(Bearer(format!("Bearer {token}"))),
            },
        })
    }
}

impl Transport for WasiTransport {
    type Content = Incoming;

    fn origin(&self) -> &str {
        &self.origin
    }

    fn send(&mut self, request: &Request) -> Result<Response, TransportError> {
        let is_write = request.method != Method::Get;
        let body = request.body.as_deref().unwrap_or_default();
        let length = body.len().to_string();
        let mut headers: Vec<(&str, &[u8])> = request
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        if let Some(Bearer(value)) = &self.bearer {
            headers.push(("authorization", value.as_bytes()));
        }
        // A removal has an empty body, which would otherwise go in chunks.
        if is_write {
            headers.push(("content-length", length.as_bytes()));
        }
        let method = match request.method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Patch => HttpMethod::Patch,
            Method::Delete => HttpMethod::Delete,
        };
        let target = Target::parse(&self.origin)?.at(&request.path_and_query);
        let outgoing = target.request(&method, &headers)?;
        let mut exchange = Exchange::begin(outgoing, API_ANSWER)?;
        // Where the other side stopped reading, its answer says why.
        let _ = exchange.send(body.len() as u64, Body::Bytes(body));
        let answered = exchange.answer().and_then(|answer| answer.whole());
        match is_write {
            true => answered.map_err(after_write),
            false => answered,
        }
    }

    fn open(&mut self, url: &str) -> Result<Opened<Incoming>, TransportError> {
        let headers: [(&str, &[u8]); 2] = [
            ("accept-encoding", b"identity"),
            ("user-agent", clio_api::USER_AGENT.as_bytes()),
        ];
        let outgoing = Target::parse(url)?.request(&HttpMethod::Get, &headers)?;
        let mut exchange = Exchange::begin(outgoing, API_ANSWER)?;
        let _ = exchange.end();
        let answer = exchange.answer()?;
        Ok(Opened {
            status: answer.status,
            headers: answer.headers,
            content: answer.body,
        })
    }

    fn put(
        &mut self,
        url: &str,
        headers: &[(String, String)],
        length: u64,
        content: Body<'_>,
    ) -> Result<Response, PutError> {
        let bytes = length.to_string();
        let mut all: Vec<(&str, &[u8])> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        all.push(("content-length", bytes.as_bytes()));
        let mut exchange = Target::parse(url)
            .and_then(|target| target.request(&HttpMethod::Put, &all))
            .and_then(|outgoing| Exchange::begin(outgoing, API_ANSWER + length / SLOWEST))
            .map_err(PutError::Storage)?;
        if let Err(Broken::Source(error)) = exchange.send(length, content) {
            return Err(PutError::Source(error));
        }
        exchange
            .answer()
            .and_then(|answer| answer.whole())
            .map_err(|error| PutError::Storage(after_write(error)))
    }

    fn now(&self) -> Instant {
        Instant(i64::try_from(wall_clock::now().seconds).unwrap_or(i64::MAX))
    }

    fn sleep(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        monotonic_clock::subscribe_duration(nanoseconds).block();
    }
}
