//! A proxy that an operator names: a tunnel for HTTPS, and nothing else.

use std::sync::Mutex;

use rustls::RootCertStore;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::tls::{server, trusting};
use super::*;
use crate::policy::Proxy;

/// A name that only the proxy knows the address of.
const TARGET: &str = "clio.gateway.example";

/// A resolver that knows the proxy, and of the target what it is told.
struct Knows(Option<[u8; 4]>);

impl Resolve for Knows {
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let known = match name.as_str() {
            "proxy.example" => Some([127, 0, 0, 1]),
            TARGET => self.0,
            other => panic!("asked for {other}"),
        };
        let found = known.map(|address| vec![address.into()]);
        Box::pin(std::future::ready(
            found.ok_or_else(|| io::Error::other("no such name")),
        ))
    }
}

/// A proxy that leads every tunnel to this machine, and keeps what it was asked.
struct Tunnels {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnels {
    async fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(tunnel(stream, Arc::clone(&kept), answer));
            }
        });
        Self { port, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn tunnel(stream: TcpStream, heads: Arc<Mutex<Vec<String>>>, answer: &'static str) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let port = head.split([' ', ':']).nth(2).unwrap().parse::<u16>();
    heads.lock().unwrap().push(head);
    let head = format!("HTTP/1.1 {answer}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    if !answer.starts_with("200") {
        return;
    }
    let mut server = TcpStream::connect(("127.0.0.1", port.unwrap()))
        .await
        .unwrap();
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
}

fn through(proxy: &str, knows: Option<[u8; 4]>, roots: RootCertStore) -> EgressSettings {
    let mut settings = trusting(roots);
    settings.resolver = Arc::new(Knows(knows));
    settings.through(Proxy::parse(proxy).unwrap());
    settings
}

#[tokio::test]
async fn an_account_is_reached_through_a_tunnel_with_tls_inside() {
    let server = server(TARGET).await;
    let port = server.origin.rsplit(':').next().unwrap().to_owned();
    let proxy = Tunnels::start("200 Connection established").await;
    let url = format!("http://user:secret@proxy.example:{}", proxy.port);
    let settings = through(&url, None, server.roots.clone());
    let origin = format!("https://{TARGET}:{port}");
    let call = call_with(connection(&origin), rules(), limits(), settings);
    for _ in 0..2 {
        let url = format!("{origin}/api/v4/contacts.json");
        let response = send(&call, request("POST", &url, "{}")).await.unwrap();
        assert_eq!(text(response).await, "Bearer 1-t0ken");
    }
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1, "one tunnel serves both: {heads:?}");
    assert!(heads[0].starts_with(&format!("CONNECT {TARGET}:{port} HTTP/1.1\r\n")));
    assert!(heads[0].contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
    assert!(!heads[0].contains("t0ken"), "{}", heads[0]);
}

#[tokio::test]
async fn a_name_that_is_known_to_lead_inside_is_not_asked_of_the_proxy() {
    let proxy = Tunnels::start("200 Connection established").await;
    let url = format!("http://proxy.example:{}", proxy.port);
    for inside in [[127, 0, 0, 1], [169, 254, 169, 254], [10, 1, 2, 3]] {
        let settings = through(&url, Some(inside), RootCertStore::empty());
        let origin = format!("https://{TARGET}");
        let call = call_with(connection(&origin), rules(), limits(), settings);
        let url = format!("{origin}/api/v4/contacts.json");
        let error = send(&call, request("GET", &url, "")).await.unwrap_err();
        assert_eq!(name(&error), "DestinationIpProhibited", "{inside:?}");
        assert_eq!(call.noted().denials[0].reason, DenialReason::Address);
    }
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn an_address_instead_of_a_name_is_checked_before_the_proxy() {
    let proxy = Tunnels::start("200 Connection established").await;
    let url = format!("http://proxy.example:{}", proxy.port);
    let settings = through(&url, None, RootCertStore::empty());
    let origin = "https://169.254.169.254";
    let call = call_with(connection(origin), rules(), limits(), settings);
    let url = format!("{origin}/api/v4/contacts.json");
    let error = send(&call, request("GET", &url, "")).await.unwrap_err();
    assert_eq!(name(&error), "DestinationIpProhibited");
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn a_proxy_that_refuses_ends_the_request_unsent() {
    for answer in ["407 Proxy Authentication Required", "403 Forbidden"] {
        let proxy = Tunnels::start(answer).await;
        let url = format!("http://proxy.example:{}", proxy.port);
        let settings = through(&url, None, RootCertStore::empty());
        let origin = format!("https://{TARGET}");
        let call = call_with(connection(&origin), rules(), limits(), settings);
        let url = format!("{origin}/api/v4/contacts.json");
        let error = send(&call, request("POST", &url, "{}")).await.unwrap_err();
        assert_eq!(name(&error), "DestinationUnavailable", "{answer}");
        assert!(!proxy.heads().is_empty());
        assert!(
            call.noted().writes.is_empty(),
            "nothing of it left: {answer}"
        );
    }
}

#[tokio::test]
async fn this_machine_is_never_reached_through_the_proxy() {
    let server = Server::answering(vec![server::Reply::json("{}")]).await;
    let proxy = Tunnels::start("200 Connection established").await;
    let url = format!("http://proxy.example:{}", proxy.port);
    let settings = through(&url, None, RootCertStore::empty());
    let call = call_with(connection(&server.origin()), rules(), limits(), settings);
    let url = format!("{}/api/v4/contacts.json", server.origin());
    assert_eq!(
        send(&call, request("GET", &url, ""))
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(proxy.heads(), Vec::<String>::new());
}
