//! The bodies that pass through egress, each with its bounds.
//!
//! API requests and answers are small and are held whole, so that they can be
//! sent again and so that a cut answer is noticed before a guest sees it.
//! Document contents are large and stream, so that memory does not grow with
//! them; their length is fixed beforehand and checked at the end.
//!
//! What must stay true: no body passes a bound unnoticed; a body that ends
//! early is an error and never short data; a slow guest is not taken for a slow
//! peer.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use tokio::time::Sleep;
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::ledger::{EgressFailure, Ledger};

/// What the bodies of one call may come to, and where their bytes are counted.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    pub(super) ledger: Arc<Ledger>,
    pub(super) most_sent: u64,
    pub(super) most_received: u64,
}

impl Meter {
    pub(super) fn sent(&self, bytes: u64) -> Result<(), WasiError> {
        self.ledger.moved(bytes);
        let mut over = false;
        self.ledger.count(|traffic| {
            traffic.sent = traffic.sent.saturating_add(bytes);
            over = traffic.sent > self.most_sent;
        });
        if over {
            let most = self.most_sent;
            self.ledger.fail(EgressFailure::RequestBytes { most });
            return Err(WasiError::HttpRequestBodySize(Some(most)));
        }
        Ok(())
    }

    pub(super) fn received(&self, bytes: usize) -> Result<(), WasiError> {
        self.ledger.moved(bytes as u64);
        let mut over = false;
        self.ledger.count(|traffic| {
            traffic.received = traffic.received.saturating_add(bytes as u64);
            over = traffic.received > self.most_received;
        });
        if over {
            return Err(self.too_large(self.most_received));
        }
        Ok(())
    }

    pub(super) fn too_large(&self, most: u64) -> WasiError {
        self.ledger.fail(EgressFailure::ResponseBytes { most });
        WasiError::HttpResponseBodySize(Some(most))
    }
}

/// A body that is held whole.
pub(super) fn whole(bytes: Bytes) -> WasiBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// Reads a guest's request body whole.
pub(super) async fn hold_request(
    mut body: WasiBody,
    length: Option<u64>,
    most: usize,
    ledger: &Ledger,
) -> Result<Bytes, WasiError> {
    let over = || {
        let most = most as u64;
        ledger.fail(EgressFailure::RequestBytes { most });
        WasiError::HttpRequestBodySize(Some(most))
    };
    if length.is_some_and(|length| length > most as u64) {
        return Err(over());
    }
    let mut held = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if held.len() + data.len() > most {
                return Err(over());
            }
            held.extend_from_slice(&data);
        }
    }
    if length.is_some_and(|length| length != held.len() as u64) {
        return Err(WasiError::HttpRequestBodySize(Some(held.len() as u64)));
    }
    Ok(held.freeze())
}

/// Reads an answer whole. `expected` is its `Content-Length`, where it has one
/// and a body follows it.
pub(super) async fn hold_answer(
    body: WasiBody,
    expected: Option<u64>,
    most: usize,
    between_bytes: Duration,
    meter: &Meter,
) -> Result<Bytes, WasiError> {
    if expected.is_some_and(|length| length > most as u64) {
        return Err(meter.too_large(most as u64));
    }
    let mut body = body;
    let mut held = BytesMut::new();
    loop {
        let frame = tokio::time::timeout(between_bytes, body.frame())
            .await
            .map_err(|_| WasiError::ConnectionReadTimeout)?;
        let Some(frame) = frame else { break };
        let frame = frame?;
        if let Ok(data) = frame.into_data() {
            meter.received(data.len())?;
            if held.len() + data.len() > most {
                return Err(meter.too_large(most as u64));
            }
            held.extend_from_slice(&data);
        }
    }
    if expected.is_some_and(|length| length != held.len() as u64) {
        return Err(WasiError::HttpResponseIncomplete);
    }
    Ok(held.freeze())
}

