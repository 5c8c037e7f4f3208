//! A transport that answers what the input says, and watches what is asked.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clio_api::{
    Body, Content, Headers, Instant, Method, Opened, PutError, Request, Response, Transport,
    TransportError,
};
use clio_host::{Description, RequestRule};
use serde_json::Value;

use crate::campaign::Verdict;

const ORIGIN: &str = "https://app.clio.com";

/// What one request gets.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Whole(Response),
    Failed(TransportError),
}

impl Answer {
    /// From `{"status", "headers", "json" | "text" | "base64"}` or
    /// `{"failed": …}`. What is not understood is a lost answer.
    pub(crate) fn of(value: &Value) -> Self {
        if let Some(failed) = value["failed"].as_str() {
            return Self::Failed(match failed {
                "not_sent" => TransportError::NotSent("no route"),
                "too_large" => TransportError::TooLarge,
                "denied" => TransportError::Denied,
                "url" => TransportError::Url,
                "not_connected" => TransportError::NotConnected,
                "unavailable" => TransportError::AccountUnavailable,
                "changed" => TransportError::ContentChanged,
                _ => TransportError::Lost("the connection broke"),
            });
        }
        let Some(status) = value["status"].as_u64().and_then(|s| u16::try_from(s).ok()) else {
            return Self::Failed(TransportError::Lost("the answer was cut short"));
        };
        let headers = value["headers"].as_object().into_iter().flatten();
        let headers = headers
            .filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())))
            .collect();
        let body = if let Some(json) = value.get("json") {
            json.to_string().into_bytes()
        } else if let Some(text) = value["text"].as_str() {
            text.as_bytes().to_vec()
        } else {
            let text = value["base64"].as_str().unwrap_or_default();
            STANDARD.decode(text).unwrap_or_default()
        };
        Self::Whole(Response {
            status,
            headers: Headers::new(headers),
            body,
        })
    }
}

/// The bytes of a content URL.
#[derive(Debug)]
pub(crate) struct Bytes {
    bytes: Vec<u8>,
    at: usize,
}

impl Content for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        let count = (self.bytes.len() - self.at).min(buffer.len()).min(7);
        buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The line to Clio, storage and content.
#[derive(Debug)]
pub(crate) struct Line {
    answers: Vec<Answer>,
    around: bool,
    most: usize,
    count: usize,
    /// The API requests: method, path and query.
    sent: Vec<(&'static str, String)>,
    /// A write whose outcome nobody knows, with no look since.
    unsettled: Option<String>,
    /// What does not hold.
    found: Option<String>,
    /// The texts that answers held, among which an upload URL must be.
    told: BTreeSet<String>,
    pub(crate) slept: Duration,
}

impl Line {
    pub(crate) fn new(answers: Vec<Answer>, around: bool, most: usize) -> Self {
        Self {
            answers,
            around,
            most,
            count: 0,
            sent: Vec::new(),
            unsettled: None,
            found: None,
            told: BTreeSet::new(),
            slept: Duration::ZERO,
        }
    }

    /// A second call, which gets the answers from the first one on.
    pub(crate) fn begin_again(&mut self) {
        self.count = 0;
        self.unsettled = None;
        self.slept = Duration::ZERO;
    }

    /// Whether the requests were such as the action's description lists, and
    /// whether all else held.
    pub(crate) fn check(&self, action: &str) -> Verdict {
        if let Some(found) = &self.found {
            return Err(found.clone());
        }
        let rules = rules(action);
        for (method, path_and_query) in &self.sent {
            if path_and_query
                .bytes()
                .any(|byte| !(0x21..0x7f).contains(&byte) || byte == b'#')
            {
                return Err(format!("{path_and_query:?} is requested, with odd bytes"));
            }
            let path = path_and_query.split('?').next().unwrap_or_default();
            if !rules
                .iter()
                .any(|rule| rule.method == *method && rule.path.matches(path))
            {
                return Err(format!("{method} {path_and_query} is not described"));
            }
        }
        Ok(())
    }

    fn finds(&mut self, what: String) {
        self.found.get_or_insert(what);
    }

