//! The table: what a call in an account comes to, and which requests it makes.
//!
//! A file an action lies in `cases/`. It is JSON, and a member that nobody knows
//! is refused. Words in braces stand for what differs from one sandbox to the
//! next: see `plain`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that happens in the account: the sandbox's control and its body, such
/// as `{"contacts": {"first_name": "Ann"}}` or `{"DELETE matters/1200000001":
/// null}`. Without a method it is `POST`.
pub(crate) type Step = BTreeMap<String, Value>;

/// A case: an account, and calls one after another.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What it shows.
    pub(crate) name: String,
    /// What the account holds before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) account: Vec<Step>,
    /// The calls.
    pub(crate) calls: Vec<Call>,
}

/// A call, and what must come of it: one of `output`, `error` and `failure`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// What happens in the account between the call before and this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) meanwhile: Vec<Step>,
    /// What the sandbox does to requests of this call, as its control takes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) faults: Vec<Value>,
    /// Action and function, such as `webhooks.ensure`.
    pub(crate) function: String,
    /// What it is given. `"{cursor}"` is the cursor that the call before gave,
    /// `{account}` the account's origin.
    pub(crate) input: Value,
    /// What the action gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Value>,
    /// The action's own error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Value>,
    /// The host's failure: its cause and its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<Value>,
    /// The requests in their order, to the account and to its storage.
    #[serde(default)]
    pub(crate) requests: Vec<Sent>,
}

/// A request that the sandbox received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    /// Method and URL, as sent.
    pub(crate) request: String,
    /// The body: its JSON, or of other bytes their number and digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
    /// The status of the answer. Absent: the connection broke before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
}

/// What came of a call, on whichever platform.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// The action's output.
    Ok(Value),
    /// The action's own error.
    Err(Value),
    /// The host's failure.
    Failure(Value),
}

impl Answer {
    /// What the envelope of a failed call says: see `CallError::to_json`.
    pub(crate) fn of_envelope(envelope: &Value) -> Self {
        match &envelope["error"]["execution_failed"] {
            Value::Null => Self::Err(envelope["error"].clone()),
            failure => Self::Failure(failure.clone()),
        }
    }

    /// The JSON in it.
    pub(crate) fn json(&self) -> &Value {
        match self {
            Self::Ok(value) | Self::Err(value) | Self::Failure(value) => value,
        }
    }

    /// The same kind with other JSON.
    pub(crate) fn with(&self, json: Value) -> Self {
        match self {
            Self::Ok(_) => Self::Ok(json),
            Self::Err(_) => Self::Err(json),
            Self::Failure(_) => Self::Failure(json),
        }
    }
}

impl Call {
    /// What must come of it.
    pub(crate) fn expected(&self) -> Option<Answer> {
        match (&self.output, &self.error, &self.failure) {
            (Some(it), None, None) => Some(Answer::Ok(it.clone())),
            (None, Some(it), None) => Some(Answer::Err(it.clone())),
            (None, None, Some(it)) => Some(Answer::Failure(it.clone())),
            _ => None,
        }
    }

    /// Writes down what came of it.
    pub(crate) fn record(&mut self, answer: Answer, requests: Vec<Sent>) {
        (self.output, self.error, self.failure) = match answer {
            Answer::Ok(it) => (Some(it), None, None),
            Answer::Err(it) => (None, Some(it), None),
            Answer::Failure(it) => (None, None, Some(it)),
        };
        self.requests = requests;
    }
}

/// The cases of one file.
pub(crate) struct File {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) cases: Vec<Case>,
}

/// All files, by name.
pub(crate) fn files() -> Vec<File> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("conformance/cases");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{} cannot be listed: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let cases = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        File { path, cases }
    };
    paths.into_iter().map(read).collect()
}

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    files().into_iter().flat_map(|file| file.cases).collect()
}
