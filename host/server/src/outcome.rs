//! What a run comes to, by whichever part it was carried out.

use std::time::Duration;

use clio_runner::exit::Exit;
use clio_runner::failure::Failure;

/// The action whose results hold what signs the deliveries of webhooks.
pub(crate) const WEBHOOKS: &str = "webhooks";

/// What a call came to, without what signs the deliveries of webhooks: whoever has
/// that can have anything believed. `what`: the function, such as `webhooks.list`.
pub(crate) fn without_secrets(what: &str, mut told: serde_json::Value) -> serde_json::Value {
    let action = what.split_once('.').map_or(what, |(action, _)| action);
    if action == WEBHOOKS {
        take_secrets(&mut told);
    }
    told
}

fn take_secrets(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.remove("secret");
            members.values_mut().for_each(take_secrets);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(take_secrets),
        _ => {}
    }
}

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

/// A failure on one line for the log, with its next step.
pub(crate) fn logged(failure: &Failure) -> String {
    let next = failure.next_step().map(|next| format!("next: {next}"));
    let all = [failure.what().to_owned()].into_iter();
    let all = all.chain(failure.all_details().iter().cloned()).chain(next);
    all.collect::<Vec<_>>().join("; ")
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
        // The disk's and the files', which are nobody's who reads of the run.
        Exit::HostFailure => {
            tracing::error!("a run failed: {}", logged(failure));
            Outcome::Failed {
                code: "failed".to_owned(),
                told: serde_json::json!({
                    "message": "the service failed at it; its log says why",
                    "next": "have whoever runs the service look, then try it again",
                }),
            }
        }
        _ => Outcome::Failed {
            code: "failed".to_owned(),
            told,
        },
    }
}
