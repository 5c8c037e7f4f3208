//! `clio-api` natively: its transport over a pooled hyper client. It is the
//! bound of what a sandbox can reach: the same logic, the same requests, and no
//! limit, policy, journal or instance around them.
//!
//! The transport blocks, so an action is done when its future is first polled,
//! and one is under way at a time.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use clio_api::{
    Body, Content, Headers, Instant, Opened, PutError, Request, Response, Transport, TransportError,
};
use clio_types::upload_document::{Content as DocumentContent, UploadOutcome, UploadRequest};
use futures_util::stream;
use http::{HeaderValue, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::jobs::{Asked, Runner};
use crate::spec::Peer;

type Outgoing = UnsyncBoxBody<Bytes, std::convert::Infallible>;

/// A transport, and a runner of actions over it.
#[derive(Clone)]
pub(crate) struct Native {
    runtime: Arc<Runtime>,
    origin: String,
    bearer: HeaderValue,
    pool: Client<HttpConnector, Outgoing>,
    /// What every content URL leads to.
    file: std::path::PathBuf,
}

impl Native {
    pub(crate) fn new(peer: &Peer) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(45))
            .build(connector);
        Ok(Self {
            runtime: Arc::new(runtime),
            origin: peer.origin.clone(),
            bearer: HeaderValue::from_str(&format!("Bearer {}", peer.token))?,
            pool,
            file: std::path::PathBuf::new(),
        })
    }

    /// Polls a future of this runner's actions, which are done at once.
    pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(future).poll(&mut context) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("a native action blocks"),
        }
    }

    fn exchange(&self, request: http::Request<Outgoing>) -> Result<Response, TransportError> {
        self.runtime.block_on(answer(self.pool.clone(), request))
    }
}

async fn answer(
    pool: Client<HttpConnector, Outgoing>,
    request: http::Request<Outgoing>,
) -> Result<Response, TransportError> {
    let answer = pool.request(request).await;
    let (head, body) = answer
        .map_err(|_| TransportError::Lost("no answer"))?
        .into_parts();
    let body = body
        .collect()
        .await
        .map_err(|_| TransportError::Lost("cut"))?
        .to_bytes();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter();
    Ok(Response {
        status: head.status.as_u16(),
        headers: Headers::new(
            headers
                .map(|(n, v)| (n.as_str().to_owned(), text(v)))
                .collect(),
        ),
        body: body.into(),
    })
}

fn whole(bytes: Vec<u8>) -> Outgoing {
    Full::new(Bytes::from(bytes)).boxed_unsync()
}

impl Runner for Native {
    async fn run<R: Asked>(&self, request: R) -> Result<R::Outcome, String> {
        let outcome = request.native(&mut self.clone());
        outcome.map_err(|failure| failure.problem.message.clone())
    }

    async fn upload(
        &self,
        mut request: UploadRequest,
        file: &Path,
    ) -> Result<UploadOutcome, String> {
        let mut transport = self.clone();
        transport.file = file.to_owned();
        request.content = DocumentContent::at("http://content.invalid/file");
        let outcome = request.native(&mut transport);
        outcome.map_err(|failure| failure.problem.message.clone())
    }
}

/// A file that is read in order.
pub(crate) struct Source(File);

impl Content for Source {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        self.0
            .read(buffer)
            .map_err(|_| TransportError::Lost("file"))
    }
}

impl Transport for Native {
    type Content = Source;

    fn origin(&self) -> &str {
        &self.origin
    }

    fn send(&mut self, request: &Request) -> Result<Response, TransportError> {
        let mut built = http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{}", self.origin, request.path_and_query))
            .header(header::AUTHORIZATION, &self.bearer);
        for (name, value) in &request.headers {
            built = built.header(*name, value.as_ref());
        }
        let body = whole(request.body.clone().unwrap_or_default());
        self.exchange(built.body(body).map_err(|_| TransportError::Url)?)
    }

    fn open(&mut self, _url: &str) -> Result<Opened<Source>, TransportError> {
        let file = File::open(&self.file).map_err(|_| TransportError::Url)?;
        let length = file.metadata().map_err(|_| TransportError::Url)?.len();
        Ok(Opened {
            status: 200,
            headers: Headers::new(vec![("content-length".into(), length.to_string())]),
            content: Source(file),
        })
    }

    fn put(
        &mut self,
        url: &str,
        headers: &[(String, String)],
        length: u64,
        body: Body<'_>,
    ) -> Result<Response, PutError> {
        let mut built = http::Request::put(url).header(header::CONTENT_LENGTH, length);
        for (name, value) in headers {
            built = built.header(name.as_str(), value.as_str());
        }
        let request = |body| {
            built
                .body(body)
                .map_err(|_| PutError::Storage(TransportError::Url))
        };
        let content = match body {
            Body::Bytes(bytes) => {
                let request = request(whole(bytes.to_vec()))?;
                return self.exchange(request).map_err(PutError::Storage);
            }
            Body::Copy(content) => content,
        };
        let (sender, receiver) = mpsc::channel::<Bytes>(4);
        let pieces = stream::unfold(receiver, |mut receiver| async {
            let piece = receiver.recv().await?;
            Some((Ok(Frame::data(piece)), receiver))
        });
        let request = request(StreamBody::new(pieces).boxed_unsync())?;
        let answer = self.runtime.spawn(answer(self.pool.clone(), request));
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = content.read(&mut buffer).map_err(PutError::Source)?;
            let piece = Bytes::copy_from_slice(&buffer[..read]);
            // Answered before its end: the answer says why.
            if read == 0 || self.runtime.block_on(sender.send(piece)).is_err() {
                break;
            }
        }
        drop(sender);
        let answer = self.runtime.block_on(answer);
        answer
            .unwrap_or(Err(TransportError::Lost("task")))
            .map_err(PutError::Storage)
    }

    fn now(&self) -> Instant {
        let now = UNIX_EPOCH.elapsed().unwrap_or(Duration::ZERO);
        Instant(now.as_secs() as i64)
    }

    fn sleep(&mut self, duration: Duration) {
        self.runtime.block_on(tokio::time::sleep(duration));
    }
}
