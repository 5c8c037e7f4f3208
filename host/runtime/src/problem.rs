//! The contract's one error, as JSON and back.
//!
//! Typed calls carry it as a Rust type, JSON calls as JSON; the host itself
//! makes some (a bad input, a spent rate budget) and reads those of any
//! component that uses the same shape, so that callers need one way only.

use serde_json::{Map, Value, json};

use crate::bindings::exports::clio::actions::types::{Error, Problem, ProblemCode};

/// Every code with its name in JSON.
const CODES: [(ProblemCode, &str); 14] = [
    (ProblemCode::InvalidInput, "invalid_input"),
    (ProblemCode::NotConnected, "not_connected"),
    (ProblemCode::Forbidden, "forbidden"),
    (ProblemCode::NotFound, "not_found"),
    (ProblemCode::Ambiguous, "ambiguous"),
    (ProblemCode::Conflict, "conflict"),
    (ProblemCode::Removed, "removed"),
    (ProblemCode::RejectedByClio, "rejected_by_clio"),
    (ProblemCode::ReviewRequired, "review_required"),
    (ProblemCode::DeniedByPolicy, "denied_by_policy"),
    (ProblemCode::RateLimited, "rate_limited"),
    (ProblemCode::Unavailable, "unavailable"),
    (ProblemCode::UploadIncomplete, "upload_incomplete"),
    (ProblemCode::UnexpectedAnswer, "unexpected_answer"),
];

/// A code's name in JSON, such as `invalid_input`.
pub(crate) fn code_name(code: ProblemCode) -> &'static str {
    CODES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("unexpected_answer", |(_, name)| name)
}

/// A problem with a code and a message, and nothing else.
pub(crate) fn problem(code: ProblemCode, message: impl Into<String>) -> Problem {
    Problem {
        code,
        message: message.into(),
        field: None,
        status: None,
        clio_type: None,
        retry_after_ms: None,
        candidates: Vec::new(),
    }
}

/// The error by the JSON mapping.
pub(crate) fn to_json(error: &Error) -> Value {
    match error {
        Error::Permanent(problem) => json!({"permanent": problem_json(problem)}),
        Error::Transient(problem) => json!({"transient": problem_json(problem)}),
        Error::ExecutionFailed => json!("execution_failed"),
    }
}

fn problem_json(problem: &Problem) -> Value {
    let mut object = Map::new();
    object.insert("code".into(), code_name(problem.code).into());
    object.insert("message".into(), problem.message.clone().into());
    if let Some(field) = &problem.field {
        object.insert("field".into(), field.clone().into());
    }
    if let Some(status) = problem.status {
        object.insert("status".into(), status.into());
    }
    if let Some(kind) = &problem.clio_type {
        object.insert("clio_type".into(), kind.clone().into());
    }
    if let Some(ms) = problem.retry_after_ms {
        object.insert("retry_after_ms".into(), integer(ms));
    }
    let candidates = problem.candidates.iter().copied().map(integer).collect();
    object.insert("candidates".into(), Value::Array(candidates));
    Value::Object(object)
}

fn integer(n: u64) -> Value {
    if n < 1 << 53 {
        n.into()
    } else {
        n.to_string().into()
    }
}

/// Reads an error of the contract's shape; `None` for any other shape.
pub(crate) fn from_json(value: &Value) -> Option<Error> {
    if value.as_str() == Some("execution_failed") {
        return Some(Error::ExecutionFailed);
    }
    let object = value.as_object()?;
    let mut members = object.iter();
    match (members.next(), members.next()) {
        (Some((case, payload)), None) if case == "permanent" => {
            Some(Error::Permanent(read_problem(payload)?))
        }
        (Some((case, payload)), None) if case == "transient" => {
            Some(Error::Transient(read_problem(payload)?))
        }
        _ => None,
    }
}

fn read_problem(value: &Value) -> Option<Problem> {
    let object = value.as_object()?;
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let code = object.get("code")?.as_str()?;
    Some(Problem {
        code: CODES.iter().find(|(_, name)| *name == code)?.0,
        message: text("message")?,
        field: text("field"),
        status: object
            .get("status")
            .and_then(Value::as_u64)
            .and_then(|n| n.try_into().ok()),
        clio_type: text("clio_type"),
        retry_after_ms: object.get("retry_after_ms").and_then(number),
        candidates: object
            .get("candidates")
            .and_then(Value::as_array)
            .map(|ids| ids.iter().filter_map(number).collect())
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way_through_json() {
        let full = Problem {
            code: ProblemCode::Ambiguous,
            message: "several contacts match".into(),
            field: Some("/contact".into()),
            status: Some(422),
            clio_type: Some("InvalidFields".into()),
            retry_after_ms: Some(1 << 60),
            candidates: vec![1, 1 << 60],
        };
        for error in [
            Error::Permanent(full.clone()),
            Error::Transient(problem(ProblemCode::RateLimited, "m")),
            Error::ExecutionFailed,
        ] {
            assert_eq!(from_json(&to_json(&error)), Some(error));
        }
    }

    #[test]
    fn every_code_has_a_name_of_its_own() {
        for (code, name) in CODES {
            assert_eq!(code_name(code), name);
        }
        let mut names: Vec<_> = CODES.iter().map(|(_, name)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CODES.len());
    }

    #[test]
    fn other_shapes_are_no_error_of_the_contract() {
        for value in [
            json!(null),
            json!("busy"),
            json!({"permanent": {}}),
            json!({"a": 1, "b": 2}),
        ] {
            assert_eq!(from_json(&value), None, "{value}");
        }
    }
}
