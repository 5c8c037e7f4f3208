//! The pooled HTTP client of one worker.
//!
//! A new TCP and TLS connection for every request costs more than the request.
//! One client a worker keeps connections open, with HTTP/2 where the server
//! offers it. Requests to a sandbox on this machine have a pool of their own,
//! so that a connection which was allowed there is never reused for a request
//! that may only reach the world.
//!
//! TLS is set up when a request first needs it: a sandbox is asked without, and
//! the system's certificates take some milliseconds to read.
//!
//! What must stay true: no redirect is followed; no proxy is used but the one
//! that the operator names; the client itself sends a request again only when its
//! pooled connection was closed before a byte of the request was written.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::uri::Scheme;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{Connect, capture_connection};
use hyper_util::client::legacy::{Client as PooledClient, Error as ClientError, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{sleep, sleep_until};
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::address::Reach;
use super::body::Progress;
use super::connector::{Connector, DialError, Resolve};
use super::tls::{EgressBuildError, Tls};
use crate::policy::Proxy;

/// How long a connection is kept without a request. Servers commonly close
/// after a minute; a connection that we close first is never closed under us.
const IDLE: Duration = Duration::from_secs(45);
/// Connections kept without a request, for each origin.
const MOST_IDLE: usize = 8;
/// The most bytes of an answer's head.
const HEAD_BYTES: usize = 64 * 1024;

/// How long the parts of an exchange may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// Until a connection stands, TLS included.
    pub(crate) connect: Duration,
    /// From the last byte of the request to the first of the answer.
    pub(crate) first_byte: Duration,
    /// Between two parts of the answer's body.
    pub(crate) between_bytes: Duration,
}

impl Timeouts {
    /// A guest may ask for shorter times than the host's, not for longer ones.
    pub(crate) fn within(self, asked: Option<wasmtime_wasi_http::RequestOptions>) -> Self {
        let Some(asked) = asked else { return self };
        let shorter = |ours: Duration, theirs: Option<Duration>| match theirs {
            Some(theirs) => ours.min(theirs),
            None => ours,
        };
        Self {
            connect: shorter(self.connect, asked.connect_timeout),
            first_byte: shorter(self.first_byte, asked.first_byte_timeout),
            between_bytes: shorter(self.between_bytes, asked.between_bytes_timeout),
        }
    }
}

/// Whether the peer may have read anything of a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Not one byte was written: the request had no effect.
    Nothing,
    /// Something may have been written: its effect is unknown.
    Perhaps,
}

/// An exchange that gave no answer.
#[derive(Debug)]
pub(crate) struct SendError {
    pub(crate) error: WasiError,
    pub(crate) written: Written,
    /// What is wrong with the server's certificate, where that is the cause.
    pub(crate) certificate: Option<String>,
}

impl SendError {
    pub(crate) fn new(error: WasiError, written: Written) -> Self {
        Self {
            error,
            written,
            certificate: None,
        }
    }
}

type Pool<C> = PooledClient<C, WasiBody>;
type TlsPool = OnceLock<Pool<HttpsConnector<Connector>>>;

/// The pooled client of one worker.
pub(crate) struct Client {
    tls: Tls,
    /// TLS alone.
    world: (TlsPool, Connector),
    this_machine: (TlsPool, Connector),
    /// This machine, without TLS.
    plain: Pool<Connector>,
}

impl Client {
    pub(crate) fn new(
        tls: &Tls,
        resolver: &Arc<dyn Resolve>,
        proxy: Option<&Proxy>,
    ) -> Result<Self, EgressBuildError> {
        if tls.has_extra_roots() {
            // Whether a file of the operator's can be used is told at once.
            tls.config()?;
        }
        let connector = |reach| Connector::new(reach, Arc::clone(resolver));
        let world = connector(Reach::World).through(proxy.cloned());
        let this_machine = connector(Reach::ThisMachine);
        Ok(Self {
            tls: tls.clone(),
            plain: pool(this_machine.clone()),
            world: (OnceLock::new(), world),
            this_machine: (OnceLock::new(), this_machine),
        })
    }

    /// Whether requests over TLS can be sent.
    pub(crate) fn ready(&self) -> Result<(), EgressBuildError> {
        self.tls.ready().map(drop)
    }

