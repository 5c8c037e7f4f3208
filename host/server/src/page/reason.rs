//! Why a run failed and what to do, out of what it came to.
//!
//! A call tells an envelope with the action's error, a case a report with a line a
//! record, and what failed before any of them a message with its next step.

use clio_runner::journal::Journal;
use clio_runner::journal::runs::Run;
use maud::{Markup, html};
use serde_json::Value;

use super::trouble::Trouble;
use crate::outcome::without_secrets;

/// Why, for a person.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) what: String,
    pub(super) details: Vec<String>,
    pub(super) next: String,
}

impl Reason {
    pub(super) fn of(told: &Value) -> Self {
        let next = text(&told["next"]);
        let details = told["details"].as_array().into_iter().flatten();
        let details: Vec<String> = details.map(text).collect();
        let what = told["message"].as_str().map(str::to_owned);
        if let Some(what) = what.or_else(|| message(&told["error"])) {
            return Self {
                what,
                details,
                next,
            };
        }
        let mut reason = Self {
            details,
            next,
            ..Self::default()
        };
        for line in lines(told) {
            let Some(why) = message(&line["error"]) else {
                continue;
            };
            reason
                .details
                .push(format!("{}: {why}", text(&line["source_id"])));
            if reason.next.is_empty() {
                reason.next = text(&line["next"]);
            }
        }
        if !reason.details.is_empty() {
            reason.what = "The case is not whole in Clio".to_owned();
        }
        reason
    }

    pub(super) fn render(&self) -> Markup {
        html! {
            div.reason {
                @if !self.what.is_empty() { p { (self.what) } }
                @if !self.details.is_empty() {
                    ul { @for detail in &self.details { li { (detail) } } }
                }
                @if !self.next.is_empty() { p { strong { "Next: " } (self.next) } }
            }
        }
    }
}

/// What a run came to the last time, where it came to anything.
pub(super) fn told(journal: &Journal, run: &Run) -> Result<Option<Value>, Trouble> {
    let told = journal.run_told(&run.id)?;
    let told = told.and_then(|told| serde_json::from_slice(&told).ok());
    Ok(told.map(|told| without_secrets(&run.what, told)))
}

/// A case's report, in what its run came to: all of it, or beside its failure.
pub(super) fn report(told: &Value) -> &Value {
    told.get("report").unwrap_or(told)
}

/// The lines of a case's report.
pub(super) fn lines(told: &Value) -> impl Iterator<Item = &Value> {
    let report = report(told);
    let many = |member: &str| report[member].as_array().into_iter().flatten();
    let one = ["contact", "matter"]
        .into_iter()
        .map(|member| &report[member]);
    one.filter(|line| line.is_object())
        .chain(many("fields"))
        .chain(many("documents"))
}

/// The message of an error, in whichever of its forms.
fn message(error: &Value) -> Option<String> {
    match error {
        Value::String(what) => Some(what.clone()),
        Value::Object(kinds) => {
            let problem = kinds
                .values()
                .find(|value| value.is_object())
                .unwrap_or(error);
            let mut what = text(&problem["message"]);
            if what.is_empty() {
                what = text(&problem["code"]);
            }
            if let Some(field) = problem["field"].as_str() {
                what.push_str(&format!(" (at {field})"));
            }
            (!what.is_empty()).then_some(what)
        }
        _ => None,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_form_of_a_failure_has_its_reason() {
        let reason = Reason::of(&json!({"error": "not connected", "next": "connect"}));
        assert_eq!(
            (reason.what.as_str(), reason.next.as_str()),
            ("not connected", "connect")
        );
        let reason = Reason::of(&json!({"error": {"permanent":
            {"code": "not_found", "message": "There is none.", "field": "/id"}}}));
        assert_eq!(reason.what, "There is none. (at /id)");
        let line = json!({"source_id": "case:1", "status": "failed", "next": "say which",
            "error": {"permanent": {"code": "ambiguous", "message": "Two of them."}}});
        let told = json!({"contact": line, "matter": {"source_id": "case:1", "status": "not_tried"},
            "documents": []});
        let reason = Reason::of(&told);
        assert_eq!(reason.details, ["case:1: Two of them."]);
        assert_eq!(reason.next, "say which");
        assert_eq!(
            Reason::of(&json!({"contact": {"id": 1}})),
            Reason::default()
        );
    }
}
