//! What is counted, for Prometheus.
//!
//! What runs here is counted as it happens, in this process; what waits is asked of
//! the journal when somebody wants to know, and is of all processes of the home. No
//! label names a firm: there may be hundreds, and who reads metrics is not always
//! who may know them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use clio_host::{CallEnd, CallStats, ObservedCall, ObservedRequest, Observer, RequestEnd};
use clio_runner::journal::counts::Counts;
use clio_runner::journal::runs::RunEnd;
use http::HeaderValue;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub(crate) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

/// Upper bounds of durations, in seconds.
const SECONDS: [f64; 9] = [0.005, 0.025, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0, 1800.0];

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter>,
    answered_seconds: Family<Route, Histogram, fn() -> Histogram>,
    connections: Gauge,
    wrong_keys: Counter,
    runs: Family<Ended, Counter>,
    run_seconds: Family<Kind, Histogram, fn() -> Histogram>,
    calls: Family<Called, Counter>,
    requests: Family<Requested, Counter>,
    waiting: Mutex<Waiting>,
}

/// What is asked of the journal.
#[derive(Debug, Default)]
struct Waiting {
    runs: Family<Stands, Gauge>,
    failed: Gauge,
    behind: Gauge,
    memory: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    kind: String,
    end: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    action: String,
    function: String,
    /// `done`, or the error's code.
    end: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Requested {
    /// Clio's status, or what became of the request without one.
    end: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stands {
    kind: String,
    status: String,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            answered: Family::default(),
            answered_seconds: Family::new_with_constructor(seconds),
            connections: Gauge::default(),
            wrong_keys: Counter::default(),
            runs: Family::default(),
            run_seconds: Family::new_with_constructor(seconds),
            calls: Family::default(),
            requests: Family::default(),
            waiting: Mutex::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let start = Gauge::<i64>::default();
        start.set(seconds_of(began.unwrap_or_default()));
        let process = self.registry.sub_registry_with_prefix("process");
        process.register("start_time_seconds", "When the process began", start);
        let waiting = self
            .waiting
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        process.register(
            "resident_memory_bytes",
            "The memory that the process holds",
            waiting.memory.clone(),
        );
        let all = self.registry.sub_registry_with_prefix("clio");
        let build = vec![("version", env!("CARGO_PKG_VERSION"))];
        all.register("build", "The version that runs", Info::new(build));
        all.register(
            "http_requests",
            "Requests that were answered, by route",
            self.answered.clone(),
        );
        all.register(
            "http_request_seconds",
            "How long answers took, to their head",
            self.answered_seconds.clone(),
        );
        all.register(
            "http_connections",
            "Connections that are open",
            self.connections.clone(),
        );
        all.register(
            "wrong_keys",
            "Keys that were wrong",
            self.wrong_keys.clone(),
        );
        all.register(
            "runs_ended",
            "Runs that this process carried out, and how they ended",
            self.runs.clone(),
        );
        all.register(
            "run_seconds",
            "How long carrying out a run took",
            self.run_seconds.clone(),
        );
        all.register(
            "calls",
            "Calls of actions, and how they ended",
            self.calls.clone(),
        );
        all.register(
            "requests",
            "Requests to Clio, and what was answered",
            self.requests.clone(),
        );
        all.register(
            "runs",
            "Runs of the home that wait or run",
            waiting.runs.clone(),
        );
        all.register(
            "runs_failed",
            "Runs of the home that failed and wait for a person",
            waiting.failed.clone(),
        );
        all.register(
            "runs_behind_seconds",
            "For how long the oldest run that is due has been",
            waiting.behind.clone(),
        );
    }

    /// A request was answered.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.answered_seconds
            .get_or_create_owned(&Route {
                route: route.clone(),
            })
            .observe(took.as_secs_f64());
        let answered = Answered {
            method,
            route,
            status,
        };
        self.answered.get_or_create_owned(&answered).inc();
    }

    /// A connection is open until what is returned is dropped.
    pub(crate) fn connection(&self) -> Open {
        self.connections.inc();
        Open(self.connections.clone())
    }

    pub(crate) fn wrong_key(&self) {
        self.wrong_keys.inc();
    }

    /// A run was carried out, and ended so this time.
    pub(crate) fn ran(&self, kind: &str, end: &RunEnd, took: Duration) {
        let end = match end {
            RunEnd::Done(_) => "done",
            RunEnd::Failed { .. } => "failed",
            RunEnd::Again { .. } => "again",
            RunEnd::Cancelled => "cancelled",
            RunEnd::HandedBack => "handed_back",
        };
        let kind = kind.to_owned();
        self.run_seconds
            .get_or_create_owned(&Kind { kind: kind.clone() })
            .observe(took.as_secs_f64());
        self.runs.get_or_create_owned(&Ended { kind, end }).inc();
    }

    /// All of it, as text.
    pub(crate) fn text(&self, counts: &Counts) -> String {
        // One at a time, for what the journal says stands there whole.
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.runs.clear();
        for (kind, status, count) in &counts.open {
            let stands = Stands {
                kind: kind.clone(),
                status: status.clone(),
            };
            waiting.runs.get_or_create_owned(&stands).set(*count);
        }
        waiting.failed.set(counts.failed);
        waiting.behind.set(counts.behind_ms / 1000);
        waiting.memory.set(resident().unwrap_or_default());
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Counts what a host tells of its calls, and passes it on.
pub(crate) struct Counted {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) next: Option<Arc<dyn Observer>>,
}

impl Observer for Counted {
    fn started(&self, call: &ObservedCall) {
        if let Some(next) = &self.next {
            next.started(call);
        }
    }

    fn finished(&self, call: &ObservedCall, end: &CallEnd, cost: &CallStats) {
        let called = Called {
            action: call.action.clone(),
            function: call.function.clone(),
            end: match end {
                CallEnd::Done => "done".to_owned(),
                CallEnd::Failed(code) => code.clone(),
                _ => "cancelled".to_owned(),
            },
        };
        self.metrics.calls.get_or_create_owned(&called).inc();
        if let Some(next) = &self.next {
            next.finished(call, end, cost);
        }
    }

    fn sending(&self, call: &ObservedCall, request: &ObservedRequest) -> Option<HeaderValue> {
        self.next.as_ref()?.sending(call, request)
    }

    fn answered(
        &self,
        call: &ObservedCall,
        request: &ObservedRequest,
        end: &RequestEnd,
        took: Duration,
    ) {
        let requested = Requested {
            end: match end {
                RequestEnd::Answered(status) => status.to_string(),
                RequestEnd::Lost(_) => "lost".to_owned(),
                _ => "dropped".to_owned(),
            },
        };
        self.metrics.requests.get_or_create_owned(&requested).inc();
        if let Some(next) = &self.next {
            next.answered(call, request, end, took);
        }
    }
}

/// An open connection.
pub(crate) struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn seconds_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// The memory that this process holds, in bytes, where the system tells.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: i64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
