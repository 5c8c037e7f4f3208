//! Requests that the host itself sends: to the OAuth endpoints.
//!
//! They go the way of every other request: the same dialling, the same TLS, the
//! same bounds. There is no guest behind them, so no rules apply; each caller
//! names its path. No connection is kept: such requests are rare, and one may
//! be sent from any runtime.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use wasmtime_wasi_http::Error as WasiError;

use super::body::{Meter, Progress, hold_answer, whole};
use super::ledger::{EgressFailure, Ledger};
use super::route::reach;
use super::tls::EgressBuildError;
use super::{EgressSettings, headers};
use crate::origin::Origin;

/// The most bytes of an answer. Tokens and a page of a list are far below.
const MOST_BYTES: usize = 1024 * 1024;

/// How this host reaches the network. Clones share the TLS settings.
#[derive(Clone, Debug, Default)]
pub struct Network {
    settings: EgressSettings,
}

/// Why a request of the host's own gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// TLS cannot be set up.
    #[error("{0}")]
    Setup(String),
    /// The request is none that can be sent.
    #[error("the request cannot be sent")]
    Request,
    /// The operator's policy file does not let it.
    #[error("the operator does not allow requests to {origin}; what would: {rule}")]
    NotPermitted {
        /// Where it would have gone.
        origin: Origin,
        /// The line that would allow it.
        rule: String,
    },
    /// The server's certificate is not trusted, or is for another name.
    #[error("{0}")]
    Certificate(String),
    /// No answer came: the name, the connection, TLS or the time.
    #[error("there was no answer ({0})")]
    NoAnswer(String),
}

impl From<EgressBuildError> for NetworkError {
    fn from(error: EgressBuildError) -> Self {
        Self::Setup(error.to_string())
    }
}

impl Network {
    pub(crate) fn new(settings: EgressSettings) -> Self {
        Self { settings }
    }

    /// Whether the operator's policy files let a connection lead to an origin.
    ///
    /// # Errors
    /// When one does not: with the line that would allow it.
    pub fn permits(&self, origin: &Origin) -> Result<(), NetworkError> {
        for operator in &self.settings.operators {
            operator
                .check_origin(origin)
                .map_err(|rule| NetworkError::NotPermitted {
                    origin: origin.clone(),
                    rule,
                })?;
        }
        Ok(())
    }

    /// The TLS settings of requests: the system's certificates are trusted, and
    /// those that the operator's policy files name. For requests of the embedder's
    /// own, which no rule of this library sees.
    ///
    /// # Errors
    /// When the certificates cannot be read.
    pub fn tls_config(&self) -> Result<rustls::ClientConfig, NetworkError> {
        Ok(self.settings.tls.config()?)
    }

    /// Sends a request to a path of an origin and holds the answer whole.
    /// Redirects are handed on.
    pub(crate) async fn send(
        &self,
        origin: &Origin,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetworkError> {
        self.permits(origin)?;
        let path = request.uri().path_and_query();
        let path = path.map_or("/", http::uri::PathAndQuery::as_str);
        let uri = format!("{origin}{path}").parse();
        *request.uri_mut() = uri.map_err(|_| NetworkError::Request)?;
        let fields = request.headers_mut();
        fields.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        fields.insert(header::USER_AGENT, super::api::USER_AGENT);
        let timeouts = self.settings.timeouts;
        let client = self.settings.client()?;
        client.ready(origin)?;
        // The kind of an error says enough, and its text may name addresses.
        let failed = |error: WasiError| NetworkError::NoAnswer(kind(&error));
        let sent = client
            .send(
                reach(origin),
                request.map(whole),
                timeouts,
                &Progress::new(),
            )
            .await;
        let sent = sent.map_err(|error| match error.certificate {
            Some(cause) => NetworkError::Certificate(
                EgressFailure::Certificate {
                    origin: origin.to_string(),
                    cause,
                }
                .to_string(),
            ),
            None => failed(error.error),
        });
        let (head, body) = sent?.into_parts();
        let length = headers::content_length(&head.headers)
            .map_err(|_| failed(WasiError::HttpProtocolError))?;
        let meter = Meter {
            ledger: std::sync::Arc::new(Ledger::default()),
            most_sent: u64::MAX,
            most_received: u64::MAX,
        };
        let held = hold_answer(body, length, MOST_BYTES, timeouts.between_bytes, &meter).await;
        Ok(Response::from_parts(head, held.map_err(failed)?))
    }
}

/// The name of an error's kind, in words.
fn kind(error: &WasiError) -> String {
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
