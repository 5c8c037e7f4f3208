//! What is told of a call's requests to the account, as they leave and as they end.
//!
//! The way out tells it to whoever watches the call. What must stay true: what is
//! told to be sent is told to end, once; nothing that is told holds client data.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::HeaderValue;

/// A request to the account. No member holds client data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedRequest {
    /// The method.
    pub method: String,
    /// The account's origin.
    pub origin: String,
    /// The path, with `{id}` for what stands in its place, and without a query.
    pub path: String,
    /// The number of this one among the requests that this process tells.
    pub number: u64,
    /// How often it was sent before.
    pub repeated: u32,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestEnd {
    /// It was answered with this status.
    Answered(u16),
    /// It was not answered, for a reason of this kind.
    Lost(String),
    /// Its call's future was dropped first.
    Dropped,
}

/// Watches the requests of one call.
pub(crate) trait Watch: Send + Sync {
    fn sending(&self, request: &ObservedRequest) -> Option<HeaderValue>;
    fn answered(&self, request: &ObservedRequest, end: &RequestEnd, took: Duration);
}

/// A request that was told to be sent, and is told to end when this is dropped.
pub(crate) struct Sending {
    told: Option<(Arc<dyn Watch>, ObservedRequest)>,
    began: Instant,
}

impl Sending {
    /// Tells of a request. Returned beside it is what goes with it.
    pub(crate) fn begin(
        watch: &Arc<dyn Watch>,
        request: ObservedRequest,
    ) -> (Self, Option<HeaderValue>) {
        let traceparent = watch.sending(&request);
        let sending = Self {
            told: Some((Arc::clone(watch), request)),
            began: Instant::now(),
        };
        (sending, traceparent)
    }

    pub(crate) fn end(mut self, end: &RequestEnd) {
        self.tell(end);
    }

    fn tell(&mut self, end: &RequestEnd) {
        if let Some((watch, request)) = self.told.take() {
            watch.answered(&request, end, self.began.elapsed());
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.tell(&RequestEnd::Dropped);
    }
}

/// A number that nothing else has that is told.
pub(crate) fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
