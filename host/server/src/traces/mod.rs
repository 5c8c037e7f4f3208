//! Traces, by OpenTelemetry: a span a run, a span a call within it, and a span a
//! request to Clio within that, sent to the operator's collector (OTLP over HTTP).
//!
//! Off unless `serve.toml` names a collector. The trace that a request names
//! (`traceparent`, W3C Trace Context) is kept with the run that it adds, in
//! whichever process that is carried out, and goes on with each request to Clio
//! and each message to a destination.
//!
//! What must stay true: a span holds ids, codes, counts and names of actions and
//! connections, as the audit does, and nothing a client said; a collector that is
//! away holds nothing up, and costs spans, never memory without an end.

mod export;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use clio_host::{CallEnd, CallStats, ObservedCall, ObservedRequest, Observer, RequestEnd};
use clio_runner::failure::Failure;
use clio_runner::journal::runs::Run;
use clio_runner::traced;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};

/// The field of a request that names a trace.
const TRACEPARENT: HeaderName = HeaderName::from_static(traced::FIELD);

/// How long the last spans may take to be sent when the process ends.
const LAST: Duration = Duration::from_secs(5);

/// Makes spans of what runs, and has them sent.
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    /// Of the runs that this process carries out, by id.
    runs: Mutex<HashMap<String, SpanContext>>,
    /// Of calls and requests, by their numbers.
    calls: Mutex<HashMap<u64, Span>>,
    requests: Mutex<HashMap<u64, Span>>,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").finish_non_exhaustive()
    }
}

impl Traces {
    /// Sends spans to the collector at `url`, such as `http://127.0.0.1:4318`.
    pub(crate) fn to(url: &str, network: &clio_host::Network) -> Result<Arc<Self>, Failure> {
        let exporter = export::to(url, network)?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(
                Resource::builder()
                    .with_service_name("clio")
                    .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
                    .build(),
            )
            .build();
        Ok(Arc::new(Self {
            tracer: provider.tracer("clio"),
            provider,
            runs: Mutex::default(),
            calls: Mutex::default(),
            requests: Mutex::default(),
        }))
    }

    /// Sends what has ended. It blocks.
    pub(crate) fn end(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }

    fn start(&self, span: SpanBuilder, parent: Option<SpanContext>) -> Span {
        let parent = parent.map_or_else(Context::new, |parent| {
            Context::new().with_remote_span_context(parent)
        });
        self.tracer.build_with_context(span, &parent)
    }
}

/// The trace that the fields of a request name, where they do.
pub(crate) fn named(headers: &HeaderMap) -> String {
    let context = TraceContextPropagator::new()
        .extract_with_context(&Context::new(), &HeaderExtractor(headers));
    traceparent(context.span().span_context()).unwrap_or_default()
}

fn traceparent(context: &SpanContext) -> Option<String> {
    let mut headers = HeaderMap::new();
    let context = Context::new().with_remote_span_context(context.clone());
    TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(&mut headers));
    let value = headers.remove(TRACEPARENT)?;
    value.to_str().ok().map(str::to_owned)
}

fn parsed(traceparent: &str) -> Option<SpanContext> {
    let mut headers = HeaderMap::new();
    headers.insert(TRACEPARENT, traceparent.parse().ok()?);
    let context = TraceContextPropagator::new()
        .extract_with_context(&Context::new(), &HeaderExtractor(&headers));
    let parsed = context.span().span_context().clone();
    parsed.is_valid().then_some(parsed)
}

/// Has what a request adds belong to the trace that it names.
pub(crate) async fn taken_in(
    State(traces): State<Option<Arc<Traces>>>,
    request: Request,
    next: Next,
) -> Response {
    let named = match traces {
        Some(_) => named(request.headers()),
        None => String::new(),
    };
    traced::within(named, next.run(request)).await
}

/// The span of one attempt at a run. It is sent when this is dropped.
pub(crate) struct RunSpan<'a>(Option<(&'a Traces, String, Span)>);