/// Tells a peer that takes no bytes from a guest that gives none.
#[derive(Debug)]
pub(super) struct Progress {
    state: Mutex<(Instant, bool)>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new((Instant::now(), false)),
        }
    }

    fn set(&self, starved: bool) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), starved);
    }

    /// Starts the time anew, as once a connection stands.
    pub(super) fn touch(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 = Instant::now();
    }

    /// When the peer, if nothing moves, has taken longer than `limit`.
    pub(super) fn deadline(&self, limit: Duration) -> Instant {
        let (since, starved) = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let from = if starved { Instant::now() } else { since };
        from + limit
    }
}

/// A guest's body on its way to storage, with the length that was announced.
///
/// Each attempt takes a view of it. The first frame that is read ends the
/// possibility of another attempt, because the bytes are gone.
#[derive(Clone)]
pub(super) struct Upload {
    shared: Arc<Mutex<UploadState>>,
    progress: Arc<Progress>,
    meter: Meter,
}

struct UploadState {
    body: WasiBody,
    length: u64,
    sent: u64,
    started: bool,
}

impl Upload {
    pub(super) fn new(body: WasiBody, length: u64, meter: Meter) -> Self {
        Self {
            shared: Arc::new(Mutex::new(UploadState {
                body,
                length,
                sent: 0,
                started: false,
            })),
            progress: Arc::new(Progress::new()),
            meter,
        }
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Whether a byte was already taken from the guest.
    pub(super) fn started(&self) -> bool {
        self.state(|state| state.started)
    }

    fn state<T>(&self, act: impl FnOnce(&mut UploadState) -> T) -> T {
        act(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = WasiError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WasiError>>> {
        let this = self.get_mut();
        this.progress.set(false);
        let mut state = this.shared.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Poll::Ready(frame) = Pin::new(&mut state.body).poll_frame(cx) else {
                this.progress.set(true);
                return Poll::Pending;
            };
            state.started = true;
            let Some(frame) = frame else {
                let short = state.sent < state.length;
                let error = WasiError::HttpRequestBodySize(Some(state.sent));
                return Poll::Ready(short.then_some(Err(error)));
            };
            // Storage takes no trailers.
            let Ok(data) = frame?.into_data() else {
                continue;
            };
            state.sent += data.len() as u64;
            if state.sent > state.length {
                return Poll::Ready(Some(Err(WasiError::HttpRequestBodySize(Some(state.sent)))));
            }
            this.meter.sent(data.len() as u64)?;
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.state(|state| state.sent == state.length)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.state(|state| state.length.saturating_sub(state.sent)))
    }
}

/// An answer that streams to the guest.
pub(super) struct Download {
    body: WasiBody,
    left: Option<u64>,
    between_bytes: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    meter: Meter,
}

impl Download {
    /// `expected` is the `Content-Length`, where there is one and a body
    /// follows it.
    pub(super) fn new(
        body: WasiBody,
        expected: Option<u64>,
        between_bytes: Duration,
        meter: Meter,
    ) -> Self {
        Self {
            body,
            left: expected,
            between_bytes,
            timer: None,
            meter,
        }
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = WasiError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, WasiError>>> {
        let this = self.get_mut();
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) else {
            // The time runs only while the guest wants bytes and none are there.
            let between_bytes = this.between_bytes;
            let timer = this
                .timer
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(between_bytes)));
            ready!(timer.as_mut().poll(cx));
            return Poll::Ready(Some(Err(WasiError::ConnectionReadTimeout)));
        };
        this.timer = None;
        let Some(frame) = frame else {
            let cut = this.left.is_some_and(|left| left > 0);
            return Poll::Ready(cut.then_some(Err(WasiError::HttpResponseIncomplete)));
        };
        let frame = frame?;
        if let Some(data) = frame.data_ref() {
            this.meter.received(data.len())?;
            if let Some(left) = &mut this.left {
                *left = left
                    .checked_sub(data.len() as u64)
                    .ok_or(WasiError::HttpProtocolError)?;
            }
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
