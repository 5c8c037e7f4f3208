//! TLS, served by the service itself: a certificate chain and its key out of files.
//!
//! Certificates are renewed every few weeks by a program of their own, which writes
//! the same files. So they are looked at now and then and read again when they were
//! changed; what cannot be read then is told, and the former ones go on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use clio_runner::bounded;
use clio_runner::failure::Failure;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use crate::closed;

/// How often the files are looked at, at most.
const LOOK: Duration = Duration::from_secs(30);
/// The most bytes of a file.
const FILE_BYTES: u64 = 1024 * 1024;

/// What TLS is served with.
#[derive(Debug)]
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    read: Mutex<Read>,
}

struct Read {
    config: Arc<ServerConfig>,
    changed: Changed,
    looked: Instant,
}

impl std::fmt::Debug for Read {
    // The key is in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Read")
    }
}

/// When both files were changed, as far as the system knows.
type Changed = [Option<SystemTime>; 2];

impl Tls {
    pub(super) fn read(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        let changed = changed(certificate, key);
        let config = config(certificate, key)?;
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            read: Mutex::new(Read {
                config,
                changed,
                looked: Instant::now(),
            }),
        })
    }

    /// Takes connections with what the files hold now.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.looked.elapsed() >= LOOK {
            read.looked = Instant::now();
            self.look(&mut read);
        }
        TlsAcceptor::from(Arc::clone(&read.config))
    }

    fn look(&self, read: &mut Read) {
        let changed = changed(&self.certificate, &self.key);
        if changed == read.changed {
            return;
        }
        match config(&self.certificate, &self.key) {
            Ok(config) => {
                read.config = config;
                read.changed = changed;
                tracing::info!("the certificate was changed and is served");
            }
            // One file may be written before the other: it is tried again.
            Err(failure) => tracing::error!("{}; the former one is served", failure.what()),
        }
    }
}

fn changed(certificate: &Path, key: &Path) -> Changed {
    [certificate, key].map(|path| {
        std::fs::metadata(path)
            .and_then(|file| file.modified())
            .ok()
    })
}

fn config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, Failure> {
    let next = "name the certificate chain and its private key, as PEM files";
    let wrong = |path: &Path, what: String| {
        Failure::usage(format!("{} cannot be used: {what}", path.display())).next(next)
    };
    let text = |path: &Path| {
        bounded::file(path, FILE_BYTES).map_err(|error| wrong(path, error.to_string()))
    };
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&text(certificate)?).collect();
    let chain = chain.map_err(|_| wrong(certificate, "it is no PEM".to_owned()))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "no certificate is in it".to_owned()));
    }
    closed::to_others(key).map_err(|what| {
        wrong(key, what).next("let nobody but its owner and group read it (chmod o-rwx)")
    })?;
    let secret = PrivateKeyDer::from_pem_slice(&text(key)?)
        .map_err(|_| wrong(key, "no private key is in it".to_owned()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, secret)
        });
    let mut config = config.map_err(|error| {
        Failure::usage(format!(
            "{} does not fit {}: {error}",
            key.display(),
            certificate.display()
        ))
        .next(next)
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
