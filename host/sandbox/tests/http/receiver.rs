//! A receiver of webhooks: a real server that keeps what it was sent and
//! answers as it is told.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

/// How the receiver behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Its status.
    pub(crate) status: u16,
    /// Whether it hands the secret of a handshake back.
    pub(crate) confirms: bool,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().unwrap().to_owned())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    pub(crate) manner: Arc<Mutex<Manner>>,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    /// A server on a thread of its own, so that a test may block while it waits.
    pub(crate) fn start() -> Self {
        let manner = Arc::new(Mutex::new(Manner {
            status: 200,
            confirms: true,
        }));
        let came = Arc::new(Mutex::new(Vec::new()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/hook?a=1", listener.local_addr().unwrap());
        let (told, kept) = (Arc::clone(&manner), Arc::clone(&came));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let (told, kept) = (Arc::clone(&told), Arc::clone(&kept));
                    let service = service_fn(move |request: Request<Incoming>| {
                        let (told, kept) = (Arc::clone(&told), Arc::clone(&kept));
                        async move {
                            let (head, body) = request.into_parts();
                            assert_eq!(head.uri.to_string(), "/hook?a=1");
                            let body = body.collect().await?.to_bytes();
                            let manner = *told.lock().unwrap();
                            let mut answer = Response::builder().status(manner.status);
                            if manner.confirms
                                && let Some(secret) = head.headers.get("x-hook-secret")
                            {
                                answer = answer.header("x-hook-secret", secret);
                            }
                            let headers = head.headers;
                            kept.lock().unwrap().push(Came { headers, body });
                            Ok::<_, hyper::Error>(answer.body(Full::<Bytes>::default()).unwrap())
                        }
                    });
                    tokio::spawn(
                        hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service),
                    );
                }
            });
        });
        Self { url, manner, came }
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<Came> {
        std::mem::take(&mut *self.came.lock().unwrap())
    }

    pub(crate) fn answers(&self, status: u16) {
        self.manner.lock().unwrap().status = status;
    }
}
