//! Calls of actions: a run each, whose caller waits for its end, or follows it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use clio_runner::journal::runs::{Class, NewRun, Run, Status};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::actions::{self, Function};
use super::asked::{self, Waits};
use super::{connections, runs};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::Service;
use crate::uploads;
use crate::work::call::{Asked, Found};

/// How often the row of a run is looked at that another process may carry out.
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new().route("/v1/connections/{connection}/calls/{function}", post(call))
}

async fn call(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path((connection, function)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let function = Function::named(&function)?;
    let reads = function.action.hints.read_only;
    caller.may(
        actions::right(&function.action, function.described()),
        &connection,
    )?;
    let owner = connections::owner(&service, &connection).await?;
    let once = asked::once(&headers, &caller, &connection, &owner)?;
    let waits = Waits::of(&headers);
    let input = asked::json(&headers, body).await?;
    // They are opened again when the call is made. What is wrong is told now.
    uploads::opened(&service, &connection, &input)?;
    let asked = Asked {
        action: function.action.name.clone(),
        function: function.described().name.clone(),
        again: waits != Waits::ToTheEnd,
        input,
    };
    let class = match waits {
        Waits::No => Class::Bulk,
        Waits::ToTheEnd | Waits::For(_) => Class::Interactive,
    };
    let id = add(&service, &connection, &owner, &asked, reads, class, once).await?;
    let run = ended(&service, &id, waits).await?;
    let mut answer = answer(&service, &run)?;
    let applied = waits
        .applied()
        .map(|applied| HeaderValue::from_str(&applied));
    if let Some(Ok(applied)) = applied {
        answer.headers_mut().insert("preference-applied", applied);
    }
    Ok(answer)
}

/// Adds the run of a call, or finds the one that the same request made before.
async fn add(
    service: &Arc<Service>,
    connection: &str,
    owner: &str,
    asked: &Asked,
    reads: bool,
    class: Class,
    once: Option<[String; 5]>,
) -> Result<String, Problem> {
    let what = format!("{}.{}", asked.action, asked.function);
    let written = serde_json::to_vec(asked)
        .map_err(|_| Problem::invalid("the input cannot be written down"))?;
    let input = asked.input.to_string();
    let source_id = asked.input.get("source_id").and_then(Value::as_str);
    // Two of one thing do not run at once: the second would wait for the first in
    // a place that others could run in.
    let lane = [owner, what.as_str(), source_id.unwrap_or(&input)];
    let once: Vec<&str> = once.iter().flatten().map(String::as_str).collect();
    let run = NewRun {
        connection,
        owner,
        kind: "call",
        what: &what,
        class,
        lane: if reads { &[] } else { &lane },
        ordered: false,
        once: &once,
        due: 0,
        asked: &written,
    };
    let (id, is_new) = service.add(run).await?;
    if !is_new && !is_the_same(service, &id, asked)? {
        return Err(asked::another());
    }
    let uploads = uploads::named(&asked.input);
    service.journal.use_uploads(&id, &uploads)?;
    Ok(id)
}

/// Whether a run was asked with the same, however its caller waits now.
fn is_the_same(service: &Service, id: &str, asked: &Asked) -> Result<bool, Problem> {
    let before = service.journal.run_asked(id)?;
    let before = before.and_then(|before| serde_json::from_slice::<Asked>(&before).ok());
    Ok(before.is_some_and(|before| {
        let of = |asked: &Asked| (asked.action.clone(), asked.function.clone());
        of(&before) == of(asked) && before.input == asked.input
    }))
}

/// Waits for the end of a run as its caller does, and returns it as it stands then.
pub(crate) async fn ended(service: &Service, id: &str, waits: Waits) -> Result<Run, Problem> {
    let mut news = service.news.subscribe();
    let now = tokio::time::Instant::now();
    let until = match waits {
        Waits::ToTheEnd => None,
        Waits::For(wait) => now.checked_add(wait),
        Waits::No => Some(now),
    };
    loop {
        let run = service.journal.run(id)?;
        let run = run.ok_or_else(|| Problem::not_found("run of that id"))?;
        let over = until.is_some_and(|until| until <= tokio::time::Instant::now());
        // What is handed back another process carries out.
        let back = service.stop.is_cancelled() && run.status == Status::Waiting;
        if run.status.has_ended() || over || back {
            return Ok(run);
        }
        let look = tokio::time::Instant::now() + LOOK;
        let look = until.map_or(look, |until| until.min(look));
        loop {
            tokio::select! {
                told = news.recv() => match told {
                    Ok(told) if told.id != id => continue,
                    _ => break,
                },
                () = tokio::time::sleep_until(look) => break,
            }
        }
    }
}

/// What a run is answered with: its result, its failure, or itself to be followed.
pub(crate) fn answer(service: &Service, run: &Run) -> Result<Response, Problem> {
    let told = runs::came_to(service, run)?;
    let mut answer = match run.status {
        Status::Done => Json(told.unwrap_or(Value::Null)).into_response(),
        Status::Failed => {
            let told = told.unwrap_or_else(|| json!({ "message": "the run failed" }));
            failed(&run.code, told)
                .with("run", run.id.as_str())
                .into_response()
        }
        Status::Cancelled => Problem::new(StatusCode::CONFLICT, "cancelled", "it was cancelled")
            .with("run", run.id.as_str())
            .into_response(),
        Status::Waiting | Status::Running => {
            let mut answer = (StatusCode::ACCEPTED, Json(runs::summary(run))).into_response();
            if let Ok(location) = HeaderValue::from_str(&format!("/v1/runs/{}", run.id)) {
                answer.headers_mut().insert(header::LOCATION, location);
            }
            answer
        }
    };
    if let Ok(id) = HeaderValue::from_str(&run.id) {
        answer.headers_mut().insert("clio-run", id);
    }
    Ok(answer)
}

/// The problem around what a failed call came to: the action's own error stands in
/// it as `error`.
pub(crate) fn failed(code: &str, mut told: Value) -> Problem {
    let found = Found::of(&told);
    let detail = match told.get_mut("message").map(Value::take) {
        Some(Value::String(message)) => message,
        _ => "the call failed".to_owned(),
    };
    let mut problem = Problem::new(status(code, &found), code.to_owned(), detail);
    if let Value::Object(members) = told {
        for (name, value) in members {
            if !matches!(name.as_str(), "message") {
                problem = problem.with(&name, value);
            }
        }
    }
    match found.retry_after {
        Some(wait) => problem.retry_after(wait.as_millis().div_ceil(1000) as u64),
        None => problem,
    }
}

/// The status of what a call failed with. One of another's making is no 404: what
/// the request's own address names is there.
fn status(code: &str, found: &Found) -> StatusCode {
    match code {
        "rate_limited" => StatusCode::TOO_MANY_REQUESTS,
        "unexpected_answer" => StatusCode::BAD_GATEWAY,
        "unavailable" if !found.is_transient => StatusCode::BAD_GATEWAY,
        "unavailable" | "upload_incomplete" => StatusCode::SERVICE_UNAVAILABLE,
        "not_connected" | "forbidden" | "ambiguous" | "conflict" | "removed"
        | "another_account" => StatusCode::CONFLICT,
        "execution_failed:deadline" => StatusCode::GATEWAY_TIMEOUT,
        "failed" => StatusCode::INTERNAL_SERVER_ERROR,
        code if code.starts_with("execution_failed") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
