//! Why a call failed, in one type that says what to do.
//!
//! There are two kinds. An *action error* is the action's own answer: it ran to
//! its end and returned an error. A *host failure* is the host's word: the
//! action trapped, ran out of time or of something else, or could not be
//! started.
//!
//! What must stay true: a message names the thing, the cause and the next step,
//! and holds no client data, no token and nothing out of a guest's memory. What
//! egress denied stands beside the error, with the rule that would allow it.

use std::fmt;

use clio_types::types::{Error as ActionErrorCase, Problem, ProblemCode};
use serde_json::{Value, json};

use crate::policy::Denial;

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The action returned an error, or the host refused the call with the same
    /// type before it began (a malformed input, a spent rate budget).
    #[error(transparent)]
    Action(ActionError),
    /// The action did not run to its end.
    #[error(transparent)]
    Host(HostFailure),
}

/// An error that an action returned.
#[derive(Debug, Clone)]
pub struct ActionError {
    /// Boxed, because it is far larger than a success usually is.
    inner: Box<ActionErrorInner>,
}

#[derive(Debug, Clone)]
struct ActionErrorInner {
    /// The error, where it has the contract's shape.
    typed: Option<ActionErrorCase>,
    /// The error by the JSON mapping.
    json: Value,
    denied: Vec<Denial>,
    correlation: Option<String>,
}

/// Why an action did not run to its end.
///
/// A call whose future is dropped has no error. Where callers get one of a call
/// that they end, as in Node.js, its cause is `cancelled`, as in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureCause {
    /// The guest trapped: a panic, an access out of bounds, an `exit`.
    Trap,
    /// The call's wall-clock deadline passed.
    Deadline,
    /// The guest needed more memory than its limit.
    Memory,
    /// The guest computed for longer than its CPU allowance.
    Cpu,
    /// Another limit, by the name of its member in [`crate::Limits`].
    Limit(&'static str),
    /// The component could not be loaded or instantiated.
    Instantiation,
    /// The host itself failed or was shut down during the call.
    Internal,
}

impl FailureCause {
    /// Whether the guest brought it about. A deadline may pass because Clio is
    /// slow.
    pub(crate) fn is_the_guests(&self) -> bool {
        match self {
            Self::Trap | Self::Memory | Self::Cpu | Self::Limit(_) => true,
            Self::Deadline | Self::Instantiation | Self::Internal => false,
        }
    }
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trap => f.write_str("trap"),
            Self::Deadline => f.write_str("deadline"),
            Self::Memory => f.write_str("memory"),
            Self::Cpu => f.write_str("cpu"),
            Self::Limit(name) => write!(f, "limit:{name}"),
            Self::Instantiation => f.write_str("instantiation"),
            Self::Internal => f.write_str("internal"),
        }
    }
}

/// The host's word that an action did not run to its end.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct HostFailure {
    /// Why.
    pub cause: FailureCause,
    /// What happened and the next step, for people.
    pub message: String,
    denied: Vec<Denial>,
    correlation: Option<String>,
}

impl HostFailure {
    pub(crate) fn new(cause: FailureCause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
            denied: Vec::new(),
            correlation: None,
        }
    }

    /// The host was shut down, or lost the call to a panic.
    pub(crate) fn lost() -> Self {
        Self::new(
            FailureCause::Internal,
            "the host lost the call: it was shut down or failed; what the call wrote may stand \
             in Clio, so repeat it with the same `began`",
        )
    }
}

impl ActionError {
    /// The error where it has the shape of the contract's `error`; `None` for
    /// the error of a component with another error type.
    #[must_use]
    pub fn typed(&self) -> Option<&ActionErrorCase> {
        self.inner.typed.as_ref()
    }

    /// The error by the JSON mapping.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.inner.json
    }
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.typed {
            Some(ActionErrorCase::Permanent(problem) | ActionErrorCase::Transient(problem)) => {
                f.write_str(&problem.message)
            }
            _ => f.write_str("the action returned an error of its own type; read it as JSON"),
        }
    }
}

impl std::error::Error for ActionError {}

impl CallError {
    /// An error that the action returned with the contract's type.
    pub(crate) fn typed(error: ActionErrorCase) -> Self {
        if matches!(error, ActionErrorCase::ExecutionFailed) {
            // Only hosts may say so. An action that does is taken at its word.
            return HostFailure::new(
                FailureCause::Trap,
                "the action reported by itself that it did not run to its end",
            )
            .into();
        }
        let json = serde_json::to_value(&error).unwrap_or_default();
        let inner = ActionErrorInner {
            typed: Some(error),
            json,
            denied: Vec::new(),
            correlation: None,
        };
        Self::Action(ActionError {
            inner: Box::new(inner),
        })
    }

    /// An error that the action returned, by the JSON mapping.
    pub(crate) fn json(json: Value) -> Self {
        match serde_json::from_value(json.clone()).ok() {
            Some(typed @ ActionErrorCase::ExecutionFailed) => Self::typed(typed),
            typed => {
                let inner = ActionErrorInner {
                    typed,
                    json,
                    denied: Vec::new(),
                    correlation: None,
                };
                Self::Action(ActionError {
                    inner: Box::new(inner),
                })
            }
        }
    }

    /// A permanent problem that the host found.
    pub(crate) fn permanent(code: ProblemCode, message: impl Into<String>) -> Self {
        Self::typed(ActionErrorCase::Permanent(Problem::new(code, message)))
    }

    /// Beside the error, what egress denied.
    pub(crate) fn with_denied(mut self, denials: Vec<Denial>) -> Self {
        match &mut self {
            Self::Action(error) => error.inner.denied = denials,
            Self::Host(failure) => failure.denied = denials,
        }
        self
    }

