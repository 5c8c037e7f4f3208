//! Dials: resolves a name, checks every address, and connects to checked ones.
//!
//! A check before dialling does not help when the client resolves the name
//! again: the second answer may be another. So resolution, check and connection
//! are one step here, and nothing below it sees a name.
//!
//! Through a proxy the last look-up is the proxy's. What this machine knows of
//! the name is checked all the same, and the proxy's own address is the
//! operator's choice.
//!
//! What must stay true: no socket is opened to an address that [`Reach`] does
//! not permit, but for the operator's proxy; a name known here to lead to such
//! an address is not asked of the proxy either.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use http::Uri;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::address::Reach;
use crate::origin::{Destination, UrlHost};
use crate::policy::Proxy;

/// How long one address may take before the next is tried beside it. RFC 8305
/// recommends 250 ms.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);
/// The most addresses of one name that are tried.
const MOST_ADDRESSES: usize = 8;
/// How long this machine's own look-up of a name may take when a proxy will do
/// the one that counts. Behind a proxy, public names often are not known.
const LOOK_ASIDE: Duration = Duration::from_secs(2);

/// Finds the addresses of a name.
pub(crate) trait Resolve: Send + Sync + 'static {
    fn resolve(&self, name: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), port)).await?;
            Ok(addresses.collect())
        })
    }
}

