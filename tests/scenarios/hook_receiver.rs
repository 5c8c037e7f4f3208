//! A receiver of webhooks as an integrator would build it: a server that hands
//! every request to the built component `receive-webhook`, and answers as that
//! says.

use std::sync::{Arc, Mutex, MutexGuard};

use clio_host::{Action, Connection};
use clio_tests::{World, host};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the receiver knows, and what came.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// The subscriptions, as the component takes them.
    pub(crate) subscriptions: Vec<Value>,
    /// The matters that are known.
    pub(crate) last_known: Vec<Value>,
    /// What the component made of each delivery: what came out, or the error.
    pub(crate) receipts: Vec<Result<Value, Value>>,
    /// The last delivery as it came.
    pub(crate) last: Option<(Value, String)>,
    /// Answer this status instead, as a receiver that is down.
    pub(crate) status: Option<u16>,
}

/// A running receiver.
#[derive(Debug, Clone)]
pub(crate) struct HookReceiver {
    pub(crate) url: String,
    desk: Arc<Mutex<Desk>>,
    action: Action,
    connection: Connection,
}

impl HookReceiver {
    pub(crate) async fn start(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let receiver = Self {
            url: format!("http://{address}/clio"),
            desk: Arc::default(),
            action: host().load_action("receive-webhook").unwrap(),
            connection: world.connection.clone(),
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

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<Result<Value, Value>> {
        std::mem::take(&mut self.desk().receipts)
    }

    /// Hands a delivery to the component.
    pub(crate) async fn receive(&self, headers: &Value, body: &str) -> Result<Value, Value> {
        let input = {
            let desk = self.desk();
            json!({"headers": headers, "body": body, "subscriptions": desk.subscriptions,
                "last_known": desk.last_known})
        };
        host()
            .call(&self.connection)
            .invoke(&self.action, None, input)
            .await
            .map_err(|error| json!({"code": error.code()}))
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some((headers, body)) = request(&mut stream).await else {
            return;
        };
        let down = self.desk().status;
        let answer = match down {
            Some(status) => format!("{status} Down\r\n"),
            None => {
                let receipt = self.receive(&headers, &body).await;
                let answer = match &receipt {
                    Ok(it) if it.get("handshake").is_some() => format!(
                        "200 OK\r\nX-Hook-Secret: {}\r\n",
                        it["handshake"]["answer"].as_str().unwrap()
                    ),
                    Ok(_) => "200 OK\r\n".to_owned(),
                    Err(_) => "401 Unauthorized\r\n".to_owned(),
                };
                self.desk().receipts.push(receipt);
                answer
            }
        };
        self.desk().last = Some((headers, body));
        let answer = format!("HTTP/1.1 {answer}Content-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// Reads one request: its headers as the component takes them, and its body.
async fn request(stream: &mut TcpStream) -> Option<(Value, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let headers: Vec<(&str, &str)> = head
                .lines()
                .skip(1)
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.trim(), value.trim()))
                .collect();
            let length = headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.parse().unwrap());
            if body.len() >= length {
                let headers = headers
                    .iter()
                    .map(|(name, value)| json!({"name": name, "value": value}))
                    .collect();
                return Some((headers, body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
