//! One call, as a caller sets it up and awaits it.
//!
//! The future of a call runs on any executor: the work happens on the host's
//! own threads. What must stay true: dropping the future ends the call, there
//! too.

pub(crate) mod draft;
mod run;

use std::fmt;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::connection::Connection;
use crate::egress::{CallContent, ContentError, LocalContent, LocalSink, Withheld};
use crate::fetch::Sink;
use crate::host::Host;
use crate::invoke::Inspection;
use crate::limits::Limits;
use crate::log::{LogLine, LogObserver};
use crate::stats::CallStats;

/// A call that is being set up. Made by [`Host::call`].
///
/// ```no_run
/// # async fn example(host: clio_host::Host, connection: clio_host::Connection) -> Result<(), Box<dyn std::error::Error>> {
/// let find = host.load_action("find-documents")?;
/// let states = host
///     .call(&connection)
///     .deadline(std::time::Duration::from_secs(30))
///     .invoke(&find, None, serde_json::json!({
///         "scope": {"matter": 17},
///         "source_ids": ["intake:case-17/retainer"],
///     }))
///     .await?;
/// # Ok(()) }
/// ```
pub struct Call {
    host: Host,
    connection: Connection,
    limits: Limits,
    contents: CallContent,
    correlation: Option<String>,
    log: Option<LogObserver>,
    stats: Option<Box<dyn FnOnce(CallStats) + Send>>,
    inspection: Option<Inspection>,
    dry_run: Option<Box<dyn FnOnce(Vec<Withheld>) + Send>>,
    content: Option<Sink>,
    result: Option<ResultObserver>,
    unrecorded: bool,
}

/// Takes a result as JSON.
type ResultObserver = Box<dyn FnOnce(&Value) + Send>;

impl Host {
    /// Begins a call on a connection. Nothing happens until one of the call's
    /// actions is named.
    #[must_use]
    pub fn call(&self, connection: &Connection) -> Call {
        self.prepare(connection);
        Call {
            limits: self.limits().clone(),
            host: self.clone(),
            connection: connection.clone(),
            contents: CallContent::default(),
            correlation: None,
            log: None,
            stats: None,
            inspection: None,
            dry_run: None,
            content: None,
            result: None,
            unrecorded: false,
        }
    }
}

impl Call {
    /// Limits for this call in place of the host's. What the host has reserved
    /// (memory, memories, tables, table elements, instances) stays the upper
    /// bound. The deadline is among the limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits.within(self.host.limits());
        self
    }

    /// How long the call may run once it has begun, waiting for rate budget not
    /// included.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = deadline;
        self
    }

    /// The caller's own id for the call, which stands in the host's log, in the
    /// call's error and in the journal, so it must hold no client data. Without
    /// one the call gets a random id.
    #[must_use]
    pub fn correlation(mut self, id: impl Into<String>) -> Self {
        self.correlation = Some(id.into());
        self
    }

    /// Leaves this call out of the journal, for what strangers may have called as
    /// often as they like, such as the check of a delivery: the journal would
    /// grow with them. A write of such a call is not looked up by the journal.
    #[must_use]
    pub fn unrecorded(mut self) -> Self {
        self.unrecorded = true;
        self
    }

    /// Takes each line that the action prints. Called on a worker thread, so it
    /// must not block. A line may hold client data: the action decides what it
    /// prints.
    #[must_use]
    pub fn on_log(mut self, observer: impl Fn(LogLine) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(observer));
        self
    }

    /// Takes what the call cost, when it ends, well or badly. Not called for a
    /// call whose future is dropped.
    #[must_use]
    pub fn on_stats(mut self, observer: impl FnOnce(CallStats) + Send + 'static) -> Self {
        self.stats = Some(Box::new(observer));
        self
    }

    /// Makes this a dry run: it reads as ever, and what is no read is refused
    /// like a request that the policy denies. When the call ends, the observer
    /// gets what was held back. The action ends at the first such request, for
    /// its answer would decide on what follows.
    #[must_use]
    pub fn dry_run(mut self, observer: impl FnOnce(Vec<Withheld>) + Send + 'static) -> Self {
        self.dry_run = Some(Box::new(observer));
        self
    }

    /// Fetches the content that the result names by URL, as that of
    /// `read-document.read` does of large documents, and hands it to `sink`
    /// in pieces, whatever its size. Only a URL that Clio gave in this call is
    /// fetched, without a credential. The deadline holds for the fetching once
    /// more.
    ///
    /// Called where the call's future is polled. Where the content does not
    /// arrive whole the call fails, and what the sink took is to be dropped. A
    /// result without such a URL leaves the sink unused.
    #[must_use]
    pub fn content_into(
        self,
        mut sink: impl FnMut(&[u8]) -> std::io::Result<()> + Send + 'static,
    ) -> Self {
        self.content_through(move |piece| ready(sink(&piece)))
    }

    /// The same with a sink that takes its time: the next piece is fetched while
    /// it takes one, and no more than a few wait for it.
    #[must_use]
    pub fn content_through<F>(mut self, mut sink: impl FnMut(Bytes) -> F + Send + 'static) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        self.content = Some(Box::new(move |piece| Box::pin(sink(piece))));
        self
    }

    /// Takes the result before the content that it names is fetched. Not called
    /// where the action fails, nor without a sink for the content.
    #[must_use]
    pub fn on_result(mut self, observer: impl FnOnce(&Value) + Send + 'static) -> Self {
        self.result = Some(Box::new(observer));
        self
    }

    /// Calls the export `name`, a function without parameters that returns
    /// `list<u8>`, in the same instance once the action has returned, and hands
    /// its bytes to `observer`. For tests that look into a component's memory;
    /// the components that hosts run have no such export.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn inspect(
        mut self,
        name: impl Into<String>,
        observer: impl FnOnce(Vec<u8>) + Send + 'static,
    ) -> Self {
        self.inspection = Some(Inspection {
            export: name.into(),
            observer: Box::new(observer),
        });
        self
    }

    /// Lends local content to this call, and returns the URL under which its
    /// action can fetch it: an unguessable name that no other call knows. It
    /// goes where the action takes a content URL.
    ///
    /// # Errors
    /// When there is too much of it for one call.
    pub fn add_content(&mut self, content: LocalContent) -> Result<String, ContentError> {
        self.contents.add(content)
    }

    /// Lends a sink to this call, and returns the URL under which its action can
    /// put there what it makes, once: an unguessable name that no other call
    /// knows. It goes where the action takes such a URL, as `into` of
    /// `fill-document.fill`.
    #[must_use]
    pub fn add_sink(&mut self, sink: LocalSink) -> String {
        self.contents.add_sink(sink)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("connection", &self.connection)
            .field("limits", &self.limits)
            .field("correlation", &self.correlation)
            .finish_non_exhaustive()
    }
}