impl<'a> RunSpan<'a> {
    pub(crate) fn of(traces: Option<&'a Traces>, run: &Run) -> Self {
        let Some(traces) = traces else {
            return Self(None);
        };
        let span = SpanBuilder::from_name(format!("run {}", run.kind))
            .with_kind(SpanKind::Internal)
            .with_attributes([
                KeyValue::new("clio.run.id", run.id.clone()),
                KeyValue::new("clio.run.what", run.what.clone()),
                KeyValue::new("clio.run.attempt", i64::from(run.attempts)),
                KeyValue::new("clio.connection", run.connection.clone()),
            ]);
        let span = traces.start(span, parsed(&run.trace));
        let context = span.span_context().clone();
        lock(&traces.runs).insert(run.id.clone(), context);
        Self(Some((traces, run.id.clone(), span)))
    }

    /// What goes along with what the run does.
    pub(crate) fn traceparent(&self) -> String {
        let span = self.0.as_ref().map(|(_, _, span)| span.span_context());
        span.and_then(traceparent).unwrap_or_default()
    }

    /// Says how the attempt ended. An empty code: well.
    pub(crate) fn ended(&mut self, status: &'static str, code: &str) {
        if let Some((_, _, span)) = &mut self.0 {
            span.set_attribute(KeyValue::new("clio.run.status", status));
            failed(span, code);
        }
    }
}

impl Drop for RunSpan<'_> {
    fn drop(&mut self) {
        if let Some((traces, id, span)) = &mut self.0 {
            lock(&traces.runs).remove(id);
            span.end();
        }
    }
}

fn failed(span: &mut Span, code: &str) {
    if !code.is_empty() {
        span.set_attribute(KeyValue::new("error.type", code.to_owned()));
        span.set_status(Status::error(code.to_owned()));
    }
}

impl Observer for Traces {
    fn started(&self, call: &ObservedCall) {
        // The id of a run is that of its calls, with a number where there are more.
        let run = call.correlation.split('/').next().unwrap_or_default();
        let parent = lock(&self.runs).get(run).cloned();
        let span = SpanBuilder::from_name(format!("{}.{}", call.action, call.function))
            .with_kind(SpanKind::Internal)
            .with_attributes([
                KeyValue::new("clio.action", call.action.clone()),
                KeyValue::new("clio.function", call.function.clone()),
                KeyValue::new("clio.connection", call.connection.clone()),
                KeyValue::new("clio.correlation_id", call.correlation.clone()),
            ]);
        let span = self.start(span, parent);
        lock(&self.calls).insert(call.number, span);
    }

    fn finished(&self, call: &ObservedCall, end: &CallEnd, cost: &CallStats) {
        let Some(mut span) = lock(&self.calls).remove(&call.number) else {
            return;
        };
        let requests = i64::from(cost.traffic.api_requests);
        span.set_attribute(KeyValue::new("clio.requests", requests));
        match end {
            CallEnd::Failed(code) => failed(&mut span, code),
            CallEnd::Cancelled => failed(&mut span, "cancelled"),
            _ => {}
        }
        span.end();
    }

    fn sending(&self, call: &ObservedCall, request: &ObservedRequest) -> Option<HeaderValue> {
        let parent = lock(&self.calls)
            .get(&call.number)
            .map(|span| span.span_context().clone());
        let host = request.origin.split("://").last().unwrap_or_default();
        let span = SpanBuilder::from_name(format!("{} {}", request.method, request.path))
            .with_kind(SpanKind::Client)
            .with_attributes([
                KeyValue::new("http.request.method", request.method.clone()),
                KeyValue::new("url.template", request.path.clone()),
                KeyValue::new("server.address", host.to_owned()),
                KeyValue::new("http.request.resend_count", i64::from(request.repeated)),
            ]);
        let span = self.start(span, parent);
        let traceparent = traceparent(span.span_context());
        lock(&self.requests).insert(request.number, span);
        traceparent?.parse().ok()
    }

    fn answered(&self, _: &ObservedCall, request: &ObservedRequest, end: &RequestEnd, _: Duration) {
        let Some(mut span) = lock(&self.requests).remove(&request.number) else {
            return;
        };
        match end {
            RequestEnd::Answered(status) => {
                let told = i64::from(*status);
                span.set_attribute(KeyValue::new("http.response.status_code", told));
                if *status >= 400 {
                    failed(&mut span, &status.to_string());
                }
            }
            RequestEnd::Lost(kind) => failed(&mut span, kind),
            _ => failed(&mut span, "cancelled"),
        }
        span.end();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
