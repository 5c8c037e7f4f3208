//! The content that a result names by URL, handed to the caller of the call.
//!
//! A document of a gigabyte is in no result: the result holds a URL of Clio's
//! storage. A caller that wants the bytes gives the call a sink, and the host
//! fetches them once the action has returned, under what the call was granted.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use clio_types::types::{Error as ActionErrorCase, Problem, ProblemCode};
use futures_util::future::{self, BoxFuture};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::connection::Connection;
use crate::cpu::CpuMeter;
use crate::deadline::Deadline;
use crate::egress::{CallContent, CallEgress, FetchError, Grants};
use crate::error::{CallError, FailureCause, HostFailure};
use crate::json;
use crate::lane::Reputation;
use crate::limits::Limits;
use crate::policy::Rules;
use crate::worker::{Work, Workers};

/// How many pieces may wait for the caller.
const AHEAD: usize = 8;

/// Where content goes, piece by piece. No next piece comes before the last is taken.
pub(crate) type Sink = Box<dyn FnMut(Bytes) -> BoxFuture<'static, io::Result<()>> + Send>;

/// The content that a result names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedContent {
    /// Where it is.
    pub(crate) url: String,
    /// How many bytes there are, where the result says so.
    pub(crate) size: Option<u64>,
}

impl NamedContent {
    /// By the names that the contract gives to content: `content.url`, `size`.
    pub(crate) fn of(outcome: &Value) -> Option<Self> {
        let url = outcome.get("content")?.get("url")?.as_str()?;
        Some(Self {
            url: url.to_owned(),
            size: outcome.get("size").and_then(json::integer),
        })
    }
}

/// What is needed to fetch, of a call that goes on to run.
pub(crate) struct Fetch {
    pub(crate) connection: Connection,
    pub(crate) limits: Limits,
    pub(crate) reputation: Arc<Reputation>,
    pub(crate) correlation: String,
    pub(crate) sink: Sink,
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetch")
    }
}

impl Fetch {
    /// Fetches the content into the sink, and returns how many bytes it has.
    pub(crate) async fn run(
        mut self,
        workers: &Workers,
        grants: Grants,
        content: NamedContent,
    ) -> Result<u64, CallError> {
        let (sender, mut pieces) = mpsc::channel::<Result<Bytes, FetchError>>(AHEAD);
        let (connection, limits) = (self.connection, self.limits);
        let NamedContent { url, size } = content;
        let span = tracing::info_span!("content", correlation = self.correlation);
        let meter = Arc::new(CpuMeter::new());
        let work = Work {
            meter: Arc::clone(&meter),
            reputation: self.reputation,
            begin: Box::new(move |egress| {
                use tracing::Instrument as _;
                let fetching = async move {
                    let deadline = Deadline::after(limits.deadline);
                    // No rule at all: what was granted is all that is let out.
                    let rules = Arc::new(Rules::undescribed());
                    let contents = CallContent::default();
                    let egress =
                        CallEgress::new(egress, connection, rules, contents, limits, meter, false)
                            .with_grants(grants);
                    let fetched = egress.fetch(&url, &sender);
                    let ended = deadline.keep(fetched).await;
                    let ended =
                        ended.unwrap_or_else(|passed| Err(FetchError::Broken(passed.to_string())));
                    if let Err(error) = ended {
                        let _ = sender.send(Err(error)).await;
                    } else {
                        // An empty piece says that it ended where it should.
                        let _ = sender.send(Ok(Bytes::new())).await;
                    }
                };
                Box::pin(fetching.instrument(span))
            }),
        };
        let Some(here) = workers.submit(work) else {
            return Err(HostFailure::lost().into());
        };
        let taking = async move {
            let (mut taken, mut ended) = (0_u64, false);
            while let Some(piece) = pieces.recv().await {
                let piece = piece.map_err(|error| failed(&error))?;
                ended |= piece.is_empty();
                taken += piece.len() as u64;
                if piece.is_empty() {
                    continue;
                }
                (self.sink)(piece).await.map_err(|error| {
                    HostFailure::new(
                        FailureCause::Internal,
                        format!("the content cannot be written: {error}"),
                    )
                })?;
            }
            Ok::<_, CallError>((taken, ended))
        };
        let (taking, ()) = future::join(taking, here).await;
        let (taken, ended) = taking?;
        match size {
            _ if !ended => Err(HostFailure::lost().into()),
            Some(size) if size != taken => Err(failed(&FetchError::Broken(
                "not as many bytes as Clio says".to_owned(),
            ))),
            _ => Ok(taken),
        }
    }
}

fn failed(error: &FetchError) -> CallError {
    let message = error.to_string();
    match error {
        FetchError::NotGranted => CallError::permanent(ProblemCode::DeniedByPolicy, message),
        FetchError::Refused(_) | FetchError::Broken(_) => CallError::typed(
            ActionErrorCase::Transient(Problem::new(ProblemCode::Unavailable, message)),
        ),
    }
}
