//! What became of a case: one line for each of its records.
//!
//! The report names records by the caller's identifiers and Clio's ids alone,
//! for it may end up in a scheduler's log.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::line::{Line, Status};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mapping::Note;
use crate::table::Table;

/// What became of a case.
#[derive(Debug, Serialize)]
pub struct Report {
    pub source_id: String,
    pub contact: Line,
    pub matter: Line,
    /// The custom fields of the client and of the matter, where the case has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Line>,
    pub documents: Vec<Line>,
    /// What the mapping lacks. It was left out, and is no failure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Requests to Clio, repetitions not counted.
    pub requests: u32,
    /// The id of the run. Each of its calls has it with a number, in the journal
    /// and in its error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// What a dry run would have sent first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_send: Vec<Value>,
}

impl Report {
    /// Every line.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        [&self.contact, &self.matter]
            .into_iter()
            .chain(&self.fields)
            .chain(&self.documents)
    }

    /// In a dry run nothing is tried for what needs a record that was not made.
    pub fn follow(&mut self) {
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
    pub fn code(&self) -> String {
        let exit = self.exit();
        let worst = self
            .lines()
            .find(|line| line.exit == exit && line.why.is_some());
        worst.map(|line| line.code.clone()).unwrap_or_default()
    }

    /// How long not to try it again, as Clio said.
    pub fn retry_after(&self) -> Option<Duration> {
        let longest = self.lines().filter_map(|line| line.retry_after_ms).max();
        longest.map(Duration::from_millis)
    }

    /// The worst outcome.
    pub fn exit(&self) -> Exit {
        self.lines()
            .map(|line| line.exit)
            .max()
            .unwrap_or(Exit::Done)
    }

    /// How many lines have a status.
    pub fn count(&self, status: Status) -> usize {
        self.lines().filter(|line| line.status == status).count()
    }

    /// The failures in words, and the next step of the worst.
    pub fn failure(&self) -> Option<Failure> {
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
    pub fn render(&self) -> String {
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
mod tests;
