//! The one way out of a call: everything that a guest sends passes here.
//!
//! A request is taken apart strictly ([`crate::origin`]), held against the rules
//! ([`crate::policy`], [`grants`], [`content`]), freed of what a guest may not
//! set ([`headers`]), and goes one [`route`]: to the account, by a rule and with
//! its [`bearer`], or for content, by somebody's word and without. The
//! [`connector`] checks the address that is dialled. What certainly had no effect
//! is sent again ([`retry`]); everything has its bound of time and bytes
//! ([`body`]).
//!
//! What must stay true: nothing leaves that no rule allows; no credential leaves
//! for another origin, nor for content; a write of unknown outcome is never sent
//! twice; whatever is refused is noted beside the guest ([`ledger`]), with the
//! rule that would allow it.

mod address;
mod api;
mod bearer;
mod body;
mod client;
mod connector;
pub(crate) mod content;
pub(crate) mod dry_run;
mod fetch;
mod grants;
pub(crate) mod headers;
mod http_client;
mod ledger;
mod local;
#[cfg(feature = "oauth")]
pub(crate) mod network;
mod retry;
mod review;
mod route;
mod send;
mod sink;
mod stream;
mod tls;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

pub use self::address::Reach;
use self::body::Meter;
use self::client::{Client, Timeouts};
use self::connector::{Resolve, SystemResolver};
pub(crate) use self::content::CallContent;
pub use self::content::{ContentError, ContentReader, LocalContent};
pub use self::dry_run::Withheld;
pub(crate) use self::fetch::FetchError;
pub(crate) use self::grants::Grants;
use self::http_client::Sender;
pub use self::http_client::{HttpBody, HttpClient, HttpClientError};
use self::ledger::Ledger;
pub use self::ledger::Traffic;
pub(crate) use self::ledger::{EgressFailure, Noted};
use self::retry::RetrySettings;
pub(crate) use self::review::{ContentReview, Verdict};
pub use self::sink::{LocalSink, Taken};
pub(crate) use self::tls::EgressBuildError;
use self::tls::Tls;
use crate::budget::Reservation;
use crate::connection::Connection;
use crate::cpu::CpuMeter;
use crate::journal::Intent;
use crate::lane::on_slow_lane;
use crate::limits::Limits;
use crate::policy::{OperatorPolicy, Proxy, Rules};
use crate::watch::Watch;

/// How egress works, apart from any call. Clones share the TLS settings, so
/// that many workers read the system's certificates once.
#[derive(Clone)]
pub(crate) struct EgressSettings {
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetrySettings,
    /// The most bytes of the body of an API request. It is held whole, so that
    /// it can be sent again.
    pub(crate) api_request_bytes: usize,
    /// The most bytes of the body of an API answer. It is held whole, so that a
    /// cut one is noticed.
    pub(crate) api_answer_bytes: usize,
    /// The policy files of the machine, all of which hold.
    pub(crate) operators: Vec<OperatorPolicy>,
    tls: Tls,
    resolver: Arc<dyn Resolve>,
    proxy: Option<Proxy>,
    http_client: Option<Arc<dyn HttpClient>>,
}

impl Default for EgressSettings {
    fn default() -> Self {
        Self {
            timeouts: Timeouts {
                connect: Duration::from_secs(10),
                first_byte: Duration::from_secs(60),
                between_bytes: Duration::from_secs(30),
            },
            retry: RetrySettings::default(),
            api_request_bytes: 1024 * 1024,
            api_answer_bytes: 8 * 1024 * 1024,
            operators: Vec::new(),
            tls: Tls::default(),
            resolver: Arc::new(SystemResolver),
            proxy: None,
            http_client: None,
        }
    }
}

impl EgressSettings {
    /// Reaches HTTPS servers through a proxy.
    pub(crate) fn through(&mut self, proxy: Proxy) {
        self.proxy = Some(proxy);
    }

    /// Trusts the CA certificates of a PEM file beside the system's.
    pub(crate) fn trusting(&mut self, file: PathBuf) {
        self.tls = std::mem::take(&mut self.tls).trusting(file);
    }

    /// Holds to a policy file. The first that names a proxy decides on it.
    pub(crate) fn bounded_by(&mut self, operator: OperatorPolicy) {
        if self.proxy.is_none() {
            self.proxy = operator.proxy().cloned();
        }
        if let Some(file) = operator.ca_file() {
            self.trusting(file.to_owned());
        }
        self.operators.push(operator);
    }

    /// Sends everything through a client of the embedder's.
    pub(crate) fn sending_with(&mut self, client: Arc<dyn HttpClient>) {
        self.http_client = Some(client);
    }

