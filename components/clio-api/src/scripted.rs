//! A transport that follows a script, for tests.
//!
//! Each exchange is expected in its place, with method and path; another one
//! fails the test, and so does one that never came. What was sent is kept.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use crate::instant::Instant;
use crate::transport::{
    Body, Content, Headers, Method, Opened, PutError, Request, Response, Transport, TransportError,
};

/// The origin of scripted accounts.
pub(crate) const ORIGIN: &str = "https://app.clio.com";

/// The local clock of a script.
pub(crate) const NOW: &str = "2026-03-01T09:30:00Z";

/// A script, and what was sent while it was followed.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: VecDeque<(String, Reply)>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) slept: Duration,
}

/// What was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) line: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    /// The `data` of a JSON body.
    pub(crate) data: Value,
    /// The bytes of a `PUT`.
    pub(crate) bytes: Vec<u8>,
}

impl Sent {
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// An answer whose body breaks off after so many bytes.
    Cut {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    Failed(TransportError),
}

impl Reply {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Reply::Answer { headers, .. } | Reply::Cut { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

pub(crate) fn raw(status: u16, body: impl AsRef<[u8]>) -> Reply {
    Reply::Answer {
        status,
        headers: Vec::new(),
        body: body.as_ref().to_vec(),
    }
    .header("date", "Sun, 01 Mar 2026 09:30:00 GMT")
}

pub(crate) fn data(data: &Value) -> Reply {
    raw(200, json!({ "data": data }).to_string())
}

pub(crate) fn rows(rows: &Value) -> Reply {
    raw(200, json!({ "data": rows, "meta": {} }).to_string())
}

pub(crate) fn page(rows: &Value, next: &str) -> Reply {
    raw(
        200,
        json!({ "data": rows, "meta": { "paging": { "next": next } } }).to_string(),
    )
}

pub(crate) fn refused(status: u16, kind: &str, message: &str) -> Reply {
    raw(
        status,
        json!({ "error": { "type": kind, "message": message } }).to_string(),
    )
}

pub(crate) fn lost() -> Reply {
    Reply::Failed(TransportError::Lost("the connection broke"))
}

/// Bytes of a content URL.
#[derive(Debug)]
pub(crate) struct Memory {
    bytes: Vec<u8>,
    at: usize,
    cut: bool,
}

impl Content for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        // Small pieces, so that no test depends on a piece being all.
        let count = (self.bytes.len() - self.at).min(buffer.len()).min(7);
        if count == 0 && self.cut {
            return Err(TransportError::Lost("the answer was cut short"));
        }
        buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl Script {
    /// Expects an exchange, such as `GET contacts.json`, `OPEN url`, `PUT url`.
    pub(crate) fn on(&mut self, line: &str, reply: Reply) -> &mut Self {
        self.steps.push_back((line.to_owned(), reply));
        self
    }

    /// Expects what another script does, afterwards.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.steps.append(&mut other.steps);
    }

    /// The lines of what was sent.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.sent.iter().map(|sent| sent.line.as_str()).collect()
    }

    /// Fails if an expected exchange did not come.
    pub(crate) fn done(&self) {
        assert!(self.steps.is_empty(), "never sent: {:?}", self.steps);
    }

