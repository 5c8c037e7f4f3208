//! The connections of the service: how many, how long each may take to say what it
//! wants, and how they end.
//!
//! What must stay true: no peer holds a connection by saying nothing, by saying it
//! slowly, or by not taking its answer; what was asked before the process is to end is answered, and nothing new
//! is taken then; an answer to a request that was refused halfway reaches its sender.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use clio_runner::failure::Failure;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use super::listen::Listener;
use super::peer::Peer;
use super::taking::Taking;
use super::tls::Tls;
use super::tries::Tries;
use crate::metrics::Metrics;

/// Connections at once. More wait in the system's queue. A process has 1024 files at
/// the least, and calls need some.
const MOST: u32 = 700;
/// The most bytes of a request's head.
const HEAD_BYTES: usize = 32 * 1024;
/// How long what was asked may take once the process is to end.
const GRACE: Duration = Duration::from_secs(20);
/// How long a peer may go on sending what is passed over, for it to read its answer:
/// a socket that is closed with unread bytes is reset.
const LINGER: Duration = Duration::from_secs(2);

/// What all connections share.
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) tls: Option<Tls>,
    /// How long a peer may keep us waiting.
    pub(super) wait: Duration,
    pub(super) metrics: Arc<Metrics>,
    pub(super) stop: CancellationToken,
}

/// Takes connections until the process is to end, and waits for their ends.
pub(super) async fn serve(listener: Listener, server: Server) -> Result<(), Failure> {
    let server = Arc::new(server);
    let room = Arc::new(Semaphore::new(MOST as usize));
    let tries = Arc::new(Tries::default());
    loop {
        let (permit, accepted) = tokio::select! {
            taken = next(&listener, &room) => taken,
            () = server.stop.cancelled() => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of files, mostly. Some end meanwhile.
                tracing::error!(%error, "a connection cannot be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        let peer = Peer {
            address: address.ip(),
            local,
            tries: Arc::clone(&tries),
        };
        tokio::spawn(connection(Arc::clone(&server), stream, peer, permit));
    }
    drop(listener);
    // Every connection's end gives its permit back.
    let ended = tokio::time::timeout(GRACE, room.acquire_many(MOST)).await;
    if ended.is_err() {
        tracing::warn!("requests that were not answered in time are ended");
    }
    Ok(())
}

type Accepted = std::io::Result<(TcpStream, std::net::SocketAddr)>;

async fn next(
    listener: &Listener,
    room: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, Accepted) {
    // It is never closed.
    let permit = Arc::clone(room).acquire_owned().await.ok();
    (permit, listener.listener.accept().await)
}

async fn connection(
    server: Arc<Server>,
    stream: TcpStream,
    peer: Peer,
    _permit: Option<OwnedSemaphorePermit>,
) {
    let _open = server.metrics.connection();
    // Answers are written whole.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &server.tls else {
        return exchange(&server, stream, peer).await;
    };
    let accepted = tls.acceptor().accept(stream);
    match tokio::time::timeout(server.wait, accepted).await {
        Ok(Ok(stream)) => exchange(&server, stream, peer).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS came of a connection"),
        Err(_) => tracing::debug!("a connection took too long to agree on TLS"),
    }
}

/// Answers a connection's requests, one after another.
async fn exchange<I>(server: &Server, stream: I, peer: Peer)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|mut request: Request<Incoming>| -> Answering {
        request.extensions_mut().insert(peer.clone());
        let mut router = server.router.clone();
        Box::pin(async move { router.call(request).await })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(server.wait)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(2 * HEAD_BYTES)
        .serve_connection(TokioIo::new(Taking::new(stream, server.wait)), service);
    let mut stopping = false;
    let ended = loop {
        tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => break ended,
            () = server.stop.cancelled(), if !stopping => {
                stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    if let Err(error) = &ended {
        tracing::debug!(%error, "a connection ended early");
    }
    linger(connection.into_parts().io.into_inner()).await;
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// Says that nothing more comes, and passes over what still does.
async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let pass_over = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut buffer = [0; 4096];
        while let Ok(1..) = stream.read(&mut buffer).await {}
    };
    let _ = tokio::time::timeout(LINGER, pass_over).await;
}
