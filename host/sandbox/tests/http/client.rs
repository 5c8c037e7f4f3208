//! A small HTTP client: one connection a request, nothing retried, nothing
//! followed, nothing added.

use bytes::Bytes;
use clio_sandbox::{Config, Control, Sandbox};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// A sandbox and a token for it.
pub(crate) struct Clio {
    pub(crate) sandbox: Sandbox,
    pub(crate) control: Control,
    pub(crate) token: String,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    pub(crate) fn id(&self) -> u64 {
        self.data()["id"].as_u64().unwrap()
    }

    pub(crate) fn ids(&self) -> Vec<u64> {
        let rows = self.data();
        let rows = rows.as_array().unwrap();
        rows.iter().map(|r| r["id"].as_u64().unwrap()).collect()
    }

    pub(crate) fn error(&self) -> (u16, String, String) {
        let error = &self.json()["error"];
        (
            self.status.as_u16(),
            error["type"].as_str().unwrap().to_owned(),
            error["message"].as_str().unwrap().to_owned(),
        )
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Starts a sandbox with room for many requests.
pub(crate) async fn start() -> Clio {
    start_with(|_| {}).await
}

pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Clio {
    let mut config = Config::default();
    config.rate_limit.limit = 10_000;
    change(&mut config);
    let sandbox = Sandbox::start(config).await.unwrap();
    Clio {
        control: sandbox.control(),
        token: sandbox.token().to_owned(),
        sandbox,
    }
}

/// Sends a request to an absolute URL. An error is a broken connection.
pub(crate) async fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Answer, hyper::Error> {
    let (authority, target) = split(url);
    let stream = TcpStream::connect(authority).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(target);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", authority);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = sender
        .send_request(request.body(Full::new(body)).unwrap())
        .await?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    drop(sender);
    driver.abort();
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body,
    })
}

fn split(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap();
    let slash = rest.find('/').unwrap();
    (&rest[..slash], &rest[slash..])
}

impl Clio {
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Answer, hyper::Error> {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("user-agent", "test/1.0"),
        ];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        headers.extend_from_slice(extra);
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            // The http crate takes these two in no URI.
            let path = path.replace('<', "%3C").replace('>', "%3E");
            format!("{}/api/v4{path}", self.sandbox.origin())
        };
        let body = body.map_or_else(Bytes::new, |b| b.to_string().into());
        send(method, &url, &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], None).await.unwrap()
    }

    /// Wraps the body in `data`.
    pub(crate) async fn post(&self, path: &str, data: Value) -> Answer {
        self.call("POST", path, &[], Some(json!({"data": data})))
            .await
            .unwrap()
    }

    pub(crate) async fn patch(&self, path: &str, data: Value) -> Answer {
        self.call("PATCH", path, &[], Some(json!({"data": data})))
            .await
            .unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, &[], None).await.unwrap()
    }

    /// A control request over HTTP.
    pub(crate) async fn sandbox(&self, method: &str, path: &str, body: Value) -> Answer {
        let url = format!("{}/sandbox{path}", self.sandbox.origin());
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers: &[(&str, &str)] = &[("content-type", "application/json")];
        send(method, &url, headers, body.into()).await.unwrap()
    }

    /// The places of everything Clio would have ignored.
    pub(crate) fn ignored(&self) -> Vec<String> {
        self.control
            .ignored()
            .into_iter()
            .map(|i| i.place)
            .collect()
    }
}
