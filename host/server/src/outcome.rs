//! What a run comes to, by whichever part it was carried out.

use std::time::Duration;

use clio_runner::exit::Exit;
use clio_runner::failure::Failure;

/// What a run's carrying out came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done(serde_json::Value),
    /// It failed for a reason that may pass. `after`: not before.
    Again {
        code: String,
        told: serde_json::Value,
        after: Option<Duration>,
    },
    /// It failed, and a person must look.
    Failed {
        code: String,
        told: serde_json::Value,
    },
}

/// A failure as a run tells it.
pub(crate) fn told(failure: &Failure) -> serde_json::Value {
    let mut told = serde_json::json!({ "message": failure.what() });
    if !failure.all_details().is_empty() {
        told["details"] = failure.all_details().into();
    }
    if let Some(next) = failure.next_step() {
        told["next"] = next.into();
    }
    told
}

/// What a failure before any call comes to.
pub(crate) fn failed(failure: &Failure) -> Outcome {
    let told = told(failure);
    match failure.exit() {
        Exit::Transient => Outcome::Again {
            code: "unavailable".to_owned(),
            told,
            after: None,
        },
        Exit::NotAuthorized => Outcome::Failed {
            code: "not_connected".to_owned(),
            told,
        },
        Exit::Usage => Outcome::Failed {
            code: "invalid_input".to_owned(),
            told,
        },
        _ => Outcome::Failed {
            code: "failed".to_owned(),
            told,
        },
    }
}
