//! Requests to the API: headers, the envelope, and nothing implicit.

use crate::prelude::*;
use alloc::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{self, ApiError};
use crate::query::Query;
use crate::transport::{Method, Request, Response, Transport};

/// The minor version of the API that this crate is written for.
///
/// It is pinned, because a default that moves changes answers silently (fields
/// vanish, redaction widens), and a wrong look makes duplicates. A retired
/// version answers 410, which becomes an error that names the cure.
pub const API_VERSION: &str = "4.0.13";

/// A name and a version. A firewall in front of Clio was seen to refuse clients
/// without a name, and those whose name holds a URL.
pub const USER_AGENT: &str = concat!("clio-actions/", env!("CARGO_PKG_VERSION"));

/// Clio's API over a transport.
#[derive(Debug)]
pub(crate) struct Client<'t, T> {
    pub(crate) transport: &'t mut T,
}

#[derive(Serialize)]
struct Envelope<'a, B> {
    data: &'a B,
}

/// The body of a write. What nobody sees is taken out here, of every value
/// alike: a name that carries it would stand in Clio as another one.
fn written<B: Serialize>(data: &B) -> Vec<u8> {
    // Only plain data goes in, which always serialises.
    let body = serde_json::to_string(&Envelope { data }).unwrap_or_default();
    clio_text::plain(&body).into_bytes()
}

impl<'t, T: Transport> Client<'t, T> {
    pub(crate) fn new(transport: &'t mut T) -> Self {
        Self { transport }
    }

    /// Reads one record. `what` names the request in messages.
    pub(crate) fn get<R: DeserializeOwned>(
        &mut self,
        what: &str,
        query: Query,
    ) -> Result<R, ApiError> {
        let response = self.send(what, Method::Get, query.into_string(), None)?;
        answer::data(what, &response, &|| self.transport.now())
    }

    /// Creates a record.
    pub(crate) fn post<B: Serialize, R: DeserializeOwned>(
        &mut self,
        what: &str,
        query: Query,
        body: &B,
    ) -> Result<R, ApiError> {
        self.write(what, Method::Post, query, body)
    }

    /// Changes a record, if it still has the entity tag that was read.
    pub(crate) fn patch_if<B: Serialize, R: DeserializeOwned>(
        &mut self,
        what: &str,
        query: Query,
        etag: &str,
        body: &B,
    ) -> Result<R, ApiError> {
        let body = written(body);
        let path = query.into_string();
        let response = self.send_if(what, Method::Patch, path, Some(etag), Some(body))?;
        answer::data(what, &response, &|| self.transport.now())
    }

    /// Changes a record.
    pub(crate) fn patch<B: Serialize, R: DeserializeOwned>(
        &mut self,
        what: &str,
        query: Query,
        body: &B,
    ) -> Result<R, ApiError> {
        self.write(what, Method::Patch, query, body)
    }

    fn write<B: Serialize, R: DeserializeOwned>(
        &mut self,
        what: &str,
        method: Method,
        query: Query,
        body: &B,
    ) -> Result<R, ApiError> {
        let body = written(body);
        let response = self.send(what, method, query.into_string(), Some(body))?;
        answer::data(what, &response, &|| self.transport.now())
    }

    /// Sends a request and hands out whatever comes back.
    pub(crate) fn send(
        &mut self,
        what: &str,
        method: Method,
        path_and_query: String,
        body: Option<Vec<u8>>,
    ) -> Result<Response, ApiError> {
        self.send_if(what, method, path_and_query, None, body)
    }

    fn send_if(
        &mut self,
        what: &str,
        method: Method,
        path_and_query: String,
        etag: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<Response, ApiError> {
        let mut headers = vec![
            ("accept", Cow::Borrowed("application/json")),
            ("user-agent", Cow::Borrowed(USER_AGENT)),
            ("x-api-version", Cow::Borrowed(API_VERSION)),
        ];
        if body.is_some() {
            headers.push(("content-type", Cow::Borrowed("application/json")));
        }
        if let Some(etag) = etag {
            headers.push(("if-match", Cow::Owned(etag.to_owned())));
        }
        let request = Request {
            method,
            path_and_query,
            headers,
            body,
        };
        self.transport
            .send(&request)
            .map_err(|error| answer::unanswered(what, error))
    }
}
