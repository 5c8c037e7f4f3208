//! The messages' way to their receivers: real HTTP requests.
//!
//! Only loopback `http` is reached. An `https` receiver would need certificates
//! that it trusts and the sandbox has none, so it counts as one that does not
//! answer.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::digest::hmac_hex;
use crate::state::Shared;
use crate::webhooks::{Message, Received, Webhook};

/// How long a receiver has for its answer. Clio's limit is short and not
/// published.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most of an answer's body that is read.
const ANSWER: usize = 64 << 10;

/// Carries messages as they become due. Never returns.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        let next = {
            let mut state = shared.present();
            let now = state.world.now();
            state.webhooks.next_message(now)
        };
        match next {
            Some((message, webhook)) => {
                let answer = tokio::time::timeout(PATIENCE, send(&message, &webhook)).await;
                let answer = match answer {
                    Ok(Ok(answer)) => Some(answer),
                    Ok(Err(error)) => {
                        tracing::debug!(webhook = message.webhook, %error, "not delivered");
                        None
                    }
                    Err(_) => None,
                };
                let state = &mut *shared.lock();
                state
                    .webhooks
                    .settle(&mut state.world, &message, &webhook, answer);
            }
            // The clock may be moved, or reach a message by itself.
            None => {
                let moved = shared.wake.notified();
                if tokio::time::timeout(Duration::from_millis(250), moved)
                    .await
                    .is_err()
                {
                    tracing::trace!("no message is due");
                }
            }
        }
    }
}

/// Why a message did not arrive.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error("the sandbox has no TLS: only loopback http receivers are reached")]
    NoTls,
    #[error("the receiver's url is invalid")]
    Url,
    #[error("the receiver was not reached: {0}")]
    Connect(#[from] std::io::Error),
    #[error("the exchange broke: {0}")]
    Http(#[from] hyper::Error),
    #[error("the request could not be made: {0}")]
    Request(#[from] http::Error),
}

async fn send(message: &Message, webhook: &Webhook) -> Result<Received, Undelivered> {
    let url: Uri = webhook.url.parse().map_err(|_| Undelivered::Url)?;
    if url.scheme_str() != Some("http") {
        return Err(Undelivered::NoTls);
    }
    let authority = url.authority().ok_or(Undelivered::Url)?;
    let host = authority.host().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let target = url.path_and_query().map_or("/", |p| p.as_str());
    let request = Request::post(target)
        .header("host", authority.as_str())
        .header("content-type", "application/json")
        .header("user-agent", "Clio-sandbox");
    let request = match message.event {
        None => request.header("x-hook-secret", &webhook.secret),
        Some(_) => request.header(
            "x-hook-signature",
            hmac_hex(webhook.secret.as_bytes(), &message.body),
        ),
    };
    let answer = sender
        .send_request(request.body(Full::new(message.body.clone()))?)
        .await;
    let received = match answer {
        Ok(answer) => {
            let (head, body) = answer.into_parts();
            // The status is what counts; a broken body changes nothing.
            if let Err(error) = Limited::new(body, ANSWER).collect().await {
                tracing::debug!(%error, "a receiver's answer broke off");
            }
            let secret = head.headers.get("x-hook-secret");
            Ok(Received {
                status: head.status.as_u16(),
                secret: secret.and_then(|v| v.to_str().ok()).map(str::to_owned),
            })
        }
        Err(error) => Err(error.into()),
    };
    driver.abort();
    received
}
