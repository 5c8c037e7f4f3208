//! The events and the inbox of a connection over HTTP.
//!
//! What must stay true: what is shown is of the account that the connection leads
//! to now. What a former account left is not there.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::inbox::{InboxFilter, InboxRow};
use clio_runner::journal::instant;
use http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{out, stream};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::Service;

/// The most that a list holds.
const MOST: u32 = 500;
/// What it holds unless it is asked otherwise.
const USUAL: u32 = 100;

pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/v1/connections/{connection}/events", get(events))
        .route("/v1/connections/{connection}/inbox", get(inbox))
        .route(
            "/v1/connections/{connection}/inbox/{id}/acknowledge",
            post(acknowledge),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    /// The id of the event after which the list goes on.
    after: Option<String>,
    limit: Option<u32>,
}

/// `GET …/events`: oldest first, or as they come.
async fn events(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
    query: Result<Query<EventsQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.may(Right::Read, &connection)?;
    let Query(query) = query.map_err(|error| Problem::invalid(error.body_text()))?;
    let owner = owner(&service, &connection).await?;
    let streamed = headers.get(header::ACCEPT).is_some_and(|accepted| {
        let accepted = accepted.to_str().unwrap_or_default();
        accepted.to_ascii_lowercase().contains("text/event-stream")
    });
    let last = headers.get("last-event-id");
    let last = last.and_then(|last| last.to_str().ok());
    if streamed {
        let after = match (last, query.after) {
            // What is no longer kept was before all that is. Repeats have their ids.
            (Some(id), _) => seq(&service, &connection, &owner, id)?.unwrap_or(0),
            (None, Some(id)) => seq(&service, &connection, &owner, &id)?.unwrap_or(0),
            (None, None) => service.journal.last_event(&connection)?,
        };
        let followed = stream::Followed {
            connection,
            owner,
            key: caller.key.id,
        };
        return Ok(stream::events(service, followed, after).into_response());
    }
    let after = match query.after {
        Some(id) => seq(&service, &connection, &owner, &id)?
            .ok_or_else(|| Problem::not_found("event of that id"))?,
        None => 0,
    };
    let limit = limit(query.limit)?;
    let found = service
        .journal
        .events_after(&connection, &owner, after, limit)?;
    let events: Vec<Value> = found.iter().map(out::as_json).collect();
    Ok(Json(json!({"events": events})).into_response())
}

/// The place of an event in the order of all, as long as it is kept.
fn seq(service: &Service, connection: &str, owner: &str, id: &str) -> Result<Option<i64>, Problem> {
    let event = service.journal.event(id)?;
    let event = event.filter(|event| event.connection == connection && event.owner == owner);
    Ok(event.map(|event| event.seq))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InboxQuery {
    /// Absent: both.
    acknowledged: Option<bool>,
    /// The id of the row before which the list goes on.
    before: Option<String>,
    limit: Option<u32>,
}

/// `GET …/inbox`: newest first.
async fn inbox(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
    query: Result<Query<InboxQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.may(Right::Read, &connection)?;
    let Query(query) = query.map_err(|error| Problem::invalid(error.body_text()))?;
    let owner = owner(&service, &connection).await?;
    let before = match query.before {
        Some(id) => Some(row(&service, &connection, &owner, &id)?.seq),
        None => None,
    };
    let filter = InboxFilter {
        acknowledged: query.acknowledged,
        before,
        limit: limit(query.limit)?,
    };
    let rows = service.journal.inbox(&connection, &owner, &filter)?;
    let rows: Vec<Value> = rows.iter().map(row_json).collect();
    Ok(Json(json!({"inbox": rows})))
}

/// `POST …/inbox/{id}/acknowledge`: a person has seen it.
async fn acknowledge(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path((connection, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    caller.may(Right::Write, &connection)?;
    let owner = owner(&service, &connection).await?;
    let name = &caller.key.name;
    if !service
        .journal
        .acknowledge(&connection, &owner, &id, name)?
    {
        return Err(Problem::not_found("row of that id in the inbox"));
    }
    let row = row(&service, &connection, &owner, &id)?;
    Ok(Json(row_json(&row)))
}

fn row(service: &Service, connection: &str, owner: &str, id: &str) -> Result<InboxRow, Problem> {
    let row = service.journal.inbox_row(connection, owner, id)?;
    row.ok_or_else(|| Problem::not_found("row of that id in the inbox"))
}

fn row_json(row: &InboxRow) -> Value {
    let said: Value = serde_json::from_slice(&row.said).unwrap_or_default();
    let mut json = json!({
        "id": row.id,
        "kind": row.kind,
        "created": instant(row.created),
        "data": said,
    });
    if let Some(at) = row.acknowledged {
        json["acknowledged"] = instant(at).into();
        json["acknowledged_by"] = row.acknowledged_by.as_deref().unwrap_or_default().into();
    }
    json
}

fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit),
        _ => Err(Problem::invalid(format!("limit is from 1 to {MOST}"))),
    }
}

async fn owner(service: &Service, connection: &str) -> Result<String, Problem> {
    let owner = service.owner(connection).await?;
    owner.ok_or_else(|| Problem::not_found("connection of that name"))
}
