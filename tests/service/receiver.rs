//! Where a firm's events go: a server of the firm's own, which answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A message as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let field = self.head.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        });
        field.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }

    /// Checks the signature as a receiver does, by the scheme of Standard Webhooks.
    #[track_caller]
    pub(crate) fn assert_signed(&self, secret: &str) {
        let key = BASE64_STANDARD
            .decode(secret.trim_start_matches("whsec_"))
            .unwrap();
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let code = hmac(&key, format!("{id}.{at}.{}", self.body).as_bytes());
        let expected = format!("v1,{}", BASE64_STANDARD.encode(code));
        assert_eq!(self.header("webhook-signature"), expected);
        let age = jiff::Timestamp::now().as_second() - at.parse::<i64>().unwrap();
        assert!((0..60).contains(&age), "{age}");
    }
}

/// HMAC-SHA256 (RFC 2104), written anew so that the service's is not compared with
/// itself.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new().chain_update(padded(0x5c)).chain_update(inner);
    outer.finalize().to_vec()
}

/// What is answered to one message.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16),
    Redirect(String),
    /// None, as long as the connection stands.
    Never,
}

#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/in?tenant=7", listener.local_addr().unwrap()),
            received: Arc::default(),
            replies: Arc::default(),
        };
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        receiver
    }

    /// Answers the next messages so, and those after them with 204.
    pub(crate) fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until so many messages came.
    #[track_caller]
    pub(crate) fn wait(&self, count: usize) -> impl Future<Output = Vec<Received>> {
        let receiver = self.clone();
        async move {
            let came = async {
                while receiver.received().len() < count {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            if tokio::time::timeout(PATIENCE, came).await.is_err() {
                panic!("{count} messages were to come: {:#?}", receiver.received());
            }
            receiver.received()
        }
    }

    async fn serve(&self, mut stream: TcpStream) {
        let mut bytes = Vec::new();
        loop {
            let Some(head) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else {
                if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                    return;
                }
                continue;
            };
            let mut message = Received {
                head: String::from_utf8(bytes[..head].to_vec()).unwrap(),
                body: String::new(),
            };
            let length: usize = message.header("content-length").parse().unwrap();
            while bytes.len() < head + 4 + length {
                if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            let rest = bytes.split_off(head + 4 + length);
            message.body = String::from_utf8(bytes.split_off(head + 4)).unwrap();
            bytes = rest;
            self.received.lock().unwrap().push(message);
            let reply = self.replies.lock().unwrap().pop_front();
            let (status, more) = match reply {
                None => (204, String::new()),
                Some(Reply::Status(status)) => (status, String::new()),
                Some(Reply::Redirect(to)) => (307, format!("Location: {to}\r\n")),
                Some(Reply::Never) => {
                    let _ = stream.read_buf(&mut bytes).await;
                    return;
                }
            };
            let answer = match status {
                204 => format!("HTTP/1.1 204 x\r\n{more}\r\n"),
                _ => format!("HTTP/1.1 {status} x\r\n{more}Content-Length: 0\r\n\r\n"),
            };
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
