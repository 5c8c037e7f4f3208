//! Carries out a call of an action.

use std::sync::Arc;
use std::time::Duration;

use clio_host::Limits;
use clio_runner::aside::aside;
use clio_runner::failure::Failure;
use clio_runner::journal::runs::Run;
use clio_runner::run::call::{self, Component, Ended, How, Request};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hooks;
use crate::outcome::{self, Outcome};
use crate::service::Service;
use crate::uploads::{self, Making};

/// What a call is made with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// `sync-contact`.
    pub(crate) action: String,
    /// `sync`.
    pub(crate) function: String,
    pub(crate) input: Value,
    /// Whether it is tried again by itself. Not where its caller waits and is told.
    pub(crate) again: bool,
}

pub(crate) async fn carry_out(
    service: &Arc<Service>,
    run: &Run,
    asked: Value,
) -> Result<Outcome, Failure> {
    let asked: Asked = serde_json::from_value(asked)
        .map_err(|_| Failure::host("what the call was asked with cannot be read"))?;
    let session = service.session_in(&run.connection, run.class).await?;
    if let Some(outcome) = service.another_account(run, &session.account.owner)? {
        return Ok(outcome);
    }
    let contents = uploads::opened(service, &run.connection, &asked.input)?;
    let host = session.plain_host()?;
    let (loader, name) = (host.clone(), asked.action.clone());
    let loaded = aside(move || call::load(&loader, &Component::Ours(name))).await?;
    // What an action makes lies here as an upload, of which a later call names the id.
    let mut making = None;
    let mut ended = match loaded {
        Err(error) => call::not_loaded(&error),
        Ok(action) => {
            let bytes = contents.iter().map(|it| it.place.length).sum();
            let request = Request {
                ours: true,
                function: Some(asked.function.clone()),
                limits: Limits::default().with_time_for(bytes),
                input: asked.input,
                contents,
            };
            if call::makes_something(action.description(), &asked.function) {
                making = Some(Making::begin(&service.home)?);
            }
            let how = How {
                sink: making.as_ref().map(Making::sink),
                correlation: Some(run.id.clone()),
                typed: typed(&run.what, &run.connection),
                run_since: Some(run.created),
                ..How::default()
            };
            call::made(&session, &host, &action, request, how).await?
        }
    };
    if let Some(making) = making {
        keep(service, &run.connection, making, &mut ended).await?;
    }
    let changed = asked.action == outcome::WEBHOOKS && asked.function != "list";
    let outcome = came_to(&run.what, ended, asked.again);
    // It may have been one of the service's own.
    if changed && let Err(failure) = hooks::look_anew(service, run) {
        tracing::error!("webhooks are not looked after: {}", failure.what());
    }
    Ok(outcome)
}

/// Keeps what a call made, and names it in the result in place of the bytes.
async fn keep(
    service: &Arc<Service>,
    connection: &str,
    making: Making,
    ended: &mut Ended<'_>,
) -> Result<(), Failure> {
    if ended.failure().is_some() {
        return Ok(());
    }
    if let Some(written) = making.end().await? {
        let media_type = ended.told["media_type"].as_str().unwrap_or_default();
        let media_type = media_type.to_owned();
        // What was made is no upload of the caller's: the work is done.
        let kept = written.keep(service, connection, media_type, u64::MAX);
        if let Some(upload) = kept.await? {
            ended.told["content"] = serde_json::json!({ "upload": upload.id });
        }
    }
    Ok(())
}

/// What `clio retry` would run, should this process be killed and never start again.
fn typed(function: &str, connection: &str) -> Vec<String> {
    let typed = ["run", function, "--connection", connection, "--input", "-"];
    typed.map(str::to_owned).to_vec()
}

fn came_to(what: &str, ended: Ended<'_>, again: bool) -> Outcome {
    let mut told = outcome::without_secrets(what, ended.told.clone());
    let outcome = match ended.failure() {
        None => Outcome::Done(told),
        Some(failure) => {
            told["message"] = failure.what().into();
            if let Some(next) = failure.next_step() {
                told["next"] = next.into();
            }
            let found = Found::of(&told);
            if found.is_transient && again {
                Outcome::Again {
                    code: found.code,
                    after: found.retry_after,
                    told,
                }
            } else {
                Outcome::Failed {
                    code: found.code,
                    told,
                }
            }
        }
    };
    let failed = ended.failure().is_some();
    if let Err(failure) = ended.settle()
        && !failed
    {
        tracing::error!("a place in the outbox is not given up: {}", failure.what());
    }
    outcome
}

/// What the envelope of a failed call says for programs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) code: String,
    pub(crate) is_transient: bool,
    pub(crate) retry_after: Option<Duration>,
}

impl Found {
    pub(crate) fn of(envelope: &Value) -> Self {
        let error = &envelope["error"];
        let text = |value: &Value| value.as_str().unwrap_or("other").to_owned();
        if let Some(failed) = error.get("execution_failed") {
            let cause = text(&failed["cause"]);
            return Self {
                is_transient: matches!(cause.as_str(), "deadline" | "internal"),
                code: format!("execution_failed:{cause}"),
                retry_after: None,
            };
        }
        let transient = error.get("transient");
        let problem = transient.or_else(|| error.get("permanent"));
        let problem = problem.unwrap_or(&Value::Null);
        let ms = &problem["retry_after_ms"];
        let ms = ms.as_u64().or_else(|| ms.as_str()?.parse().ok());
        Self {
            code: text(&problem["code"]),
            is_transient: transient.is_some(),
            retry_after: ms.map(Duration::from_millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failure_says_whether_it_passes_and_when() {
        let of = |error: Value| Found::of(&json!({ "error": error }));
        let limited = of(json!({"transient": {"code": "rate_limited", "retry_after_ms": 1500}}));
        assert!(limited.is_transient);
        assert_eq!(limited.code, "rate_limited");
        assert_eq!(limited.retry_after, Some(Duration::from_millis(1500)));
        let refused = of(json!({"permanent": {"code": "ambiguous"}}));
        assert!(!refused.is_transient);
        assert_eq!(
            (refused.code.as_str(), refused.retry_after),
            ("ambiguous", None)
        );
        let late = of(json!({"execution_failed": {"cause": "deadline"}}));
        assert!(late.is_transient);
        assert_eq!(late.code, "execution_failed:deadline");
        assert!(!of(json!({"execution_failed": {"cause": "trap"}})).is_transient);
        assert_eq!(of(json!({"busy": 3})).code, "other");
    }
}
