//! What became of one record of a case.

use clio_host::CallError;
use serde::Serialize;
use serde_json::{Value, json};

use super::words::Told;
use crate::call_failure;
use crate::case::Pointer;
use crate::exit::Exit;
use crate::state::Member;

/// Why a record was refused before Clio was asked.
#[derive(Debug)]
pub struct Refusal {
    /// Where in the case file.
    pub at: Pointer,
    pub message: &'static str,
    pub next: String,
    /// The records in Clio that are in question.
    pub candidates: Vec<u64>,
}

/// What became of one record.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The identifier in Clio: for a document, the case's and its own.
    pub source_id: String,
    pub status: Status,
    /// Its id in Clio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// A matter's number as Clio shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_number: Option<String>,
    /// Duplicates that stood in Clio before, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<u64>,
    /// Members of the case file, as JSON Pointers, that were edited since the
    /// record was first found or made. What stands in Clio is left as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_carried_over: Vec<String>,
    /// Why it failed: `error` of the envelope that `clio run` prints, its place
    /// in the case file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// The requests that were denied, and the rules that would allow them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied: Option<Value>,
    /// The failure in words, for a person.
    #[serde(skip)]
    pub why: Option<String>,
    /// What a person does about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) next: String,
    #[serde(skip)]
    pub(super) code: String,
    /// Not to be tried again before so many milliseconds.
    #[serde(skip)]
    pub(super) retry_after_ms: Option<u64>,
    #[serde(skip)]
    pub exit: Exit,
}

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// This run created it.
    Created,
    /// It stood in Clio before.
    Linked,
    /// An earlier upload was interrupted, and this run completed it.
    Completed,
    /// It stands there with other content, and was left.
    Changed,
    /// It stood there with other content, and this run added a version.
    NewVersion,
    /// It stands elsewhere, where somebody moved it, and was left.
    Moved,
    /// Values were written.
    Written,
    /// The values stood there already, or an earlier run wrote them.
    Unchanged,
    /// Nobody approved it.
    NotApproved,
    Failed,
    /// Something that it needs failed.
    NotTried,
    /// A dry run would send something for it.
    WouldSend,
    /// It would be looked for, and sent where absent, once what it needs stands.
    WouldFollow,
}

impl Status {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Linked => "linked",
            Self::Completed => "completed",
            Self::Changed => "changed",
            Self::NewVersion => "new version",
            Self::Moved => "moved (left where it is)",
            Self::Written => "written",
            Self::Unchanged => "unchanged",
            Self::NotApproved => "skipped (not approved)",
            Self::Failed => "failed",
            Self::NotTried => "not tried",
            Self::WouldSend => "would be sent",
            Self::WouldFollow => "would follow",
        }
    }
}

impl Line {
    pub fn new(source_id: impl Into<String>, status: Status) -> Self {
        Self {
            source_id: source_id.into(),
            status,
            id: None,
            display_number: None,
            others: Vec::new(),
            not_carried_over: Vec::new(),
            error: None,
            denied: None,
            why: None,
            next: String::new(),
            code: String::new(),
            retry_after_ms: None,
            exit: Exit::Done,
        }
    }

    #[must_use]
    pub fn id(mut self, id: u64, others: Vec<u64>) -> Self {
        self.id = Some(id);
        self.others = others;
        self
    }

    /// Adds other records that stand for the same, oldest first.
    pub fn add_others(&mut self, ids: &[u64]) {
        self.others.extend_from_slice(ids);
        self.others.retain(|other| Some(*other) != self.id);
        self.others.sort_unstable();
        self.others.dedup();
    }

    /// Tells what the case file has changed since.
    pub fn edited(&mut self, members: &[Member]) {
        self.not_carried_over = members.iter().map(|member| member.at.clone()).collect();
        self.not_carried_over.dedup();
    }

    /// A record whose call failed, in the words of the case file.
    pub fn failed(source_id: impl Into<String>, error: &CallError, told: Told) -> Self {
        let mut envelope = error.to_json();
        let mut shown = envelope.get_mut("error").map(Value::take);
        let kinds = ["permanent", "transient"];
        let problem = shown.as_mut().and_then(|error| {
            let kind = kinds.into_iter().find(|kind| error.get(kind).is_some())?;
            error.get_mut(kind)?.as_object_mut()
        });
        if let Some(problem) = problem {
            problem.insert("message".to_owned(), told.message.clone().into());
            problem.remove("field");
            if let Some(field) = &told.field {
                problem.insert("field".to_owned(), field.clone().into());
            }
        }
        Self {
            error: shown,
            denied: envelope.get_mut("denied").map(Value::take),
            why: Some(call_failure::why_of(
                error,
                &told.message,
                told.field.as_deref(),
            )),
            next: told.next,
            code: error.code(),
            retry_after_ms: error.problem().and_then(|problem| problem.retry_after_ms),
            exit: call_failure::exit(error),
            ..Self::new(source_id, Status::Failed)
        }
    }

    /// A record that was refused here: Clio was not asked.
    pub fn refused(source_id: impl Into<String>, refusal: Refusal) -> Self {
        const CODE: &str = "ambiguous";
        let at = refusal.at.as_str();
        let message = refusal.message;
        let error = json!({"permanent": {
            "code": CODE, "message": message, "field": at, "candidates": refusal.candidates,
        }});
        let mut why = format!("{} ({CODE}) at {at}", message.trim_end_matches('.'));
        call_failure::add_candidates(&mut why, &refusal.candidates);
        Self {
            error: Some(error),
            why: Some(why),
            next: refusal.next,
            code: CODE.to_owned(),
            exit: Exit::Permanent,
            ..Self::new(source_id, Status::Failed)
        }
    }

    /// A document whose file could not be read.
    pub fn unreadable(source_id: impl Into<String>, why: String) -> Self {
        let error = serde_json::json!({"execution_failed": {"cause": "file", "message": why}});
        Self {
            error: Some(error),
            why: Some(why),
            next: "make the file readable, and run the same again".to_owned(),
            code: "file".to_owned(),
            exit: Exit::HostFailure,
            ..Self::new(source_id, Status::Failed)
        }
    }

    /// A draft that no person approved for its place.
    pub fn not_reviewed(source_id: impl Into<String>, why: String, next: &str) -> Self {
        let error = serde_json::json!({"permanent": {"code": "review_required", "message": why}});
        Self {
            error: Some(error),
            why: Some(why),
            next: next.to_owned(),
            code: "review_required".to_owned(),
            exit: Exit::Permanent,
            ..Self::new(source_id, Status::Failed)
        }
    }

    /// The line of one document, in words, for progress.
    pub fn told(&self) -> String {
        format!("{}: {}", self.source_id, self.status.words())
    }
}
