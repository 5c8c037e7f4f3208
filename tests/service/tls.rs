//! TLS by the service itself, with a certificate out of files.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clio_tests::World;
use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A certificate for `localhost` and its key, as files.
fn files(folder: &Path) -> (PathBuf, PathBuf, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    let (chain, secret) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&chain, pem("CERTIFICATE", certificate.der())).unwrap();
    std::fs::write(&secret, pem("PRIVATE KEY", &key.serialize_der())).unwrap();
    readable_by(&secret, 0o600);
    (chain, secret, certificate.der().clone())
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn readable_by(path: &Path, mode: u32) {
    let rights = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, rights).unwrap();
}

async fn ask(
    address: &str,
    trusted: CertificateDer<'static>,
    head: &str,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let socket = TcpStream::connect(address).await?;
    let mut socket = TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await?;
    socket.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn it_serves_tls_with_a_certificate_out_of_files() {
    let world = World::new().await;
    let key = world.key(&["read"], &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (chain, secret, trusted) = files(folder.path());
    let (chain, secret) = (chain.to_str().unwrap(), secret.to_str().unwrap());
    let serving = world
        .serve(&["--tls-certificate", chain, "--tls-key", secret])
        .await;
    let port = serving.address.rsplit(':').next().unwrap();
    let head = format!(
        "GET /metrics HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {key}\r\n\
         Connection: close\r\n"
    );
    let own = format!("{head}Origin: https://localhost:{port}\r\n\r\n");
    let answer = ask(&serving.address, trusted.clone(), &own).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("strict-transport-security: "), "{answer}");
    // A page without TLS is not the service's own.
    let foreign = format!("{head}Origin: http://localhost:{port}\r\n\r\n");
    let answer = ask(&serving.address, trusted, &foreign).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");

    // Nobody is answered without it.
    let mut plain = TcpStream::connect(&serving.address).await.unwrap();
    plain.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert_eq!(serving.end().await, Some(0));
}

#[tokio::test]
async fn what_cannot_be_served_is_told_before_it_listens() {
    let world = World::new().await;
    let (mine, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (chain, secret, _) = files(mine.path());
    let (_, foreign, _) = files(other.path());
    let serve = async |chain: &Path, secret: &Path| {
        let arguments = [
            Path::new("serve"),
            Path::new("--listen"),
            Path::new("127.0.0.1:0"),
            Path::new("--tls-certificate"),
            chain,
            Path::new("--tls-key"),
            secret,
        ];
        let told = world.clio(&arguments).await.expect_code(64);
        assert_eq!(told.stdout, "", "it said that it listens");
        told.stderr
    };
    for (chain, secret, what) in [
        (&chain, &foreign, "does not fit"),
        (&secret, &secret, "no certificate is in it"),
        (&chain, &chain, "other users may read"),
        (
            &mine.path().join("none.pem"),
            &secret,
            "none.pem cannot be used",
        ),
    ] {
        let told = serve(chain, secret).await;
        assert!(told.contains(what), "{what}: {told}");
    }
    readable_by(&chain, 0o600);
    let told = serve(&chain, &chain).await;
    assert!(told.contains("no private key is in it"), "{told}");
    readable_by(&secret, 0o644);
    let told = serve(&chain, &secret).await;
    assert!(told.contains("other users may read"), "{told}");
}
