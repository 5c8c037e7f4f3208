//! What became of what was asked for: runs, their steps, and a person's word to end
//! or to try again.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::outbox::account_of;
use clio_runner::journal::runs::{Run, RunFilter, Status};
use clio_runner::journal::{AuditRow, JournalError, instant};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::outcome::without_secrets;
use crate::service::Service;

/// How many runs are listed where nobody says, and the most.
const LISTED: (u32, u32) = (50, 200);
/// The most steps of one run that are told, the newest.
const STEPS: u32 = 1_000;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/v1/runs", get(list))
        .route("/v1/runs/{id}", get(one))
        .route("/v1/runs/{id}/cancel", post(cancel))
        .route("/v1/runs/{id}/retry", post(retry))
        .route("/v1/connections/{connection}/runs/retry", post(retry_all))
}

/// A run as it is listed: without what its caller said or got.
pub(crate) fn summary(run: &Run) -> Value {
    let mut told = json!({
        "id": run.id,
        "connection": run.connection,
        "account": account_of(&run.owner),
        "kind": run.kind,
        "what": run.what,
        "status": run.status,
        "attempts": run.attempts,
        "created": instant(run.created),
        "updated": instant(run.updated),
    });
    if !run.code.is_empty() {
        told["code"] = run.code.clone().into();
    }
    if run.status == Status::Waiting && run.due > 0 {
        told["due"] = instant(run.due).into();
    }
    told
}

/// A run with what it came to, and its steps.
pub(crate) fn whole(service: &Service, run: &Run) -> Result<Value, JournalError> {
    let mut told = summary(run);
    if let Some(came_to) = came_to(service, run)? {
        let member = match run.status {
            Status::Done => "result",
            // What waits to be run again has failed before.
            _ => "error",
        };
        told[member] = came_to;
    }
    let steps = service.journal.run_rows(&run.id, STEPS)?;
    told["steps"] = steps.iter().map(AuditRow::told).collect();
    Ok(told)
}

/// What a run came to the last time.
pub(crate) fn came_to(service: &Service, run: &Run) -> Result<Option<Value>, JournalError> {
    let told = service.journal.run_told(&run.id)?;
    // Written by us alone; an earlier one may have kept more than this one does.
    let told = told.and_then(|told| serde_json::from_slice(&told).ok());
    Ok(told.map(|told| without_secrets(&run.what, told)))
}

/// A run that the caller may see.
pub(crate) async fn of(
    service: &Service,
    caller: &Caller,
    id: &str,
    right: Right,
) -> Result<Run, Problem> {
    let absent = || Problem::not_found("run of that id");
    let run = service.run(id).await?.ok_or_else(absent)?;
    if !caller.key.connections.hold(&run.connection) {
        return Err(absent());
    }
    caller.may(right, &run.connection)?;
    Ok(run)
}

/// Which runs are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    connection: Option<String>,
    /// Several with commas between them.
    kind: Option<String>,
    status: Option<String>,
    since: Option<String>,
    until: Option<String>,
    /// The id of a run: only older ones.
    before: Option<String>,
    limit: Option<String>,
}

impl Asked {
    async fn filter(self, service: &Service, caller: &Caller) -> Result<RunFilter, Problem> {
        let at = |member: &str, text: Option<String>| match text {
            None => Ok(None),
            Some(text) => match text.parse::<Timestamp>() {
                Ok(at) => Ok(Some(at.as_millisecond())),
                Err(_) => Err(wrong(member, "an instant such as 2026-01-31T09:00:00Z")),
            },
        };
        let connections = match self.connection {
            None if caller.key.rights.contains(&Right::Read) => caller.connections(),
            None => return Err(Problem::forbidden("the key has no right to read")),
            Some(connection) => {
                caller.may(Right::Read, &connection)?;
                Some(vec![connection])
            }
        };
        let status = match self.status {
            None => None,
            Some(word) => Some(Status::of(&word).ok_or_else(|| {
                let words = Status::ALL.map(Status::word).join(", ");
                wrong("status", &format!("one of {words}"))
            })?),
        };
        let before = match self.before {
            None => None,
            Some(id) => Some(of(service, caller, &id, Right::Read).await?.seq),
        };
        let (usual, most) = LISTED;
        let limit = self.limit.map(|limit| limit.parse::<u32>());
        let limit = match limit {
            None => usual,
            Some(Ok(limit)) if (1..=most).contains(&limit) => limit,
            Some(_) => return Err(wrong("limit", &format!("a number from 1 to {most}"))),
        };
        let kinds = self.kind.unwrap_or_default();
        let kinds = kinds.split(',').filter(|kind| !kind.is_empty());
        Ok(RunFilter {
            connections,
            kinds: kinds.map(str::to_owned).collect(),
            status,
            before,
            since: at("since", self.since)?,
            until: at("until", self.until)?,
            limit,
            ..RunFilter::default()
        })
    }
}

fn wrong(member: &str, is: &str) -> Problem {
    Problem::invalid(format!("{member} is {is}"))
}

async fn list(
    State(service): State<Arc<Service>>,
    caller: Caller,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Ok(Query(asked)) = asked else {
        return Err(Problem::invalid(
            "the query is not understood; it has connection, kind, status, since, until, before \
             and limit, each once",
        ));
    };
    let filter = asked.filter(&service, &caller).await?;
    let most = filter.limit;
    let runs = service.runs(filter).await?;
    let mut told = json!({ "runs": runs.iter().map(summary).collect::<Vec<_>>() });
    if let Some(last) = runs.last()
        && u32::try_from(runs.len()) == Ok(most)
    {
        told["before"] = last.id.clone().into();
    }
    Ok(Json(told))
}

async fn one(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let run = of(&service, &caller, &id, Right::Read).await?;
    Ok(Json(whole(&service, &run)?))
}

async fn cancel(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let run = of(&service, &caller, &id, Right::Write).await?;
    if !service.journal.cancel_run(&id)? {
        return Err(conflict(
            &run,
            "nothing is left to cancel: the run has ended",
        ));
    }
    changed(&service, &run)
}

async fn retry(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let run = of(&service, &caller, &id, Right::Write).await?;
    if !service.journal.retry_run(&id)? {
        return Err(conflict(
            &run,
            "only what failed, was cancelled or waits is tried again",
        ));
    }
    changed(&service, &run)
}

/// Answers with the run as it stands now. What was asked is not done by then: it
/// runs, or it ends, in its time.
fn changed(service: &Service, run: &Run) -> Result<(StatusCode, Json<Value>), Problem> {
    service.tell(&run.id, &run.connection, "");
    service.wake.notify_one();
    let run = service.journal.run(&run.id)?;
    let run = run.ok_or_else(|| Problem::not_found("run of that id"))?;
    Ok((StatusCode::ACCEPTED, Json(summary(&run))))
}

fn conflict(run: &Run, detail: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "conflict", detail).with("status_of_run", run.status.word())
}

async fn retry_all(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.may(Right::Write, &connection)?;
    let retried = service.journal.retry_failed(&connection)?;
    service.wake.notify_one();
    Ok((StatusCode::ACCEPTED, Json(json!({ "retried": retried }))))
}