/// Why no connection came about. Not one byte of the request was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("the URL to connect to is not plain")]
    Url,
    #[error("the name could not be resolved")]
    Resolve(#[source] io::Error),
    #[error("the name has no address")]
    NoAddress,
    #[error("the address is private, local or reserved")]
    Prohibited,
    #[error("the connection could not be made")]
    Connect(#[source] io::Error),
    #[error("the proxy gave no tunnel")]
    Proxy(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Connects for requests of one reach.
#[derive(Clone)]
pub(crate) struct Connector {
    reach: Reach,
    resolver: Arc<dyn Resolve>,
    proxy: Option<Proxy>,
}

impl Connector {
    pub(crate) fn new(reach: Reach, resolver: Arc<dyn Resolve>) -> Self {
        Self {
            reach,
            resolver,
            proxy: None,
        }
    }

    /// Goes through a proxy where it is one for the URL.
    pub(crate) fn through(mut self, proxy: Option<Proxy>) -> Self {
        self.proxy = proxy;
        self
    }

    async fn dial(self, uri: Uri) -> Result<TokioIo<TcpStream>, DialError> {
        let destination = Destination::of(&uri).map_err(|_| DialError::Url)?;
        if let Some(way) = self.proxy.as_ref().and_then(|proxy| proxy.for_url(&uri)) {
            return self.tunnel(&way, &destination, uri).await;
        }
        let port = destination.origin.port();
        let found = match destination.origin.host() {
            UrlHost::Name(name) => {
                let resolved = self.resolver.resolve(name.clone(), port).await;
                resolved.map_err(DialError::Resolve)?
            }
            UrlHost::V4(address) => vec![SocketAddr::new((*address).into(), port)],
            UrlHost::V6(address) => vec![SocketAddr::new((*address).into(), port)],
        };
        if found.is_empty() {
            return Err(DialError::NoAddress);
        }
        // One address that is not permitted makes the whole answer suspect: it
        // is how a public name is pointed at a private address.
        if !found.iter().all(|found| self.reach.permits(found.ip())) {
            return Err(DialError::Prohibited);
        }
        connected(found, port).await
    }

    /// Asks a proxy for a tunnel to the destination.
    async fn tunnel(
        &self,
        way: &Intercept,
        destination: &Destination,
        uri: Uri,
    ) -> Result<TokioIo<TcpStream>, DialError> {
        let known = match destination.origin.host() {
            UrlHost::Name(name) => {
                let look_up = self
                    .resolver
                    .resolve(name.clone(), destination.origin.port());
                let known = tokio::time::timeout(LOOK_ASIDE, look_up).await;
                known.ok().and_then(Result::ok).unwrap_or_default()
            }
            UrlHost::V4(address) => vec![SocketAddr::new((*address).into(), 0)],
            UrlHost::V6(address) => vec![SocketAddr::new((*address).into(), 0)],
        };
        if !known.iter().all(|known| self.reach.permits(known.ip())) {
            return Err(DialError::Prohibited);
        }
        let dialler = ProxyDialler(Arc::clone(&self.resolver));
        let mut tunnel = Tunnel::new(way.uri().clone(), dialler);
        if let Some(authorization) = way.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        tunnel.call(uri).await.map_err(|error| {
            // A guest learns of no proxy, so whoever operates it is told here.
            tracing::warn!(%error, "the proxy gave no tunnel");
            DialError::Proxy(Box::new(error))
        })
    }
}

/// Connects to the proxy itself, wherever the operator says it is.
#[derive(Clone)]
struct ProxyDialler(Arc<dyn Resolve>);

impl Service<Uri> for ProxyDialler {
    type Response = TokioIo<TcpStream>;
    type Error = DialError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let resolver = Arc::clone(&self.0);
        Box::pin(async move {
            let host = uri.host().ok_or(DialError::Url)?;
            let port = uri.port_u16().unwrap_or(80);
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let found = match bare.parse() {
                Ok(address) => vec![SocketAddr::new(address, port)],
                Err(_) => {
                    let resolved = resolver.resolve(host.to_owned(), port).await;
                    resolved.map_err(DialError::Resolve)?
                }
            };
            connected(found, port).await
        })
    }
}

/// A connection to the first of some addresses that answers.
async fn connected(addresses: Vec<SocketAddr>, port: u16) -> Result<TokioIo<TcpStream>, DialError> {
    let stream = connect(interleaved(addresses, port)).await?;
    // Requests are written whole; waiting to fill a packet only delays.
    stream.set_nodelay(true).map_err(DialError::Connect)?;
    Ok(TokioIo::new(stream))
}

/// Alternates between address families, so that a broken IPv6 route costs one
/// delay and not all of them. The port is ours, whatever the resolver said.
fn interleaved(addresses: Vec<SocketAddr>, port: u16) -> Vec<SocketAddr> {
    let (v6, v4): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .map(|address| SocketAddr::new(address.ip(), port))
        .partition(SocketAddr::is_ipv6);
    let mut ordered = Vec::with_capacity(v6.len() + v4.len());
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    loop {
        match (v6.next(), v4.next()) {
            (None, None) => break,
            (six, four) => ordered.extend(six.into_iter().chain(four)),
        }
    }
    ordered.truncate(MOST_ADDRESSES);
    ordered
}

/// Connects to the first address that answers (RFC 8305, "happy eyeballs").
async fn connect(addresses: Vec<SocketAddr>) -> Result<TcpStream, DialError> {
    let mut waiting = addresses.into_iter();
    let mut dialling = FuturesUnordered::new();
    let mut last = None;
    loop {
        match waiting.next() {
            Some(address) => dialling.push(TcpStream::connect(address)),
            None if dialling.is_empty() => break,
            None => {}
        }
        let more = waiting.len() > 0;
        tokio::select! {
            Some(result) = dialling.next() => match result {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            },
            () = tokio::time::sleep(NEXT_ADDRESS_AFTER), if more => {}
        }
    }
    Err(last.map_or(DialError::NoAddress, DialError::Connect))
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().dial(uri))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::net::TcpListener;

    /// Answers each look-up with the next list, and the last one for ever.
    struct Scripted {
        answers: Vec<Vec<&'static str>>,
        asked: AtomicUsize,
    }

    impl Resolve for Scripted {
        fn resolve(&self, _: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
            let asked = self.asked.fetch_add(1, Ordering::SeqCst);
            let answer = &self.answers[asked.min(self.answers.len() - 1)];
            let addresses = answer
                .iter()
                .map(|ip| SocketAddr::new(ip.parse().unwrap(), port))
                .collect();
            Box::pin(std::future::ready(Ok(addresses)))
        }
    }

    fn connector(reach: Reach, answers: &[&[&'static str]]) -> Connector {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        let resolver = Scripted {
            answers,
            asked: AtomicUsize::new(0),
        };
        Connector::new(reach, Arc::new(resolver))
    }

    async fn dial(connector: &Connector, uri: &str) -> Result<SocketAddr, DialError> {
        let stream = connector.clone().dial(uri.parse().unwrap()).await?;
        Ok(stream.inner().peer_addr().unwrap())
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_dialled() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("https://files.example:{port}/");
        for answer in [
            &["127.0.0.1"][..],
            &["169.254.169.254"],
            &["1.1.1.1", "127.0.0.1"],
            &["::1"],
            &["::ffff:127.0.0.1"],
        ] {
            let connector = connector(Reach::World, &[answer]);
            let error = dial(&connector, &url).await.unwrap_err();
            assert!(
                matches!(error, DialError::Prohibited),
                "{answer:?}: {error}"
            );
        }
        let literal = format!("https://127.0.0.1:{port}/");
        let connector = connector(Reach::World, &[&[]]);
        assert!(matches!(
            dial(&connector, &literal).await,
            Err(DialError::Prohibited)
        ));
    }

    #[tokio::test]
    async fn a_resolver_that_changes_its_answer_does_not_win() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // The first look-up is what is checked and what is dialled: there is no
        // second one that could lead elsewhere.
        let world = connector(Reach::World, &[&["169.254.169.254"], &["1.1.1.1"]]);
        let error = dial(&world, &format!("https://x.example:{port}/"))
            .await
            .unwrap_err();
        assert!(matches!(error, DialError::Prohibited));

        let local = connector(Reach::ThisMachine, &[&["127.0.0.1"], &["10.0.0.1"]]);
        let url = format!("http://localhost:{port}/");
        assert_eq!(dial(&local, &url).await.unwrap().port(), port);
        let error = dial(&local, &url).await.unwrap_err();
        assert!(matches!(error, DialError::Prohibited));
    }

    #[tokio::test]
    async fn the_next_address_is_tried_when_one_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connector = connector(Reach::ThisMachine, &[&["127.0.0.2", "127.0.0.1"]]);
        let url = format!("http://localhost:{port}/");
        assert_eq!(
            dial(&connector, &url).await.unwrap().ip().to_string(),
            "127.0.0.1"
        );
    }

    #[tokio::test]
    async fn a_name_without_an_address_and_a_refusal_are_told_apart() {
        let url = "http://localhost:1/";
        let none = connector(Reach::ThisMachine, &[&[]]);
        assert!(matches!(dial(&none, url).await, Err(DialError::NoAddress)));
        let refused = connector(Reach::ThisMachine, &[&["127.0.0.1"]]);
        assert!(matches!(
            dial(&refused, url).await,
            Err(DialError::Connect(_))
        ));
    }

    #[test]
    fn families_alternate_and_the_port_is_ours() {
        let addresses = ["2606:4700::1", "2606:4700::2", "1.1.1.1"]
            .map(|ip| SocketAddr::new(ip.parse().unwrap(), 1));
        let ordered = interleaved(addresses.to_vec(), 443);
        let texts: Vec<_> = ordered.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            ["[2606:4700::1]:443", "1.1.1.1:443", "[2606:4700::2]:443"]
        );
    }
}