    /// The id of the call that failed.
    pub(crate) fn with_correlation(mut self, id: String) -> Self {
        match &mut self {
            Self::Action(error) => error.inner.correlation = Some(id),
            Self::Host(failure) => failure.correlation = Some(id),
        }
        self
    }

    /// The id of the call that failed, which the host's log and the journal
    /// carry, too.
    #[must_use]
    pub fn correlation(&self) -> Option<&str> {
        match self {
            Self::Action(error) => error.inner.correlation.as_deref(),
            Self::Host(failure) => failure.correlation.as_deref(),
        }
    }

    /// Whether the same call may succeed later. A host's failure may not,
    /// unless the host itself was at fault or the deadline passed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Action(error) => {
                matches!(error.typed(), Some(ActionErrorCase::Transient(_)))
            }
            Self::Host(failure) => {
                matches!(
                    failure.cause,
                    FailureCause::Deadline | FailureCause::Internal
                )
            }
        }
    }

    /// What failed, where the action said it in the contract's shape.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Action(error) => match error.typed()? {
                ActionErrorCase::Permanent(problem) | ActionErrorCase::Transient(problem) => {
                    Some(problem)
                }
                ActionErrorCase::ExecutionFailed => None,
            },
            Self::Host(_) => None,
        }
    }

    /// The requests that were denied during the call, with the rule that would
    /// allow each.
    #[must_use]
    pub fn denied(&self) -> &[Denial] {
        match self {
            Self::Action(error) => &error.inner.denied,
            Self::Host(failure) => &failure.denied,
        }
    }

    /// What went wrong, for programs and logs: a problem's code such as
    /// `not_found`, or `execution_failed:` and the cause, or `other` for an
    /// error of another shape than the contract's.
    #[must_use]
    pub fn code(&self) -> String {
        match (self, self.problem()) {
            (_, Some(problem)) => problem.code.name().to_owned(),
            (Self::Host(failure), _) => format!("execution_failed:{}", failure.cause),
            (Self::Action(_), None) => "other".to_owned(),
        }
    }

    /// The error as the JSON envelope that the command prints and that every
    /// caller in another language gets:
    /// `{"error": {"permanent": …}}`, `{"error": {"transient": …}}` or
    /// `{"error": {"execution_failed": {"cause": …, "message": …}}}`, and
    /// beside `error` the call's `"correlation_id"` and, where requests were
    /// denied, `"denied": [{"request": …, "rule": …}]`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let error = match self {
            Self::Action(error) => error.json().clone(),
            Self::Host(failure) => json!({"execution_failed": {
                "cause": failure.cause.to_string(),
                "message": failure.message,
            }}),
        };
        let mut envelope = json!({ "error": error });
        if let Some(id) = self.correlation() {
            envelope["correlation_id"] = id.into();
        }
        if !self.denied().is_empty()
            && let Some(object) = envelope.as_object_mut()
        {
            let denied = self
                .denied()
                .iter()
                .map(|denial| json!({"request": denial.request, "rule": denial.rule}))
                .collect();
            object.insert("denied".into(), Value::Array(denied));
        }
        envelope
    }
}

impl From<HostFailure> for CallError {
    fn from(failure: HostFailure) -> Self {
        Self::Host(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_the_host_has_its_envelope() {
        let error = CallError::from(HostFailure::new(FailureCause::Limit("handles"), "too many"));
        assert_eq!(
            error.to_json(),
            json!({"error": {"execution_failed": {"cause": "limit:handles", "message": "too many"}}})
        );
        assert_eq!(error.code(), "execution_failed:limit:handles");
        assert!(error.problem().is_none());
    }

    #[test]
    fn an_error_of_another_shape_is_passed_on_as_it_is() {
        let error = CallError::json(json!({"busy": 3}));
        assert_eq!(error.to_json(), json!({"error": {"busy": 3}}));
        assert_eq!(error.code(), "other");
        assert!(!error.is_transient());
    }

    #[test]
    fn typed_and_json_errors_are_one() {
        let typed = CallError::permanent(ProblemCode::NotFound, "no such matter");
        let again = match &typed {
            CallError::Action(error) => CallError::json(error.json().clone()),
            CallError::Host(_) => unreachable!("an action error stays one"),
        };
        assert_eq!(again.to_json(), typed.to_json());
        assert_eq!(again.problem(), typed.problem());
        assert_eq!(again.code(), "not_found");
    }

    #[test]
    fn other_shapes_are_no_error_of_the_contract() {
        for value in [
            json!(null),
            json!("busy"),
            json!({"permanent": {}}),
            json!({"a": 1, "b": 2}),
        ] {
            let CallError::Action(error) = CallError::json(value.clone()) else {
                unreachable!("an action's error stays one");
            };
            assert_eq!(error.typed(), None, "{value}");
        }
    }

    #[test]
    fn an_error_survives_the_way_through_json() {
        let mut full = Problem::new(ProblemCode::Ambiguous, "several contacts match");
        full.field = Some("/contact".into());
        full.status = Some(422);
        full.clio_type = Some("InvalidFields".into());
        full.retry_after_ms = Some(1 << 60);
        full.candidates = vec![1, 1 << 60];
        let typed = CallError::typed(ActionErrorCase::Transient(full.clone()));
        let json = typed.to_json()["error"].clone();
        assert_eq!(
            json["transient"]["candidates"],
            json!([1, "1152921504606846976"])
        );
        assert_eq!(CallError::json(json).problem(), Some(&full));
    }

    #[test]
    fn an_action_may_not_report_for_the_host() {
        let error = CallError::json(json!("execution_failed"));
        assert_eq!(error.code(), "execution_failed:trap");
    }
}