    /// Reads on a thread of its own what requests over TLS will need.
    pub(crate) fn prepare_tls(&self) {
        if self.http_client.is_none() {
            self.tls.prepare();
        }
    }

    fn client(&self) -> Result<Sender, EgressBuildError> {
        if let Some(client) = &self.http_client {
            // What a client of somebody else trusts, and whether it goes through
            // a proxy, is not ours to say.
            if self.proxy.is_some() || self.tls.has_extra_roots() {
                return Err(EgressBuildError::HttpClient);
            }
            return Ok(Sender::Embedder(Arc::clone(client)));
        }
        let client = Client::new(&self.tls, &self.resolver, self.proxy.as_ref())?;
        Ok(Sender::Pooled(Box::new(client)))
    }
}

impl fmt::Debug for EgressSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EgressSettings")
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .field("operators", &self.operators)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

/// The part of egress that all calls of one worker share: the connections.
pub(crate) struct Egress {
    fast: Sender,
    /// For calls on the slow lane. A connection is driven by the thread that
    /// opened it: one opened there would hold up whoever used it next.
    slow: Sender,
    settings: EgressSettings,
}

impl Egress {
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn new(settings: EgressSettings) -> Result<Self, EgressBuildError> {
        Ok(Self {
            fast: settings.client()?,
            slow: settings.client()?,
            settings,
        })
    }

    /// The connections that this thread may use.
    fn client(&self) -> &Sender {
        match on_slow_lane() {
            true => &self.slow,
            false => &self.fast,
        }
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress").finish_non_exhaustive()
    }
}

/// The way out of one call.
pub(crate) struct CallEgress {
    egress: Arc<Egress>,
    connection: Connection,
    rules: Arc<Rules>,
    content: CallContent,
    limits: Limits,
    reservation: Mutex<Option<Reservation>>,
    intent: OnceLock<Intent>,
    watch: OnceLock<Arc<dyn Watch>>,
    review: OnceLock<ContentReview>,
    grants: Mutex<Grants>,
    requests: AtomicU32,
    meter: Meter,
    /// Whether writes are held back and told.
    dry_run: bool,
    /// The call's, with its correlation id.
    span: tracing::Span,
}

impl CallEgress {
    pub(crate) fn new(
        egress: Arc<Egress>,
        connection: Connection,
        rules: Arc<Rules>,
        content: CallContent,
        limits: Limits,
        cpu: Arc<CpuMeter>,
        dry_run: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            dry_run,
            span: tracing::Span::current(),
            egress,
            connection,
            rules,
            content,
            reservation: Mutex::new(None),
            intent: OnceLock::new(),
            watch: OnceLock::new(),
            review: OnceLock::new(),
            grants: Mutex::new(Grants::default()),
            requests: AtomicU32::new(0),
            meter: Meter {
                ledger: Arc::new(Ledger::new(cpu)),
                most_sent: limits.request_bytes,
                most_received: limits.response_bytes,
            },
            limits,
        })
    }

    /// Gives the call the requests that were set aside for it.
    pub(crate) fn with_reservation(self: Arc<Self>, reservation: Reservation) -> Arc<Self> {
        *lock(&self.reservation) = Some(reservation);
        self
    }

    /// Has the call's writes wait for its first entry in the journal.
    pub(crate) fn with_intent(self: Arc<Self>, intent: Intent) -> Arc<Self> {
        let _ = self.intent.set(intent);
        self
    }

    /// Tells of each of the call's requests to the account.
    pub(crate) fn watched(self: Arc<Self>, watch: Option<Arc<dyn Watch>>) -> Arc<Self> {
        if let Some(watch) = watch {
            let _ = self.watch.set(watch);
        }
        self
    }

    /// Holds the content that the call fetches against what machines made.
    pub(crate) fn reviewed(self: Arc<Self>, review: Option<ContentReview>) -> Arc<Self> {
        if let Some(review) = review {
            let _ = self.review.set(review);
        }
        self
    }

    /// Gives back what is left of the reservation, as once the guest has ended:
    /// a stream that is still held keeps this alive for longer.
    pub(crate) fn release(&self) {
        // Taken first: giving it back must not happen under this lock.
        let reservation = lock(&self.reservation).take();
        drop(reservation);
    }

    /// What was noted so far.
    pub(crate) fn noted(&self) -> Noted {
        self.ledger().noted()
    }

    fn ledger(&self) -> &Arc<Ledger> {
        &self.meter.ledger
    }
}

impl fmt::Debug for CallEgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEgress")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name of an error's kind, in words.
fn kind(error: &wasmtime_wasi_http::Error) -> String {
    let name = format!("{error:?}");
    let name = name.split(['(', ' ', '{']).next().unwrap_or_default();
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests;
