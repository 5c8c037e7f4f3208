//! What requests are sent through: the pooled client of a worker, or one of the
//! embedder's.
//!
//! An embedder's client is below everything that decides: it is handed what the
//! rules let out, freed of what a guest may not set, with the credential on it;
//! the rate budget, repetitions, times and bounds are the host's as ever. It
//! takes over what happens on the wire: finding addresses, dialling, TLS,
//! proxies, and keeping connections. The host sees no address that it dials, but
//! for one that stands in the URL itself, and cannot tell whether it keeps what
//! [`HttpClient`] asks of it.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::address::Reach;
use super::body::Progress;
use super::client::{Client, SendError, Timeouts, Written, awaited};
use super::tls::EgressBuildError;
use crate::origin::{Destination, Origin};

/// The body of a request or an answer, as an [`HttpClient`] takes and gives it.
pub type HttpBody = UnsyncBoxBody<Bytes, Box<dyn StdError + Send + Sync>>;

/// Sends requests in place of the host's own client.
///
/// The host relies on it for this:
/// - It connects to no address that [`Reach::permits`] does not permit, however
///   the name in the URL came to lead there, and over TLS wherever the URL says
///   `https`, with the certificate checked: requests carry the account's token.
/// - It sends a request once, as it stands, follows no redirect, adds no cookie
///   or credential, and decodes no content.
/// - It says of a failure honestly whether a byte of the request may have been
///   written. The host repeats what was not, even a write.
pub trait HttpClient: Send + Sync + 'static {
    /// Sends a request, and gives the head of its answer as soon as it is there.
    /// The URL is whole. Dropping the future must end the exchange.
    ///
    /// The future is polled on a thread that runs calls, in a tokio runtime of
    /// its own, so it must not block. Where the embedder connects or refreshes
    /// tokens, it is polled where that is awaited.
    fn send(
        &self,
        request: Request<HttpBody>,
        reach: Reach,
    ) -> BoxFuture<'_, Result<Response<HttpBody>, HttpClientError>>;
}

/// Why an [`HttpClient`] has no answer.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct HttpClientError {
    cause: Box<dyn StdError + Send + Sync>,
    written: Written,
}

impl HttpClientError {
    /// Not one byte of the request was written, as when no connection came
    /// about. The cause goes into the host's log alone.
    pub fn unsent(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            cause: cause.into(),
            written: Written::Nothing,
        }
    }

    /// Something of the request may have been written, so that its effect is not
    /// known.
    pub fn unknown(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            cause: cause.into(),
            written: Written::Perhaps,
        }
    }
}

/// What requests are sent through.
pub(crate) enum Sender {
    /// The host's own connections.
    Pooled(Box<Client>),
    /// The embedder's client.
    Embedder(Arc<dyn HttpClient>),
}

impl Sender {
    /// Whether a request to this origin can be sent at all. It is asked before
    /// one is: what this machine lacks is not the server's fault, and no attempt.
    pub(crate) fn ready(&self, origin: &Origin) -> Result<(), EgressBuildError> {
        match self {
            Self::Pooled(client) if origin.is_tls() => client.ready(),
            _ => Ok(()),
        }
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn send(
        &self,
        reach: Reach,
        request: Request<WasiBody>,
        timeouts: Timeouts,
        progress: &Progress,
    ) -> Result<Response<WasiBody>, SendError> {
        let client = match self {
            Self::Pooled(client) => {
                let answer = client.send(reach, request, timeouts, progress).await;
                return answer.map(received);
            }
            Self::Embedder(client) => client,
        };
        if address(&request).is_some_and(|address| !reach.permits(address)) {
            let prohibited = WasiError::DestinationIpProhibited;
            return Err(SendError::new(prohibited, Written::Nothing));
        }
        let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
        let answer = pin!(client.send(request, reach));
        progress.touch();
        // It does not tell when it is connected.
        let limit = timeouts.connect + timeouts.first_byte;
        match awaited(answer, limit, progress).await {
            Some(Ok(answer)) => Ok(received(answer)),
            Some(Err(error)) => {
                tracing::debug!(%error, "exchange failed");
                let kind = match error.written {
                    Written::Nothing => WasiError::DestinationUnavailable,
                    Written::Perhaps => WasiError::ConnectionTerminated,
                };
                Err(SendError::new(kind, error.written))
            }
            None => Err(SendError::new(
                WasiError::HttpResponseTimeout,
                Written::Perhaps,
            )),
        }
    }
}

/// An answer whose body, where it breaks off, is not complete.
fn received<B>(answer: Response<B>) -> Response<WasiBody>
where
    B: Body<Data = Bytes> + Send + 'static,
{
    answer.map(|body| {
        body.map_err(|_| WasiError::HttpResponseIncomplete)
            .boxed_unsync()
    })
}

/// The address that a URL names by itself.
fn address<T>(request: &Request<T>) -> Option<IpAddr> {
    Destination::of(request.uri()).ok()?.origin.host().address()
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::egress::body::whole;
    use std::time::Duration;

    /// Fails in one way, or never answers.
    struct Failing(fn() -> Option<HttpClientError>);

    impl HttpClient for Failing {
        fn send(
            &self,
            _: Request<HttpBody>,
            _: Reach,
        ) -> BoxFuture<'_, Result<Response<HttpBody>, HttpClientError>> {
            match (self.0)() {
                Some(error) => Box::pin(std::future::ready(Err(error))),
                None => Box::pin(std::future::pending()),
            }
        }
    }

    async fn sent(url: &str, fails: fn() -> Option<HttpClientError>) -> SendError {
        let mut request = Request::new(whole(Bytes::new()));
        *request.uri_mut() = url.parse().unwrap();
        let timeouts = Timeouts {
            connect: Duration::from_millis(10),
            first_byte: Duration::from_millis(10),
            between_bytes: Duration::from_millis(10),
        };
        let sender = Sender::Embedder(Arc::new(Failing(fails)));
        let progress = Progress::new();
        let sent = sender.send(Reach::World, request, timeouts, &progress);
        sent.await.unwrap_err()
    }

    #[tokio::test]
    async fn a_client_of_the_embedders_is_believed_what_was_written_and_bounded_in_time() {
        let url = "https://app.clio.com/";
        let error = sent(url, || Some(HttpClientError::unsent("no route"))).await;
        assert_eq!(error.written, Written::Nothing);
        let error = sent(url, || Some(HttpClientError::unknown("cut"))).await;
        assert_eq!(error.written, Written::Perhaps);
        let error = sent(url, || None).await;
        assert!(matches!(error.error, WasiError::HttpResponseTimeout));
        assert_eq!(error.written, Written::Perhaps);
    }

    #[tokio::test]
    async fn it_is_not_asked_for_an_address_that_is_not_for_it() {
        for url in ["https://169.254.169.254/", "https://[::1]/"] {
            let error = sent(url, || panic!("it was asked")).await;
            assert!(matches!(error.error, WasiError::DestinationIpProhibited));
            assert_eq!(error.written, Written::Nothing);
        }
    }
}
