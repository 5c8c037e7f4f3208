//! What a tool answers: JSON as `clio run` tells it, and of a failure what the
//! person at the terminal would read as well.

use rmcp::model::CallToolResult;
use serde_json::{Value, json};

use clio_runner::failure::Failure;

/// A result.
pub(super) fn done(result: Value) -> CallToolResult {
    CallToolResult::structured(result)
}

/// A failure: the envelope, where there is one, with what and the next step, and
/// the exit code that the command would have ended in.
pub(super) fn failed(envelope: Value, failure: &Failure) -> CallToolResult {
    let mut told = match envelope {
        Value::Object(envelope) => Value::Object(envelope),
        _ => json!({}),
    };
    told["exit_code"] = failure.exit().code().into();
    told["message"] = failure.what().into();
    if !failure.all_details().is_empty() {
        told["details"] = failure.all_details().into();
    }
    if let Some(next) = failure.next_step() {
        told["next"] = next.into();
    }
    CallToolResult::structured_error(told)
}