    fn next(&mut self) -> Answer {
        self.count += 1;
        assert!(self.count <= self.most, "more than {} requests", self.most);
        let at = match self.around && !self.answers.is_empty() {
            true => (self.count - 1) % self.answers.len(),
            false => self.count - 1,
        };
        let lost = Answer::Failed(TransportError::Lost("the connection broke"));
        let mut answer = self.answers.get(at).cloned().unwrap_or(lost);
        if let Answer::Whole(response) = &mut answer {
            // So that a page can name another one each time.
            if let Ok(text) = std::str::from_utf8(&response.body)
                && text.contains("[n]")
            {
                response.body = text.replace("[n]", &self.count.to_string()).into_bytes();
            }
            if let Some(url) = response.headers.get("location") {
                self.told.insert(url.to_owned());
            }
            if let Ok(value) = serde_json::from_slice::<Value>(&response.body) {
                texts(&value, &mut self.told);
            }
        }
        answer
    }

    /// A write comes: was the one before it settled?
    fn writes(&mut self, what: &str, answer: &Answer) {
        if let Some(before) = self.unsettled.take() {
            self.finds(format!(
                "{what} follows {before}, of unknown outcome, without a look"
            ));
        }
        let unknown = match answer {
            Answer::Failed(TransportError::Lost(_) | TransportError::TooLarge) => true,
            Answer::Failed(_) => false,
            // Clio says that it looks at storage, and to try the same again.
            Answer::Whole(response) if contains(&response.body, "UploadTimeoutError") => false,
            Answer::Whole(response) => match response.status {
                408 | 500..=599 => true,
                200..=299 => serde_json::from_slice::<Value>(&response.body).is_err(),
                _ => false,
            },
        };
        self.unsettled = unknown.then(|| what.to_owned());
    }
}

fn contains(body: &[u8], word: &str) -> bool {
    String::from_utf8_lossy(body).contains(word)
}

fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(members) => members.values().for_each(|item| texts(item, into)),
        _ => {}
    }
}

/// The requests that an action's description lists.
fn rules(action: &str) -> Vec<RequestRule> {
    let built = clio_catalog::action(action).expect("the catalog has the action");
    let description = Description::parse(built.description.as_bytes()).expect("it is described");
    description.requests
}

impl Transport for Line {
    type Content = Bytes;

    fn origin(&self) -> &str {
        ORIGIN
    }

    fn send(&mut self, request: &Request) -> Result<Response, TransportError> {
        let answer = self.next();
        self.sent
            .push((request.method.as_str(), request.path_and_query.clone()));
        match request.method {
            Method::Get => self.unsettled = None,
            Method::Post | Method::Patch | Method::Delete => {
                let what = format!("{} {}", request.method.as_str(), request.path_and_query);
                self.writes(&what, &answer);
            }
        }
        match answer {
            Answer::Whole(response) => Ok(response),
            Answer::Failed(error) => Err(error),
        }
    }

    fn open(&mut self, url: &str) -> Result<Opened<Bytes>, TransportError> {
        let redirected = url.starts_with("https://") && self.told.contains(url);
        if url != super::calls::CONTENT_URL && !redirected {
            self.finds(format!("{url} is fetched, which nobody named"));
        }
        match self.next() {
            Answer::Whole(response) => Ok(Opened {
                status: response.status,
                headers: response.headers,
                content: Bytes {
                    bytes: response.body,
                    at: 0,
                },
            }),
            Answer::Failed(error) => Err(error),
        }
    }

    fn put(
        &mut self,
        url: &str,
        _: &[(String, String)],
        length: u64,
        body: Body<'_>,
    ) -> Result<Response, PutError> {
        if !url.starts_with("https://") {
            self.finds(format!("bytes go to {url}, not encrypted"));
        }
        if !self.told.contains(url) {
            self.finds(format!("bytes go to {url}, which no answer named"));
        }
        let mut taken = 0;
        let mut take = |content: &mut dyn Content| {
            let mut buffer = [0; 16];
            while let count @ 1.. = content.read(&mut buffer)? {
                taken += count as u64;
            }
            Ok(())
        };
        let read = match body {
            Body::Bytes(inline) => take(&mut Bytes {
                bytes: inline.to_vec(),
                at: 0,
            }),
            Body::Copy(content) => take(content),
        };
        let answer = self.next();
        read.map_err(PutError::Source)?;
        if taken != length {
            return Err(PutError::Source(TransportError::ContentChanged));
        }
        match answer {
            Answer::Whole(response) => Ok(response),
            Answer::Failed(error) => Err(PutError::Storage(error)),
        }
    }

    fn now(&self) -> Instant {
        Instant::parse("2026-03-01T09:30:00Z").expect("it is an instant")
    }

    fn sleep(&mut self, duration: Duration) {
        self.slept += duration;
    }
}
