//! Which certificates are trusted: the system's, and those of a firm's own file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

use crate::ownership;
use crate::regular;

/// The most bytes of a file of CA certificates: all of the world's take a quarter.
const MOST_ROOTS: u64 = 1024 * 1024;

/// The TLS settings that all workers share, made when first needed: reading the
/// system's certificates takes some milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    config: Arc<OnceLock<ClientConfig>>,
    /// Held by who reads them, so that the others wait for what he finds.
    reading: Arc<Mutex<()>>,
    /// Whether a thread was begun that reads them.
    preparing: Arc<AtomicBool>,
    /// Files of CA certificates that are trusted beside the system's.
    extra_roots: Vec<PathBuf>,
}

impl Tls {
    /// Trusts what `config` trusts, in place of the system's certificates.
    #[cfg(test)]
    pub(crate) fn with_config(config: ClientConfig) -> Self {
        Self {
            config: Arc::new(OnceLock::from(config)),
            ..Self::default()
        }
    }

    /// Trusts the CA certificates of a PEM file as well.
    pub(crate) fn trusting(mut self, file: PathBuf) -> Self {
        self.extra_roots.push(file);
        Self {
            extra_roots: self.extra_roots,
            ..Self::default()
        }
    }

    /// Whether certificates beside the system's are trusted.
    pub(super) fn has_extra_roots(&self) -> bool {
        !self.extra_roots.is_empty()
    }

    /// Reads the system's certificates on a thread of its own, for requests that
    /// will come. What goes wrong those find again, and tell.
    pub(crate) fn prepare(&self) {
        if self.config.get().is_none() && !self.preparing.swap(true, Ordering::Relaxed) {
            let tls = self.clone();
            let _ = thread::Builder::new()
                .name("clio-roots".into())
                .spawn(move || drop(tls.config()));
        }
    }

    pub(super) fn config(&self) -> Result<ClientConfig, EgressBuildError> {
        self.ready().cloned()
    }

    /// What goes wrong is not kept: certificates may be installed while a host
    /// runs.
    pub(super) fn ready(&self) -> Result<&ClientConfig, EgressBuildError> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        // Whoever held it when he panicked has left nothing behind.
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let read = self.read()?;
        Ok(self.config.get_or_init(|| read))
    }

    fn read(&self) -> Result<ClientConfig, EgressBuildError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = Vec::new();
        for file in &self.extra_roots {
            roots.extend(certificates(file)?);
        }
        let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
            .map_err(EgressBuildError::Tls)?;
        // TLS 1.2 and 1.3. The verifier is the platform's own way to check
        // certificates; that it is set by hand is what the builder warns of.
        Ok(ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(EgressBuildError::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth())
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
    let text =
        regular::read_at_most(opened, MOST_ROOTS).map_err(|error| unusable(error.to_string()))?;
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
#[derive(Clone, Debug, thiserror::Error)]
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
