//! Dials: looks a name up, checks every address, and connects to checked ones.
//!
//! A check before dialling does not help when the client resolves the name
//! again: the second answer may be another. So the check is the resolver's, and
//! `hyper-util`'s connector dials what that resolver answered and nothing else.
//! About an address it asks no resolver, so that one which stands in a URL is
//! checked before.
//!
//! Through a proxy the last look-up is the proxy's. What this machine knows of
//! the name is checked all the same, and the proxy's own address is the
//! operator's choice.
//!
//! What must stay true: no socket is opened to an address that [`Reach`] does
//! not permit, but for the operator's proxy; a name known here to lead to such
//! an address is not asked of the proxy either.

use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::address::Reach;
use crate::origin::{Destination, UrlHost};
use crate::policy::Proxy;

/// How long the addresses of one family (IPv4, IPv6) may take together. Each has
/// its part of it, so that one which does not answer leaves time for the next.
const CONNECT: Duration = Duration::from_secs(6);
/// The most addresses of one name that are tried.
const MOST_ADDRESSES: usize = 8;
/// How long this machine's own look-up of a name may take when a proxy will do
/// the one that counts. Behind a proxy, public names often are not known.
const LOOK_ASIDE: Duration = Duration::from_secs(2);

/// Finds the addresses of a name.
pub(crate) trait Resolve: Send + Sync + 'static {
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|found| found.ip()).collect())
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
    /// For one of the reasons above, or for what the system says.
    #[error("the connection could not be made")]
    Connect(#[source] Box<dyn StdError + Send + Sync>),
    #[error("the proxy gave no tunnel")]
    Proxy(#[source] Box<dyn StdError + Send + Sync>),
}

/// A resolver that answers with addresses that may be dialled, or not at all.
#[derive(Clone)]
struct Checked {
    resolver: Arc<dyn Resolve>,
    /// How far its addresses may lead; anywhere for the operator's proxy.
    reach: Option<Reach>,
}

impl Service<Name> for Checked {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = DialError;
    type Future = BoxFuture<'static, Result<Self::Response, DialError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (look_up, reach) = (self.resolver.resolve(name.as_str().to_owned()), self.reach);
        Box::pin(async move {
            let mut found = look_up.await.map_err(DialError::Resolve)?;
            if found.is_empty() {
                return Err(DialError::NoAddress);
            }
            // One address that is not permitted makes the whole answer suspect:
            // it is how a public name is pointed at a private address.
            if reach.is_some_and(|reach| !found.iter().all(|found| reach.permits(*found))) {
                return Err(DialError::Prohibited);
            }
            found.truncate(MOST_ADDRESSES);
            // The port is the URL's: the connector puts it in place of none.
            let dialled = found.into_iter().map(|found| SocketAddr::new(found, 0));
            Ok(dialled.collect::<Vec<_>>().into_iter())
        })
    }
}

fn tcp(resolver: Arc<dyn Resolve>, reach: Option<Reach>) -> HttpConnector<Checked> {
    let mut tcp = HttpConnector::new_with_resolver(Checked { resolver, reach });
    tcp.enforce_http(false);
    // Requests are written whole; waiting to fill a packet only delays.
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT));
    tcp
}

/// Connects for requests of one reach.
#[derive(Clone)]
pub(crate) struct Connector {
    reach: Reach,
    resolver: Arc<dyn Resolve>,
    tcp: HttpConnector<Checked>,
    proxy: Option<Proxy>,
}

impl Connector {
    pub(crate) fn new(reach: Reach, resolver: Arc<dyn Resolve>) -> Self {
        Self {
            reach,
            tcp: tcp(Arc::clone(&resolver), Some(reach)),
            resolver,
            proxy: None,
        }
    }

    /// Goes through a proxy where it is one for the URL.
    pub(crate) fn through(mut self, proxy: Option<Proxy>) -> Self {
        self.proxy = proxy;
        self
    }

    async fn dial(mut self, uri: Uri) -> Result<TokioIo<TcpStream>, DialError> {
        let destination = Destination::of(&uri).map_err(|_| DialError::Url)?;
        // As it was understood, so that nobody below reads another host from it.
        let uri = destination.uri().map_err(|_| DialError::Url)?;
        let host = destination.origin.host();
        if host.address().is_some_and(|it| !self.reach.permits(it)) {
            return Err(DialError::Prohibited);
        }
        match self.proxy.as_ref().and_then(|proxy| proxy.for_url(&uri)) {
            Some(proxy) => self.tunnel(&proxy, host, uri).await,
            None => {
                let connected = self.tcp.call(uri).await;
                connected.map_err(|error| DialError::Connect(error.into()))
            }
        }
    }

    /// Asks a proxy for a tunnel to the host.
    async fn tunnel(
        &self,
        proxy: &Intercept,
        host: &UrlHost,
        uri: Uri,
    ) -> Result<TokioIo<TcpStream>, DialError> {
        if let UrlHost::Name(name) = host {
            let look_up = self.resolver.resolve(name.clone());
            let known = tokio::time::timeout(LOOK_ASIDE, look_up).await;
            let known = known.ok().and_then(Result::ok).unwrap_or_default();
            if !known.iter().all(|known| self.reach.permits(*known)) {
                return Err(DialError::Prohibited);
            }
        }
        let dialler = tcp(Arc::clone(&self.resolver), None);
        let mut tunnel = Tunnel::new(proxy.uri().clone(), dialler);
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        tunnel.call(uri).await.map_err(|error| {
            // A guest learns of no proxy, so whoever operates it is told here.
            tracing::warn!(%error, "the proxy gave no tunnel");
            DialError::Proxy(Box::new(error))
        })
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = DialError;
    type Future = BoxFuture<'static, Result<Self::Response, DialError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
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
        fn resolve(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            let asked = self.asked.fetch_add(1, Ordering::SeqCst);
            let answer = &self.answers[asked.min(self.answers.len() - 1)];
            let addresses = answer.iter().map(|ip| ip.parse().unwrap()).collect();
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

    /// The innermost cause, in words.
    fn cause(error: &DialError) -> String {
        let mut cause: &dyn StdError = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        cause.to_string()
    }

    const PROHIBITED: &str = "the address is private, local or reserved";

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
            assert_eq!(cause(&error), PROHIBITED, "{answer:?}");
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
        assert_eq!(cause(&error), PROHIBITED);

        let local = connector(Reach::ThisMachine, &[&["127.0.0.1"], &["10.0.0.1"]]);
        let url = format!("http://localhost:{port}/");
        assert_eq!(dial(&local, &url).await.unwrap().port(), port);
        let error = dial(&local, &url).await.unwrap_err();
        assert_eq!(cause(&error), PROHIBITED);
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
        let error = dial(&none, url).await.unwrap_err();
        assert_eq!(cause(&error), "the name has no address");
        let refused = connector(Reach::ThisMachine, &[&["127.0.0.1"]]);
        let error = dial(&refused, url).await.unwrap_err();
        assert!(cause(&error).contains("refused"), "{}", cause(&error));
    }
}
