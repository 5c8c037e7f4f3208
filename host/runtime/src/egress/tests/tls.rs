//! TLS and HTTP/2, with certificates made for the test.

use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A server that speaks HTTP/2 over TLS and answers each request with its
/// `Authorization` field.
pub(super) struct TlsServer {
    pub(super) origin: String,
    pub(super) roots: RootCertStore,
    /// Who vouches for it, in PEM.
    authority: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

/// Its certificate is good for `name`.
pub(super) async fn server(name: &str) -> TlsServer {
    server_until(name, 4000).await
}

/// Its certificate is good for `name`, until a year begins.
async fn server_until(name: &str, year: i32) -> TlsServer {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut certificate = CertificateParams::new(vec![name.to_owned()]).unwrap();
    certificate.not_after = rcgen::date_time_ymd(year, 1, 1);
    let certificate = certificate
        .signed_by(&key, &Issuer::new(authority, authority_key))
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority_certificate.der().clone()).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let requests = Arc::new(AtomicUsize::new(0));
    let (accepted, answered) = (Arc::clone(&connections), Arc::clone(&requests));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            accepted.fetch_add(1, Ordering::SeqCst);
            let (acceptor, answered) = (acceptor.clone(), Arc::clone(&answered));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    answered.fetch_add(1, Ordering::SeqCst);
                    let echoed = request.headers()["authorization"].as_bytes().to_vec();
                    let mut stream = respond.send_response(Response::new(()), false).unwrap();
                    stream.send_data(echoed.into(), true).unwrap();
                }
            });
        }
    });
    TlsServer {
        origin: format!("https://localhost:{port}"),
        roots,
        authority: pem(authority_certificate.der()),
        connections,
        requests,
    }
}

/// A certificate as a file of them holds it (RFC 7468).
fn pem(certificate: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

pub(super) fn trusting(roots: RootCertStore) -> EgressSettings {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    EgressSettings {
        tls: Tls::with_config(config),
        ..settings()
    }
}

#[tokio::test]
async fn requests_share_one_http2_connection() {
    let server = server("localhost").await;
    let settings = trusting(server.roots.clone());
    let call = call_with(connection(&server.origin), rules(), limits(), settings);
    let url = format!("{}/api/v4/contacts.json", server.origin);
    for _ in 0..3 {
        let response = send(&call, request("POST", &url, "{}")).await.unwrap();
        assert_eq!(text(response).await, "Bearer 1-t0ken");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

// CASES A8, S14
/// With the settings of production: what is trusted is up to the platform's own
/// verifier.
#[tokio::test]
async fn the_credential_is_not_sent_to_a_peer_that_cannot_prove_its_name() {
    let stranger = server("localhost").await;
    let misnamed = server("app.clio.com").await;
    let expired = server_until("localhost", 2020).await;
    let folder = tempfile::tempdir().unwrap();
    let trusting = |server: &TlsServer| {
        let file = folder.path().join(format!("{}.pem", server.origin.len()));
        std::fs::write(&file, &server.authority).unwrap();
        // Read now: the next one has the same name.
        let tls = Tls::default().trusting(file);
        drop(tls.config().unwrap());
        tls
    };
    for (server, tls, cause) in [
        (
            &stranger,
            Tls::default(),
            "nobody whom this machine trusts has issued it",
        ),
        (&misnamed, trusting(&misnamed), "it is for another name"),
        (&expired, trusting(&expired), "it has expired"),
    ] {
        let settings = EgressSettings { tls, ..settings() };
        let call = call_with(connection(&server.origin), rules(), limits(), settings);
        let url = format!("{}/api/v4/contacts.json", server.origin);
        for method in ["GET", "POST"] {
            let error = send(&call, request(method, &url, "")).await.unwrap_err();
            assert_eq!(name(&error), "TlsCertificateError", "{cause}");
        }
        assert_eq!(server.requests.load(Ordering::SeqCst), 0);
        assert_eq!(call.noted().traffic.retries, 0, "it would end the same way");
        let told = call.noted().failure.unwrap().to_string();
        for part in [cause, &server.origin, "ca_file"] {
            assert!(told.contains(part), "{told}");
        }
    }
}

#[tokio::test]
async fn a_firms_own_authority_is_trusted_when_its_file_is_named() {
    let server = server("localhost").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("firm.pem");
    std::fs::write(&file, &server.authority).unwrap();
    let mut settings = settings();
    settings.tls = Tls::default().trusting(file);
    let call = call_with(connection(&server.origin), rules(), limits(), settings);
    let url = format!("{}/api/v4/contacts.json", server.origin);
    let response = send(&call, request("POST", &url, "{}")).await.unwrap();
    assert_eq!(text(response).await, "Bearer 1-t0ken");
}

#[tokio::test]
async fn a_file_without_certificates_stops_everything() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("firm.pem");
    for content in [None, Some("no certificate")] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let mut settings = settings();
        settings.tls = Tls::default().trusting(file.clone());
        let error = Egress::new(settings).unwrap_err().to_string();
        assert!(error.contains("firm.pem"), "{error}");
    }
}

#[tokio::test]
async fn certificates_that_could_not_be_read_are_read_again() {
    let server = server("localhost").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("firm.pem");
    let tls = Tls::default().trusting(file.clone());
    tls.ready().unwrap_err();
    std::fs::write(&file, &server.authority).unwrap();
    tls.ready().unwrap();
}
