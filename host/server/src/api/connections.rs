//! What is connected, as far as the caller may know.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use clio_host::vault::SavedConnection;
use clio_runner::journal::api_keys::Right;
use clio_runner::{account, connections, vault};
use serde_json::{Value, json};

use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::Service;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/v1/connections", get(list))
        .route("/v1/connections/{connection}", get(one))
}

async fn list(State(service): State<Arc<Service>>, caller: Caller) -> Result<Json<Value>, Problem> {
    let (_, contents) = vault::read(&service.home).await?;
    let rows: Vec<Value> = contents
        .connections
        .iter()
        .filter(|(name, _)| caller.may(Right::Read, name).is_ok())
        .map(|(name, saved)| told(name, saved))
        .collect();
    Ok(Json(json!({ "connections": rows })))
}

async fn one(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
) -> Result<Json<Value>, Problem> {
    caller.may(Right::Read, &connection)?;
    let (_, contents) = vault::read(&service.home).await?;
    let saved = contents.connections.get(&connection).ok_or_else(absent)?;
    Ok(Json(told(&connection, saved)))
}

/// The account that a connection leads to, by its name. One that there is not, and
/// one that is not connected, are told.
pub(crate) async fn owner(service: &Service, connection: &str) -> Result<String, Problem> {
    let (_, contents) = vault::read(&service.home).await?;
    let saved = contents.connections.get(connection).ok_or_else(absent)?;
    if saved.credentials.is_none() {
        return Err(Problem::new(
            http::StatusCode::CONFLICT,
            "not_connected",
            "the connection has no tokens",
        )
        .with(
            "next",
            format!("run `{}`", account::reconnect(connection, Some(saved))),
        ));
    }
    Ok(account::of(connection, saved))
}

fn told(name: &str, saved: &SavedConnection) -> Value {
    let mut told = connections::told(name, saved);
    if let Some(members) = told.as_object_mut() {
        // The application's, which is no firm's business.
        members.remove("client_id");
    }
    told
}

fn absent() -> Problem {
    Problem::not_found("connection of that name")
}
