//! Shows how the subscriptions of a connection stand, and looks after them now.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use clio_runner::account;
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::instant;
use clio_runner::vault;
use http::StatusCode;
use serde_json::{Value, json};

use super::{MODELS, keep_alive, subscribe};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::Service;

/// `GET /v1/connections/{connection}/webhooks`. No address is shown: who knows it
/// may knock.
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
) -> Result<Json<Value>, Problem> {
    caller.may(Right::Read, &connection)?;
    let known = service.journal.subscriptions(&connection)?;
    let shown: Vec<Value> = known
        .iter()
        .map(|known| {
            json!({
                "model": known.model,
                "status": known.standing.word(),
                "id": known.webhook,
                "expires_at": known.expires.map(instant),
                "checked_at": Some(known.checked).filter(|at| *at > 0).map(instant),
                "code": Some(&known.code).filter(|code| !code.is_empty()),
            })
        })
        .collect();
    Ok(Json(json!({"webhooks": shown})))
}

/// `POST /v1/connections/{connection}/webhooks`: looks after them now, as when
/// the application was given a permission that it lacked.
pub(super) async fn look(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(connection): Path<String>,
) -> Result<Response, Problem> {
    caller.may(Right::Admin, &connection)?;
    let Some(public_url) = &service.settings.public_url else {
        let detail = "the service was started without --public-url, so Clio cannot reach it";
        return Err(Problem::new(StatusCode::CONFLICT, "no_public_url", detail));
    };
    let (_, contents) = vault::read(&service.home).await?;
    let saved = contents.connections.get(&connection);
    let saved = saved.filter(|saved| saved.credentials.is_some());
    let Some(saved) = saved else {
        return Err(Problem::not_found("connection of that name"));
    };
    let owner = account::of(&connection, saved);
    // Who asks more often than once a second is answered by the same look.
    let second = jiff::Timestamp::now().as_second().to_string();
    let looks: Vec<_> = MODELS
        .iter()
        .map(|model| {
            let once = vec!["asked".to_owned(), second.clone()];
            keep_alive::look(&connection, &owner, model, public_url, once)
        })
        .collect();
    subscribe::add(&service, &looks)?;
    let models: Vec<&str> = MODELS.iter().map(|model| model.name).collect();
    Ok((StatusCode::ACCEPTED, Json(json!({"models": models}))).into_response())
}
