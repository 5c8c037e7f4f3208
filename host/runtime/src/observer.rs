//! What a host tells whoever measures or traces it: every call, as it begins and
//! as it ends, and each request to the account that it makes.
//!
//! How full things are is asked for when somebody wants to know: a host's
//! [`Slots`], and the [`BudgetLevel`](crate::BudgetLevel) of a connection.
//!
//! What must stay true: a call that is told to begin is told to end, once,
//! whatever becomes of it; nothing that is told holds client data, but for an
//! id that the caller chose.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use crate::error::CallError;
use crate::stats::CallStats;
use crate::watch::{ObservedRequest, RequestEnd, Watch};

/// Takes what a host tells of its calls. It is told where a call's future is
/// polled or dropped, so it must not block.
pub trait Observer: Send + Sync + 'static {
    /// A call begins: it waits for its rate budget and for a slot.
    fn started(&self, call: &ObservedCall);

    /// A call has ended, and this is what it cost.
    fn finished(&self, call: &ObservedCall, end: &CallEnd, cost: &CallStats);

    /// A request to the account is about to be sent, as each repetition of it is.
    /// What is returned goes with it as its field `traceparent` (W3C Trace
    /// Context). Told on a worker's thread.
    fn sending(&self, call: &ObservedCall, request: &ObservedRequest) -> Option<HeaderValue> {
        let _ = (call, request);
        None
    }

    /// What came of a request that was told, `took` after it.
    fn answered(
        &self,
        call: &ObservedCall,
        request: &ObservedRequest,
        end: &RequestEnd,
        took: Duration,
    ) {
        let _ = (call, request, end, took);
    }
}

/// Which call it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedCall {
    /// Its number: no other call of this process has it.
    pub number: u64,
    /// The action's name; of a component that is not of this project, the
    /// digest of its bytes.
    pub action: String,
    /// The function, as the component exports it.
    pub function: String,
    /// The connection's name, or its origin.
    pub connection: String,
    /// The id of the call: see [`Call::correlation`](crate::Call::correlation).
    pub correlation: String,
    /// Whether it is a dry run.
    pub dry_run: bool,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnd {
    /// The action returned a success.
    Done,
    /// It failed, with this code: see [`CallError::code`].
    Failed(String),
    /// Its future was dropped. What it cost is not known.
    Cancelled,
}

/// The calls that a host runs at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slots {
    /// How many it runs at most.
    pub all: usize,
    /// How many more it could begin now.
    pub free: usize,
}

/// Who is told of a call, and what is told of it.
#[derive(Clone)]
struct Told(Arc<(Arc<dyn Observer>, ObservedCall)>);

impl Watch for Told {
    fn sending(&self, request: &ObservedRequest) -> Option<HeaderValue> {
        let (observer, call) = &*self.0;
        observer.sending(call, request)
    }

    fn answered(&self, request: &ObservedRequest, end: &RequestEnd, took: Duration) {
        let (observer, call) = &*self.0;
        observer.answered(call, request, end, took);
    }
}

/// A call that was told to begin, and is told to end when this is dropped.
pub(crate) struct Observed {
    told: Option<Told>,
}

impl Observed {
    /// `call` is asked only where somebody observes.
    pub(crate) fn begin(
        observer: Option<Arc<dyn Observer>>,
        call: impl FnOnce() -> ObservedCall,
    ) -> Self {
        let told = observer.map(|observer| {
            let call = call();
            observer.started(&call);
            Told(Arc::new((observer, call)))
        });
        Self { told }
    }

    /// For who tells of the call's requests.
    pub(crate) fn watch(&self) -> Option<Arc<dyn Watch>> {
        let told = self.told.clone()?;
        Some(Arc::new(told))
    }

    pub(crate) fn end<T>(mut self, result: &Result<T, CallError>, cost: &CallStats) {
        self.tell(cost, || match result {
            Ok(_) => CallEnd::Done,
            Err(error) => CallEnd::Failed(error.code()),
        });
    }

    fn tell(&mut self, cost: &CallStats, end: impl FnOnce() -> CallEnd) {
        if let Some(told) = self.told.take() {
            let (observer, call) = &*told.0;
            observer.finished(call, &end(), cost);
        }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.tell(&CallStats::default(), || CallEnd::Cancelled);
    }
}