    fn step(&mut self, sent: Sent) -> Reply {
        let line = sent.line.clone();
        let at = self.sent.len();
        self.sent.push(sent);
        match self.steps.pop_front() {
            Some((expected, reply)) if expected == line => reply,
            expected => panic!(
                "exchange {at} was {line}, expected {:?}; sent so far: {:#?}",
                expected.map(|(line, _)| line),
                self.lines()
            ),
        }
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            let hex = std::str::from_utf8(&hex).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The decoded parameters of a path and query.
pub(crate) fn parameters(path_and_query: &str) -> (String, Vec<(String, String)>) {
    let (path, query) = path_and_query
        .split_once('?')
        .unwrap_or((path_and_query, ""));
    let pairs = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    (path.to_owned(), pairs)
}

impl Transport for Script {
    type Content = Memory;

    fn origin(&self) -> &str {
        ORIGIN
    }

    fn send(&mut self, request: &Request) -> Result<Response, TransportError> {
        let (path, query) = parameters(&request.path_and_query);
        let path = path
            .strip_prefix("/api/v4/")
            .expect("every path is below /api/v4/");
        let body = request
            .body
            .as_deref()
            .map(|body| serde_json::from_slice::<Value>(body).expect("every body is JSON"));
        let sent = Sent {
            line: format!("{} {path}", request.method.as_str()),
            query,
            headers: request
                .headers
                .iter()
                .map(|(n, v)| ((*n).into(), v.to_string()))
                .collect(),
            data: body.map(|mut body| body["data"].take()).unwrap_or_default(),
            bytes: Vec::new(),
        };
        // Without `fields` Clio answers only id and etag, also to a write.
        let first_page = sent.param("page_token").is_none();
        let redirects = path.ends_with("/download.json");
        let bare = request.method == Method::Delete || redirects;
        assert!(
            !first_page || bare || sent.param("fields").is_some(),
            "no fields: {}",
            sent.line
        );
        match self.step(sent) {
            Reply::Answer {
                status,
                headers,
                body,
            } => Ok(Response {
                status,
                headers: Headers::new(headers),
                body,
            }),
            Reply::Cut { .. } => Err(TransportError::Lost("the answer was cut short")),
            Reply::Failed(error) => Err(error),
        }
    }

    fn open(&mut self, url: &str) -> Result<Opened<Memory>, TransportError> {
        let sent = Sent {
            line: format!("OPEN {url}"),
            query: Vec::new(),
            headers: Vec::new(),
            data: Value::Null,
            bytes: Vec::new(),
        };
        match self.step(sent) {
            Reply::Answer {
                status,
                headers,
                body,
            } => Ok(Opened {
                status,
                headers: Headers::new(headers),
                content: Memory {
                    bytes: body,
                    at: 0,
                    cut: false,
                },
            }),
            Reply::Cut {
                status,
                headers,
                body,
            } => Ok(Opened {
                status,
                headers: Headers::new(headers),
                content: Memory {
                    bytes: body,
                    at: 0,
                    cut: true,
                },
            }),
            Reply::Failed(error) => Err(error),
        }
    }

    fn put(
        &mut self,
        url: &str,
        headers: &[(String, String)],
        length: u64,
        body: Body<'_>,
    ) -> Result<Response, PutError> {
        let mut bytes = Vec::new();
        let mut taken = Ok(());
        let mut take = |content: &mut dyn Content| {
            let mut buffer = [0; 16];
            while let count @ 1.. = content.read(&mut buffer)? {
                bytes.extend_from_slice(&buffer[..count]);
            }
            Ok(())
        };
        match body {
            Body::Bytes(inline) => bytes.extend_from_slice(inline),
            Body::Copy(content) => taken = take(content),
        }
        if taken.is_ok() && bytes.len() as u64 != length {
            taken = Err(TransportError::ContentChanged);
        }
        let sent = Sent {
            line: format!("PUT {url}"),
            query: Vec::new(),
            headers: headers.to_vec(),
            data: Value::Null,
            bytes: if taken.is_ok() { bytes } else { Vec::new() },
        };
        let reply = self.step(sent);
        taken.map_err(PutError::Source)?;
        match reply {
            Reply::Answer {
                status,
                headers,
                body,
            } => Ok(Response {
                status,
                headers: Headers::new(headers),
                body,
            }),
            Reply::Cut { .. } => Err(PutError::Storage(TransportError::Lost("cut"))),
            Reply::Failed(error) => Err(PutError::Storage(error)),
        }
    }

    fn now(&self) -> Instant {
        Instant::parse(NOW).unwrap()
    }

    fn sleep(&mut self, duration: Duration) {
        self.slept += duration;
    }
}
