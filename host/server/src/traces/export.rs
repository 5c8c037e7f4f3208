//! Sends spans to a collector: protocol and batches are OpenTelemetry's, the
//! connection is ours.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use clio_host::Network;
use clio_runner::failure::Failure;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use tokio::runtime::Handle;

/// How long one batch may take.
const WHOLE: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const ANSWER_BYTES: usize = 64 * 1024;

pub(super) fn to(url: &str, network: &Network) -> Result<SpanExporter, Failure> {
    let wrong = |what: &str| {
        Failure::usage(format!("`otlp` in serve.toml is not right: {what}"))
            .next("give the collector's address for OTLP over HTTP, such as http://127.0.0.1:4318")
    };
    let uri: Uri = url.parse().map_err(|_| wrong("it is no URL"))?;
    if uri.host().is_none() || !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(wrong("it is no http or https URL"));
    }
    if uri.authority().is_some_and(|at| at.as_str().contains('@')) {
        return Err(wrong(
            "a token goes into OTEL_EXPORTER_OTLP_HEADERS, not into the URL",
        ));
    }
    let tls = network
        .tls_config()
        .map_err(|error| Failure::host(error.to_string()))?;
    let mut dial = HttpConnector::new();
    dial.enforce_http(false);
    dial.set_connect_timeout(Some(WHOLE));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(dial);
    let client = Sender {
        pool: Client::builder(TokioExecutor::new()).build(connector),
        runtime: Handle::current(),
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_endpoint(format!("{}/v1/traces", url.trim_end_matches('/')))
        .with_timeout(WHOLE)
        .build();
    exporter.map_err(|error| wrong(&error.to_string()))
}

/// Sends in the runtime of the service, for batches are made on a thread without
/// one.
struct Sender {
    pool: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

type Sent<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Sender {
    // As the macro writes it that the trait is made with.
    fn send_bytes<'a, 'b>(&'a self, request: Request<Bytes>) -> Sent<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        let asked = self.pool.request(request.map(Full::new));
        let sent = self.runtime.spawn(async move {
            let whole = async {
                let (head, body) = asked.await?.into_parts();
                let body = Limited::new(body, ANSWER_BYTES).collect().await?;
                Ok::<_, HttpError>(Response::from_parts(head, body.to_bytes()))
            };
            tokio::time::timeout(WHOLE, whole).await?
        });
        Box::pin(async move { sent.await? })
    }
}
