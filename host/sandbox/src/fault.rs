//! Faults that a test queues: this request answers 503, that one is cut after
//! a hundred bytes, the next is applied but its answer lost.
//!
//! A fault names the requests it is for and what happens to them. The first
//! fault in the queue that fits a request is applied; its count goes down, and
//! at nought it leaves the queue.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::switches::millis;
use crate::trace::{Origin, path_matches};

/// A fault and the requests it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// API or storage.
    #[serde(default = "api")]
    pub origin: Origin,
    /// The method in capitals; absent: any.
    #[serde(default)]
    pub method: Option<String>,
    /// The path: `*` stands for one segment or a part of it, `**` at the end
    /// for any rest. `/api/v4` and `.json` may be left out. Absent: any.
    #[serde(default)]
    pub path: Option<String>,
    /// How many fitting requests pass before the fault strikes.
    #[serde(default)]
    pub skip: u32,
    /// How many fitting requests it then strikes.
    #[serde(default)]
    pub times: Times,
    /// What happens.
    pub effect: Effect,
}

fn api() -> Origin {
    Origin::Api
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// Once.
    #[default]
    Once,
    /// So many times.
    N(u32),
    /// Until the faults are cleared.
    Forever,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Answered with this; nothing is applied.
    Answer(FaultAnswer),
    /// Applied, then answered with this instead of the true answer: what a
    /// gateway in front of Clio does that gives up too early.
    AppliedThen(FaultAnswer),
    /// Applied, then the connection is closed without an answer.
    AnswerLost,
    /// Applied and answered, but the connection breaks after this many bytes of
    /// the answer's body. `Content-Length` tells the whole length.
    CutAfter {
        /// Bytes of the body that arrive.
        bytes: usize,
    },
    /// Applied, and answered with a body that stops in the middle, in an answer
    /// that is otherwise sound.
    MalformedJson,
    /// Served as always, this much later, in real time.
    Delay {
        /// Milliseconds.
        #[serde(with = "millis", rename = "ms")]
        by: Duration,
    },
    /// Applied at once, and answered as always, but only this much later, in
    /// real time: who is ended in between never learns of what was applied.
    HoldAnswer {
        /// Milliseconds.
        #[serde(with = "millis", rename = "ms")]
        by: Duration,
    },
    /// The connection is reset once the head is read; nothing is applied.
    Reset,
    /// The rate-limit answer that one client saw: status 200, JSON, with the
    /// text wrapped in base64. Nothing is applied.
    WrappedRateLimit {
        /// The seconds named in the wrapped text.
        seconds: u32,
    },
    /// 503 with an HTML page, as during maintenance. Nothing is applied.
    Maintenance,
    /// A change is answered with 200 and the record as it stands, and nothing is
    /// applied: what was reported for the hours of a billed line. Requests that
    /// are no PATCH are served as always.
    Unchanged,
    /// The final PATCH of an upload answers `UploadTimeoutError`; other
    /// requests are served as always.
    UploadTimeout,
}

/// An answer a fault gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultAnswer {
    /// The status.
    pub status: u16,
    /// Headers to send, such as `Retry-After`.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: FaultBody,
}

/// The body of a fault's answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultBody {
    /// The error envelope; the storage's is XML.
    #[default]
    Json,
    /// An HTML page.
    Html,
    /// No body at all.
    Empty,
    /// This text as `application/json`, sound or not.
    Text(String),
}

impl Fault {
    /// A fault that strikes the next request of a method and path.
    pub fn next(method: &str, path: &str, effect: Effect) -> Self {
        Self {
            origin: Origin::Api,
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            skip: 0,
            times: Times::Once,
            effect,
        }
    }

    /// The same for the storage.
    pub fn storage(method: &str, effect: Effect) -> Self {
        Self {
            origin: Origin::Storage,
            path: None,
            ..Self::next(method, "", effect)
        }
    }

    /// Lets `skip` fitting requests pass first.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Strikes so often.
    #[must_use]
    pub fn times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    fn fits(&self, origin: Origin, method: &str, path: &str) -> bool {
        self.origin == origin
            && self.method.as_deref().is_none_or(|m| m == method)
            && self.path.as_deref().is_none_or(|p| path_matches(p, path))
    }
}

impl Effect {
    /// An answer with the error envelope.
    pub fn status(status: u16) -> Self {
        Self::Answer(FaultAnswer::status(status))
    }

    /// The short name that stands in the trace.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Answer(a) => format!("answer {}", a.status),
            Self::AppliedThen(a) => format!("applied, then {}", a.status),
            Self::AnswerLost => "answer lost".to_owned(),
            Self::CutAfter { bytes } => format!("cut after {bytes}"),
            Self::MalformedJson => "malformed JSON".to_owned(),
            Self::Delay { by } => format!("delay {} ms", by.as_millis()),
            Self::HoldAnswer { by } => format!("answer held {} ms", by.as_millis()),
            Self::Reset => "reset".to_owned(),
            Self::WrappedRateLimit { .. } => "wrapped rate limit".to_owned(),
            Self::Maintenance => "maintenance".to_owned(),
            Self::Unchanged => "unchanged".to_owned(),
            Self::UploadTimeout => "upload timeout".to_owned(),
        }
    }
}

impl FaultAnswer {
    /// An answer with the error envelope.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: FaultBody::Json,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: FaultBody) -> Self {
        self.body = body;
        self
    }
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn waiting(&self) -> &[Fault] {
        &self.0
    }

    /// The effect on this request, if any. Every fitting fault that still
    /// skips counts the request, also when another one strikes.
    pub(crate) fn strike(&mut self, origin: Origin, method: &str, path: &str) -> Option<Effect> {
        let mut struck = None;
        self.0.retain_mut(|fault| {
            if !fault.fits(origin, method, path) {
                return true;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                return true;
            }
            if struck.is_some() {
                return true;
            }
            match &mut fault.times {
                Times::N(0) => return false,
                Times::Once | Times::N(1) => {
                    struck = Some(fault.effect.clone());
                    return false;
                }
                Times::N(n) => *n -= 1,
                Times::Forever => {}
            }
            struck = Some(fault.effect.clone());
            true
        });
        struck
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_fault_skips_strikes_and_leaves() {
        let mut faults = Faults::default();
        faults.push(
            Fault::next("POST", "/documents", Effect::status(503))
                .after(1)
                .times(Times::N(2)),
        );
        let mut hit = |m: &str| {
            faults
                .strike(Origin::Api, m, "/api/v4/documents.json")
                .is_some()
        };
        assert!(!hit("GET"));
        assert_eq!(
            [hit("POST"), hit("POST"), hit("POST"), hit("POST")],
            [false, true, true, false]
        );
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn a_fault_reads_from_json() {
        let fault: Fault = serde_json::from_str(
            r#"{"method":"PATCH","path":"/documents/*","times":{"n":2},
                "effect":{"applied_then":{"status":502,"body":"html"}}}"#,
        )
        .unwrap();
        assert_eq!(fault.times, Times::N(2));
        assert_eq!(
            fault.effect,
            Effect::AppliedThen(FaultAnswer::status(502).body(FaultBody::Html))
        );
    }
}
