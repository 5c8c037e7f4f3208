//! Requests of the firm's own program, and of a person's browser, to this machine.

use bytes::Bytes;
use clio_runner::failure::Failure;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// An answer, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where it leads, if anywhere.
    pub(super) location: Option<String>,
    pub(super) body: Bytes,
}

impl Answer {
    /// The body as JSON; what is none is null, and no claim holds of it.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The service's API under one key.
#[derive(Debug)]
pub(super) struct Api {
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    pub(super) key: String,
}

impl Api {
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        let request = match media_type {
            "" => request,
            media_type => request.header(header::CONTENT_TYPE, media_type),
        };
        send(&self.address, request, body).await
    }
}

/// Sends one request to an address of this machine.
pub(super) async fn send(
    address: &str,
    request: http::request::Builder,
    body: Bytes,
) -> Result<Answer, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::host(format!("a request to {address} failed: {error}"))
    };
    let request = request
        .header(header::HOST, address)
        .body(Full::new(body))
        .map_err(|error| failed(&error))?;
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|error| failed(&error))?;
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| failed(&error))?;
    tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    let (head, body) = answer.map_err(|error| failed(&error))?.into_parts();
    let body = body.collect().await.map_err(|error| failed(&error))?;
    let location = head.headers.get(header::LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    Ok(Answer {
        status: head.status.as_u16(),
        location: location.map(str::to_owned),
        body: body.to_bytes(),
    })
}
