//! `--dry-run`: what would be sent, told to the operator.
//!
//! Bodies are shown as they are: they are the operator's own data, on the
//! operator's own terminal. They go nowhere else.

use std::sync::{Arc, Mutex, PoisonError};

use clio_host::actions::types::ProblemCode;
use clio_host::{Call, CallError, Withheld};
use serde_json::{Value, json};

/// Collects what the calls of one command would have sent.
#[derive(Debug, Clone, Default)]
pub struct DryRun(Arc<Mutex<Vec<Withheld>>>);

impl DryRun {
    /// Makes a call a dry one.
    pub fn of(&self, call: Call) -> Call {
        let held = Arc::clone(&self.0);
        call.dry_run(move |mut withheld| {
            held.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .append(&mut withheld);
        })
    }

    /// What would have been sent, in order.
    pub fn would_send(&self) -> Vec<Value> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().map(as_json).collect()
    }
}

/// Whether a call ended because a dry run held its write back, and for nothing
/// else: what a rule denies stands beside the error.
pub fn held_back(error: &CallError) -> bool {
    let denied = |code| matches!(code, ProblemCode::DeniedByPolicy);
    error.problem().is_some_and(|problem| denied(problem.code)) && error.denied().is_empty()
}

fn as_json(withheld: &Withheld) -> Value {
    let mut value = json!({"method": withheld.method, "url": withheld.url});
    if !withheld.body.is_empty() {
        value["body"] = serde_json::from_slice(&withheld.body).unwrap_or_else(|_| {
            let bytes = withheld.body.len();
            json!(format!("{bytes} bytes that are no JSON"))
        });
    }
    value
}
