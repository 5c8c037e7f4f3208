//! The client of signed POSTs.
//!
//! What must stay true: it goes to the operator's URL alone, over TLS unless that
//! is on this machine; it follows no redirect; each part of an exchange has its
//! time, and an answer's body is not read beyond what ends it.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use clio_host::Network;
use clio_runner::traced;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use jiff::Timestamp;

use super::signature::Secrets;
use super::{Message, NotTaken};

/// Until a connection stands, without TLS.
const CONNECT: Duration = Duration::from_secs(5);
/// Until the answer's head is there.
const WHOLE: Duration = Duration::from_secs(15);
/// The most of an answer's body that is read for the connection to be used again.
const ANSWER_BYTES: usize = 64 * 1024;
/// How long that may take.
const ANSWER: Duration = Duration::from_secs(2);
/// How long a connection is kept without a request.
const IDLE: Duration = Duration::from_secs(45);
/// The longest pause that a destination may ask for.
const LONGEST: Duration = Duration::from_secs(3600);

type Https = Pool<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Posts, with connections that are kept.
#[derive(Debug)]
pub(super) struct Client {
    network: Network,
    /// Made when first needed: reading the system's certificates takes a while.
    pool: OnceLock<Https>,
}

impl Client {
    pub(super) fn new(network: Network) -> Self {
        Self {
            network,
            pool: OnceLock::new(),
        }
    }

    fn pool(&self) -> Result<&Https, NotTaken> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let tls = self.network.tls_config();
        let tls = tls.map_err(|error| NotTaken::away("no_tls", error.to_string()))?;
        let mut dial = HttpConnector::new();
        dial.enforce_http(false);
        dial.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(dial);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(2)
            .build(connector);
        Ok(self.pool.get_or_init(|| pool))
    }

    /// Posts a message, signed.
    pub(super) async fn post(
        &self,
        url: &str,
        secrets: &Secrets,
        message: Message<'_>,
    ) -> Result<(), NotTaken> {
        let uri = destination(url).map_err(|what| NotTaken::away("no_destination", what))?;
        let at = Timestamp::now().as_second();
        let signature = secrets.sign(message.id, at, message.body);
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(
                header::USER_AGENT,
                concat!("clio-actions/", env!("CARGO_PKG_VERSION")),
            )
            .header("webhook-id", message.id)
            .header("webhook-timestamp", HeaderValue::from(at))
            .header("webhook-signature", signature)
            .body(Full::from(message.body.to_owned()));
        let mut request =
            request.map_err(|_| NotTaken::away("no_destination", "it cannot be posted there"))?;
        if let Ok(trace) = HeaderValue::from_str(&traced::current())
            && !trace.is_empty()
        {
            request.headers_mut().insert(traced::FIELD, trace);
        }
        let answered = tokio::time::timeout(WHOLE, self.pool()?.request(request)).await;
        let answer = match answered {
            Err(_) => {
                let what = format!("it did not answer within {} s", WHOLE.as_secs());
                return Err(NotTaken::away("timeout", what));
            }
            Ok(Err(error)) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "a post failed");
                let what = match error.is_connect() {
                    true => "it cannot be connected to",
                    false => "the connection ended before an answer",
                };
                return Err(NotTaken::away("unreachable", what));
            }
            Ok(Ok(answer)) => answer,
        };
        let (head, body) = answer.into_parts();
        // What it says is nobody's to keep. Read to its end, the connection is
        // used again.
        let body = Limited::new(body, ANSWER_BYTES).collect();
        drop(tokio::time::timeout(ANSWER, body).await);
        judged(head.status, &head.headers)
    }
}

/// Whether a destination took what it was sent.
fn judged(status: StatusCode, headers: &http::HeaderMap) -> Result<(), NotTaken> {
    if status.is_success() {
        return Ok(());
    }
    let away = status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::GONE
        );
    let after = headers.get(header::RETRY_AFTER);
    let after = after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Err(NotTaken {
        code: match status.is_redirection() {
            true => "redirected",
            false => "refused",
        },
        what: format!("it answered {}", status.as_u16()),
        away,
        after: after.map(|seconds| Duration::from_secs(seconds).min(LONGEST)),
    })
}

/// The URL of a destination.
pub(super) fn destination(url: &str) -> Result<Uri, String> {
    let uri: Uri = url.parse().map_err(|_| "it is no URL".to_owned())?;
    let authority = uri.authority().ok_or("it is no whole URL")?;
    if authority.as_str().contains('@') {
        return Err("a name or password in the URL is not sent".to_owned());
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if on_this_machine(authority.host()) => Ok(uri),
        Some("http") => Err("use https: what is sent names a firm's documents".to_owned()),
        _ => Err("it is neither https nor http".to_owned()),
    }
}

fn on_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_destination_uses_tls_unless_it_is_on_this_machine() {
        for url in [
            "https://hooks.firm.example/clio?x=1",
            "http://127.0.0.1:8080/in",
            "http://[::1]:8080/in",
            "http://localhost/in",
        ] {
            assert!(destination(url).is_ok(), "{url}");
        }
        for url in [
            "http://hooks.firm.example/clio",
            "http://127.0.0.1.firm.example/",
            "https://user:secret@hooks.firm.example/",
            "ftp://127.0.0.1/",
            "/in",
            "hooks",
        ] {
            assert!(destination(url).is_err(), "{url}");
        }
    }

    #[test]
    fn only_success_is_taken_and_a_long_pause_is_cut() {
        let mut headers = http::HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("999999999"));
        for (status, away) in [
            (302, false),
            (400, false),
            (410, true),
            (429, true),
            (503, true),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let refused = judged(status, &headers).unwrap_err();
            assert_eq!(
                (refused.away, refused.after),
                (away, Some(LONGEST)),
                "{status}"
            );
        }
        assert!(judged(StatusCode::NO_CONTENT, &headers).is_ok());
    }
}
