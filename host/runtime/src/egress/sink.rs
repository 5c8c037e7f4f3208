//! Local sinks: where one call may put what it made, under a secret name.
//!
//! What an action makes may be larger than a result. So its caller lends it a
//! URL, as for content that it reads, and takes the bytes of one PUT as they come.
//! The request never leaves the host.
//!
//! What must stay true: a sink takes one PUT, and no more bytes than it was opened
//! for; whoever asks for what it took is told of a whole body or of none; no guest
//! names a path.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::body::whole;
use super::ledger::Ledger;

/// Takes bytes, in order.
type Write = Box<dyn FnMut(&[u8]) -> io::Result<()> + Send>;

/// Takes what a call makes: the bytes of one PUT. Clones are one sink.
#[derive(Clone)]
pub struct LocalSink {
    most: u64,
    state: Arc<Mutex<State>>,
}

enum State {
    Open(Write),
    /// A PUT has begun, or broke.
    Begun,
    Taken(Taken),
}

/// What a sink took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How many bytes.
    pub length: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl LocalSink {
    /// Hands at most so many bytes to `write`, piece by piece, on a thread that
    /// may block. Where the call breaks off, what was written is to be dropped.
    #[must_use]
    pub fn new(most: u64, write: impl FnMut(&[u8]) -> io::Result<()> + Send + 'static) -> Self {
        Self {
            most,
            state: Arc::new(Mutex::new(State::Open(Box::new(write)))),
        }
    }

    /// What it took. `None`: no body came whole.
    #[must_use]
    pub fn taken(&self) -> Option<Taken> {
        match *self.lock() {
            State::Taken(taken) => Some(taken),
            _ => None,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the one PUT.
    fn begin(&self) -> Option<Write> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Begun) {
            State::Open(write) => Some(write),
            other => {
                *state = other;
                None
            }
        }
    }
}

impl fmt::Debug for LocalSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSink")
            .field("taken", &self.taken())
            .finish_non_exhaustive()
    }
}

/// Answers a request for a sink.
pub(super) async fn answer(
    sink: &LocalSink,
    method: &Method,
    length: Option<u64>,
    body: WasiBody,
    ledger: &Ledger,
) -> Result<Response<WasiBody>, WasiError> {
    if *method != Method::PUT {
        let mut refusal = status(StatusCode::METHOD_NOT_ALLOWED);
        let allow = HeaderValue::from_static("PUT");
        refusal.headers_mut().insert(header::ALLOW, allow);
        return Ok(refusal);
    }
    if length.is_some_and(|length| length > sink.most) {
        return Ok(status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let Some(write) = sink.begin() else {
        return Ok(status(StatusCode::CONFLICT));
    };
    take(sink, write, length, body, ledger).await
}

async fn take(
    sink: &LocalSink,
    mut write: Write,
    announced: Option<u64>,
    mut body: WasiBody,
    ledger: &Ledger,
) -> Result<Response<WasiBody>, WasiError> {
    let (mut digest, mut length) = (Sha256::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        ledger.moved(piece.len() as u64);
        length += piece.len() as u64;
        if length > sink.most {
            return Ok(status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        digest.update(&piece);
        write = match written(write, piece).await {
            Ok(write) => write,
            Err(error) => {
                tracing::warn!(%error, "what a call made cannot be written");
                return Ok(status(StatusCode::INSUFFICIENT_STORAGE));
            }
        };
    }
    if announced.is_some_and(|announced| announced != length) {
        return Err(WasiError::HttpRequestBodySize(Some(length)));
    }
    *sink.lock() = State::Taken(Taken {
        length,
        sha256: digest.finalize().into(),
    });
    Ok(status(StatusCode::CREATED))
}

async fn written(mut write: Write, piece: Bytes) -> io::Result<Write> {
    let writing = tokio::task::spawn_blocking(move || write(&piece).map(|()| write));
    writing
        .await
        .unwrap_or_else(|ended| Err(io::Error::other(ended)))
}

fn status(status: StatusCode) -> Response<WasiBody> {
    let mut response = Response::new(whole(Bytes::new()));
    *response.status_mut() = status;
    let none = HeaderValue::from(0);
    response.headers_mut().insert(header::CONTENT_LENGTH, none);
    response
}

#[cfg(test)]
#[path = "tests/sink.rs"]
mod tests;