    /// Begins a request on the pool that is for it.
    fn request(
        &self,
        reach: Reach,
        request: Request<WasiBody>,
    ) -> Result<ResponseFuture, SendError> {
        let (made, connector) = match reach {
            Reach::World => &self.world,
            Reach::ThisMachine if request.uri().scheme() == Some(&Scheme::HTTP) => {
                return Ok(self.plain.request(request));
            }
            Reach::ThisMachine => &self.this_machine,
        };
        if let Some(pool) = made.get() {
            return Ok(pool.request(request));
        }
        // Who sends has asked whether it is ready, and so told why not.
        let config = self.tls.config();
        let config =
            config.map_err(|_| SendError::new(WasiError::TlsProtocolError, Written::Nothing))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_only()
            .enable_all_versions()
            .wrap_connector(connector.clone());
        Ok(made.get_or_init(|| pool(connector)).request(request))
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn send(
        &self,
        reach: Reach,
        mut request: Request<WasiBody>,
        timeouts: Timeouts,
        progress: &Progress,
    ) -> Result<Response<Incoming>, SendError> {
        let captured = capture_connection(&mut request);
        let failed = |error: &ClientError| SendError {
            error: classify(error),
            written: match captured.connection_metadata().is_some() {
                true => Written::Perhaps,
                false => Written::Nothing,
            },
            certificate: find(error, refused_certificate),
        };
        let answer = self.request(reach, request)?;
        tokio::pin!(answer);
        let mut connection = captured.clone();
        let connected = async move {
            drop(connection.wait_for_connection_metadata().await);
        };
        tokio::select! {
            biased;
            result = &mut answer => return result.map_err(|error| failed(&error)),
            () = connected => {}
            () = sleep(timeouts.connect) => {
                // Had the request got its connection, the branch above would
                // have been taken.
                return Err(SendError::new(WasiError::ConnectionTimeout, Written::Nothing));
            }
        }
        progress.touch();
        match awaited(answer, timeouts.first_byte, progress).await {
            Some(result) => result.map_err(|error| failed(&error)),
            None => Err(SendError::new(
                WasiError::HttpResponseTimeout,
                Written::Perhaps,
            )),
        }
    }
}

/// Waits for the head of an answer, for as long as the exchange moves within
/// this limit.
pub(super) async fn awaited<T>(
    mut answer: Pin<&mut impl Future<Output = T>>,
    limit: Duration,
    progress: &Progress,
) -> Option<T> {
    let mut deadline = progress.deadline(limit);
    loop {
        tokio::select! {
            biased;
            result = &mut answer => return Some(result),
            () = sleep_until(deadline.into()) => {
                let moved = progress.deadline(limit);
                if moved <= deadline {
                    return None;
                }
                deadline = moved;
            }
        }
    }
}

fn pool<C>(connector: C) -> Pool<C>
where
    C: Connect + Clone,
{
    PooledClient::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MOST_IDLE)
        .http1_max_buf_size(HEAD_BYTES)
        .http2_max_header_list_size(HEAD_BYTES as u32)
        .http2_adaptive_window(true)
        // Only a request that never reached its connection is sent on another.
        .retry_canceled_requests(true)
        .build(connector)
}

/// The error of `wasi:http` that fits. The text of the cause stays here: it may
/// name addresses.
fn classify(error: &ClientError) -> WasiError {
    tracing::debug!(error = error as &dyn StdError, "exchange failed");
    if let Some(known) = find(error, known_cause) {
        return known;
    }
    match error.is_connect() {
        true => WasiError::DestinationUnavailable,
        false => WasiError::HttpProtocolError,
    }
}

/// What the first cause says that says anything.
fn find<T>(
    error: &ClientError,
    says: impl Fn(&(dyn StdError + 'static)) -> Option<T>,
) -> Option<T> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(said) = says(cause) {
            return Some(said);
        }
        next = match cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            // The source of such an error is the source of what it holds.
            Some(held) => Some(held),
            None => cause.source(),
        };
    }
    None
}

/// Why a certificate is refused, in words. No name in it is told: it is the
/// server's to choose.
fn refused_certificate(cause: &(dyn StdError + 'static)) -> Option<String> {
    use rustls::CertificateError as E;
    let rustls::Error::InvalidCertificate(refused) = cause.downcast_ref()? else {
        return None;
    };
    let words = match refused {
        E::UnknownIssuer => "nobody whom this machine trusts has issued it",
        E::Expired | E::ExpiredContext { .. } => "it has expired",
        E::NotValidYet | E::NotValidYetContext { .. } => "it is not valid yet",
        E::NotValidForName | E::NotValidForNameContext { .. } => "it is for another name",
        E::Revoked => "it was revoked",
        E::BadSignature => "its signature is wrong",
        E::BadEncoding => "it cannot be read",
        _ => "it cannot be verified",
    };
    Some(words.to_owned())
}

fn known_cause(cause: &(dyn StdError + 'static)) -> Option<WasiError> {
    if let Some(dial) = cause.downcast_ref::<DialError>() {
        return Some(match dial {
            // What it holds says why.
            DialError::Connect(_) => return None,
            DialError::Url => WasiError::HttpRequestUriInvalid,
            DialError::Prohibited => WasiError::DestinationIpProhibited,
            DialError::NoAddress => WasiError::DestinationNotFound,
            DialError::Resolve(_) => WasiError::DnsError {
                rcode: None,
                info_code: None,
            },
            DialError::Proxy(_) => WasiError::DestinationUnavailable,
        });
    }
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_) => WasiError::TlsCertificateError,
            _ => WasiError::TlsProtocolError,
        });
    }
    // An error of the request's own body.
    if let Some(WasiError::HttpRequestBodySize(size)) = cause.downcast_ref::<WasiError>() {
        return Some(WasiError::HttpRequestBodySize(*size));
    }
    if let Some(http) = cause.downcast_ref::<hyper::Error>() {
        if http.is_parse() || http.is_parse_too_large() {
            return Some(WasiError::HttpProtocolError);
        }
        if http.is_incomplete_message() || http.is_closed() {
            return Some(WasiError::ConnectionTerminated);
        }
    }
    match cause.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(WasiError::ConnectionRefused),
        io::ErrorKind::TimedOut => Some(WasiError::ConnectionTimeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(WasiError::ConnectionTerminated),
        _ => None,
    }
}
