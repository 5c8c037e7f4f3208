//! What became of a case: one line for each of its records.
//!
//! The report names records by the caller's identifiers and Clio's ids alone,
//! for it may end up in a scheduler's log.

use clio_host::CallError;
use serde::Serialize;
use serde_json::{Value, json};

use super::words::Told;
use crate::call_failure;
use crate::case::Pointer;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mapping::Note;
use crate::state::Member;
use crate::table::Table;

/// What became of a case.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) source_id: String,
    pub(crate) contact: Line,
    pub(crate) matter: Line,
    /// The custom fields of the client and of the matter, where the case has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<Line>,
    pub(crate) documents: Vec<Line>,
    /// What the mapping lacks. It was left out, and is no failure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<Note>,
    /// Requests to Clio, repetitions not counted.
    pub(crate) requests: u32,
    /// The id of the run. Each of its calls has it with a number, in the journal
    /// and in its error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) correlation_id: Option<String>,
    /// What a dry run would have sent first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) would_send: Vec<Value>,
}

/// Why a record was refused before Clio was asked.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Where in the case file.
    pub(crate) at: Pointer,
    pub(crate) message: &'static str,
    pub(crate) next: String,
    /// The records in Clio that are in question.
    pub(crate) candidates: Vec<u64>,
}

/// What became of one record.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    /// The identifier in Clio: for a document, the case's and its own.
    pub(crate) source_id: String,
    pub(crate) status: Status,
    /// Its id in Clio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<u64>,
    /// A matter's number as Clio shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display_number: Option<String>,
    /// Duplicates that stood in Clio before, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) others: Vec<u64>,
    /// Members of the case file, as JSON Pointers, that were edited since the
    /// record was first found or made. What stands in Clio is left as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_carried_over: Vec<String>,
    /// Why it failed: `error` of the envelope that `clio run` prints, its place
    /// in the case file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Value>,
    /// The requests that were denied, and the rules that would allow them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) denied: Option<Value>,
    /// The failure in words, for a person.
    #[serde(skip)]
    pub(crate) why: Option<String>,
    /// What a person does about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    next: String,
    #[serde(skip)]
    code: String,
    #[serde(skip)]
    pub(crate) exit: Exit,
}

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
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
    fn words(self) -> &'static str {
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
    pub(crate) fn new(source_id: impl Into<String>, status: Status) -> Self {
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
            exit: Exit::Done,
        }
    }

    #[must_use]
    pub(crate) fn id(mut self, id: u64, others: Vec<u64>) -> Self {
        self.id = Some(id);
        self.others = others;
        self
    }

    /// Adds other records that stand for the same, oldest first.
    pub(crate) fn add_others(&mut self, ids: &[u64]) {
        self.others.extend_from_slice(ids);
        self.others.retain(|other| Some(*other) != self.id);
        self.others.sort_unstable();
        self.others.dedup();
    }

    /// Tells what the case file has changed since.
    pub(crate) fn edited(&mut self, members: &[Member]) {
        self.not_carried_over = members.iter().map(|member| member.at.clone()).collect();
        self.not_carried_over.dedup();
    }

    /// A record whose call failed, in the words of the case file.
    pub(crate) fn failed(source_id: impl Into<String>, error: &CallError, told: Told) -> Self {
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
            exit: call_failure::exit(error),
            ..Self::new(source_id, Status::Failed)
        }
    }

    /// A record that was refused here: Clio was not asked.
    pub(crate) fn refused(source_id: impl Into<String>, refusal: Refusal) -> Self {
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
    pub(crate) fn unreadable(source_id: impl Into<String>, why: String) -> Self {
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

    /// The line of one document, in words, for progress.
    pub(crate) fn told(&self) -> String {
        format!("{}: {}", self.source_id, self.status.words())
    }
}

impl Report {
    /// Every line.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        [&self.contact, &self.matter]
            .into_iter()
            .chain(&self.fields)
            .chain(&self.documents)
    }

    /// In a dry run nothing is tried for what needs a record that was not made.
    pub(crate) fn follow(&mut self) {
        if self.lines().any(|line| line.status == Status::Failed) {
            return;
        }
        let lines = std::iter::once(&mut self.matter).chain(&mut self.documents);
        for line in lines.filter(|line| line.status == Status::NotTried) {
            line.status = Status::WouldFollow;
        }
    }

    /// The code of the worst failure, such as `unavailable`; empty when there
    /// is none.
    pub(crate) fn code(&self) -> String {
        let exit = self.exit();
        let worst = self
            .lines()
            .find(|line| line.exit == exit && line.why.is_some());
        worst.map(|line| line.code.clone()).unwrap_or_default()
    }

    /// The worst outcome.
    pub(crate) fn exit(&self) -> Exit {
        self.lines()
            .map(|line| line.exit)
            .max()
            .unwrap_or(Exit::Done)
    }

    /// How many lines have a status.
    pub(crate) fn count(&self, status: Status) -> usize {
        self.lines().filter(|line| line.status == status).count()
    }

    /// The failures in words, and the next step of the worst.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let exit = self.exit();
        let worst = self
            .lines()
            .find(|line| line.exit == exit && line.why.is_some())?;
        let failed = self.lines().filter_map(|line| {
            let why = line.why.as_ref()?;
            Some(format!("{}: {why}", line.source_id))
        });
        let number = self.lines().filter(|line| line.why.is_some()).count();
        let all = self.lines().count();
        let what = format!("the case is not whole in Clio: {number} of {all} records failed");
        Some(
            Failure::new(exit, what)
                .details(failed)
                .next(worst.next.clone()),
        )
    }

    /// The report as a table, duplicates that were seen, and the sum.
    pub(crate) fn render(&self) -> String {
        let mut table = Table::new(["record", "source id", "status", "id in Clio"]);
        let mut add = |kind: &str, line: &Line| {
            let id = line.id.map(|id| id.to_string()).unwrap_or_default();
            let id = match &line.display_number {
                Some(number) => format!("{id} ({number})"),
                None => id,
            };
            table.row([
                kind.to_owned(),
                line.source_id.clone(),
                line.status.words().to_owned(),
                id,
            ]);
        };
        add("contact", &self.contact);
        add("matter", &self.matter);
        for fields in &self.fields {
            add("fields", fields);
        }
        for document in &self.documents {
            add("document", document);
        }
        let mut text = table.render();
        text.push('\n');
        for line in self.lines() {
            if !line.others.is_empty() {
                let others: Vec<String> = line.others.iter().map(u64::to_string).collect();
                let others = others.join(", ");
                text.push_str(&format!(
                    "{}: duplicates in Clio: {others}\n",
                    line.source_id
                ));
            }
        }
        for line in self.lines() {
            if !line.not_carried_over.is_empty() {
                let members = line.not_carried_over.join(", ");
                text.push_str(&format!(
                    "{}: edited in the case file, and left as it stands in Clio: {members}\n",
                    line.source_id
                ));
            }
        }
        for note in &self.notes {
            text.push_str(&format!("note: {}: {}\n", note.at, note.message));
        }
        for request in &self.would_send {
            let shown = serde_json::to_string_pretty(request).unwrap_or_default();
            text.push_str(&format!("would send: {shown}\n"));
        }
        text.push_str(&self.sum());
        text.push('\n');
        text
    }

    fn sum(&self) -> String {
        let all = [
            Status::Created,
            Status::Linked,
            Status::Completed,
            Status::NewVersion,
            Status::Changed,
            Status::Moved,
            Status::Written,
            Status::Unchanged,
            Status::NotApproved,
            Status::Failed,
            Status::NotTried,
            Status::WouldSend,
            Status::WouldFollow,
        ];
        let mut parts: Vec<String> = all
            .into_iter()
            .map(|status| (self.count(status), status))
            .filter(|(count, _)| *count > 0)
            .map(|(count, status)| format!("{count} {}", status.words()))
            .collect();
        parts.push(format!("{} requests", self.requests));
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn report() -> Report {
        let mut matter = Line::new("i:1", Status::Linked).id(5, vec![9]);
        matter.display_number = Some("00005-Lee".to_owned());
        Report {
            source_id: "i:1".to_owned(),
            contact: Line::new("i:1/client", Status::Created).id(4, Vec::new()),
            matter,
            fields: Vec::new(),
            notes: Vec::new(),
            documents: vec![
                Line::new("i:1/draft", Status::NotApproved),
                Line::unreadable("i:1/scan", "there is no such file".to_owned()),
            ],
            requests: 4,
            correlation_id: None,
            would_send: Vec::new(),
        }
    }

    #[test]
    fn the_table_has_a_line_for_each_record_and_a_sum() {
        assert_eq!(
            report().render(),
            "\
record    source id   status                  id in Clio
contact   i:1/client  created                 4
matter    i:1         linked                  5 (00005-Lee)
document  i:1/draft   skipped (not approved)
document  i:1/scan    failed

i:1: duplicates in Clio: 9
1 created, 1 linked, 1 skipped (not approved), 1 failed, 4 requests
"
        );
    }

    #[test]
    fn as_json_it_names_statuses_and_errors_for_programs() {
        assert_eq!(
            serde_json::to_value(report()).unwrap(),
            json!({
                "source_id": "i:1",
                "contact": {"source_id": "i:1/client", "status": "created", "id": 4},
                "matter": {"source_id": "i:1", "status": "linked", "id": 5,
                    "display_number": "00005-Lee", "others": [9]},
                "documents": [
                    {"source_id": "i:1/draft", "status": "not_approved"},
                    {"source_id": "i:1/scan", "status": "failed", "error":
                        {"execution_failed": {"cause": "file", "message": "there is no such file"}},
                        "next": "make the file readable, and run the same again"},
                ],
                "requests": 4,
            })
        );
    }

    #[test]
    fn the_worst_line_decides_and_a_skipped_document_is_no_failure() {
        let mut report = report();
        assert_eq!(report.exit(), Exit::HostFailure);
        let failure = report.failure().unwrap();
        assert_eq!(failure.exit(), Exit::HostFailure);
        assert_eq!(
            failure.to_string(),
            "error: the case is not whole in Clio: 1 of 4 records failed\n  \
             i:1/scan: there is no such file\n\
             next: make the file readable, and run the same again"
        );
        report.documents.pop();
        assert_eq!(report.exit(), Exit::Done);
        assert!(report.failure().is_none());
    }
}
