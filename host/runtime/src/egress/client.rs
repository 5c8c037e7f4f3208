//! The pooled HTTP client of one worker.
//!
//! A new TCP and TLS connection for every request costs more than the request.
//! One client a worker keeps connections open, with HTTP/2 where the server
//! offers it. Requests to a sandbox on this machine have a pool of their own,
//! so that a connection which was allowed there is never reused for a request
//! that may only reach the world.
//!
//! What must stay true: no redirect is followed; no proxy is used but the one
//! that the operator names; the client itself sends a request again only when its pooled connection was closed
//! before a byte of the request was written.

use std::error::Error as StdError;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::legacy::{Client as PooledClient, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use tokio::time::{sleep, sleep_until};
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::address::Reach;
use super::body::Progress;
use super::connector::{Connector, DialError, Resolve};
use crate::ownership;
use crate::policy::Proxy;
use crate::regular;

/// How long a connection is kept without a request. Servers commonly close
/// after a minute; a connection that we close first is never closed under us.
const IDLE: Duration = Duration::from_secs(45);
/// Connections kept without a request, for each origin.
const MOST_IDLE: usize = 8;
/// The most bytes of an answer's head.
const HEAD_BYTES: usize = 64 * 1024;
/// The most bytes of a file of CA certificates: all of the world's take a quarter.
const MOST_ROOTS: u64 = 1024 * 1024;

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

/// The TLS settings that all workers share, made when first needed: reading the
/// system's certificates takes some milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    config: Arc<OnceLock<ClientConfig>>,
    /// Files of CA certificates that are trusted beside the system's.
    extra_roots: Vec<PathBuf>,
}

impl Tls {
    /// Trusts what `config` trusts, in place of the system's certificates.
    #[cfg(test)]
    pub(crate) fn with_config(config: ClientConfig) -> Self {
        Self {
            config: Arc::new(OnceLock::from(config)),
            extra_roots: Vec::new(),
        }
    }

    /// Trusts the CA certificates of a PEM file as well.
    pub(crate) fn trusting(mut self, file: PathBuf) -> Self {
        self.extra_roots.push(file);
        Self {
            config: Arc::default(),
            extra_roots: self.extra_roots,
        }
    }

    /// Whether certificates beside the system's are trusted.
    pub(super) fn has_extra_roots(&self) -> bool {
        !self.extra_roots.is_empty()
    }

    pub(super) fn config(&self) -> Result<ClientConfig, EgressBuildError> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = Vec::new();
        for file in &self.extra_roots {
            roots.extend(certificates(file)?);
        }
        let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
            .map_err(EgressBuildError::Tls)?;
        // TLS 1.2 and 1.3. The verifier is the platform's own way to check
        // certificates; that it is set by hand is what the builder warns of.
        let made = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(EgressBuildError::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(self.config.get_or_init(|| made).clone())
    }
}

/// The certificates of a PEM file, at least one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, EgressBuildError> {
    let unusable = |cause: String| EgressBuildError::Roots {
        file: file.to_owned(),
        cause,
    };
    let opened = regular::open(file).map_err(|error| unusable(error.to_string()))?;
    // Whose certificates are trusted reads and answers every request.
    ownership::check(&opened, file)
        .map_err(|error| unusable(format!("{error}; {}", error.remedy())))?;
    let mut text = Vec::new();
    let read = opened.take(MOST_ROOTS + 1).read_to_end(&mut text);
    read.map_err(|error| unusable(error.to_string()))?;
    if text.len() as u64 > MOST_ROOTS {
        return Err(unusable("it is longer than 1 MiB".to_owned()));
    }
    let read = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(format!("{error}; it must be a PEM file")))?;
    if read.is_empty() {
        return Err(unusable(
            "it holds no certificate; it must be a PEM file".to_owned(),
        ));
    }
    Ok(read)
}

/// Why egress cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EgressBuildError {
    /// TLS cannot be set up.
    #[error(
        "TLS cannot be set up: {0}; install the system's CA certificates (the package \
         `ca-certificates` on most systems)"
    )]
    Tls(#[source] rustls::Error),
    /// An embedder's client cannot be held to a proxy or to certificates.
    #[error(
        "a policy or the host names a proxy or CA certificates, and the host has an HTTP client \
         of its own, which decides on both: take one of them away"
    )]
    HttpClient,
    /// A file of further CA certificates cannot be used.
    #[error("the CA certificates in {} cannot be used: {cause}", file.display())]
    Roots {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
}

type Pool = PooledClient<HttpsConnector<Connector>, WasiBody>;

/// The pooled client of one worker.
pub(crate) struct Client {
    world: Pool,
    this_machine: Pool,
}

impl Client {
    pub(crate) fn new(
        tls: &Tls,
        resolver: &Arc<dyn Resolve>,
        proxy: Option<&Proxy>,
    ) -> Result<Self, EgressBuildError> {
        let config = tls.config()?;
        let connector = |reach| Connector::new(reach, Arc::clone(resolver));
        let world = HttpsConnectorBuilder::new()
            .with_tls_config(config.clone())
            .https_only()
            .enable_all_versions()
            .wrap_connector(connector(Reach::World).through(proxy.cloned()));
        let this_machine = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(connector(Reach::ThisMachine));
        Ok(Self {
            world: pool(world),
            this_machine: pool(this_machine),
        })
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
        let pool = match reach {
            Reach::World => &self.world,
            Reach::ThisMachine => &self.this_machine,
        };
        let answer = pool.request(request);
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

fn pool(connector: HttpsConnector<Connector>) -> Pool {
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
            DialError::Url => WasiError::HttpRequestUriInvalid,
            DialError::Prohibited => WasiError::DestinationIpProhibited,
            DialError::NoAddress => WasiError::DestinationNotFound,
            DialError::Resolve(_) => WasiError::DnsError {
                rcode: None,
                info_code: None,
            },
            DialError::Connect(error) => match error.kind() {
                io::ErrorKind::ConnectionRefused => WasiError::ConnectionRefused,
                io::ErrorKind::TimedOut => WasiError::ConnectionTimeout,
                _ => WasiError::DestinationUnavailable,
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
    let system = cause.downcast_ref::<io::Error>()?;
    matches!(
        system.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
    )
    .then_some(WasiError::ConnectionTerminated)
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_of_certificates_is_regular_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name| folder.path().join(name);
        crate::regular::tests::pipe(&at("pipe"));
        let sparse = std::fs::File::create(at("sparse")).unwrap();
        sparse.set_len(1 << 42).unwrap();
        std::fs::write(at("empty"), "").unwrap();
        for (name, told) in [
            ("pipe", "it is no regular file"),
            ("sparse", "it is longer than 1 MiB"),
            ("empty", "it must be a PEM file"),
        ] {
            let error = certificates(&at(name)).unwrap_err();
            assert!(matches!(error, EgressBuildError::Roots { .. }), "{error}");
            assert!(error.to_string().ends_with(told), "{error}");
        }
    }
}
