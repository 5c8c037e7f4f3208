//! Webhooks: Clio tells, and is asked to go on telling.
//!
//! Each connection has an address for each model ([`MODELS`]). A delivery to it is
//! checked by the action `receive-webhook`, stored as a run, and only then answered
//! ([`receive`], [`store`]); what it leads to is [`crate::events`]'s. The
//! subscriptions behind the addresses are looked after by runs of their own
//! ([`subscribe`], [`keep_alive`]).
//!
//! What must stay true: nothing of a delivery is believed before its signature is;
//! no event is answered with 200 that is not stored; a repeat is stored once; a
//! subscription's secret comes from Clio's answer, lies in the vault alone, and is
//! never taken over from who calls, nor handed out to one.

mod keep_alive;
mod receive;
mod secret;
mod show;
mod store;
mod subscribe;

use std::sync::Arc;

use axum::Router;
use axum::extract::Extension;
use axum::routing::{get, post};
use clio_host::actions::webhooks::WebhookModel;
use clio_runner::failure::Failure;
use clio_runner::journal::runs::Run;
use serde_json::Value;

use crate::events;
use crate::outcome::Outcome;
use crate::service::Service;

pub(crate) use keep_alive::keep_alive;

/// What is subscribed to, for a connection.
#[derive(Debug)]
struct Model {
    name: &'static str,
    model: WebhookModel,
    /// What is told of a record. With its `etag`, no two changes are told by the
    /// same bytes, and what has the same bytes is a repeat.
    fields: &'static str,
}

const MODELS: [Model; 3] = [
    Model {
        name: "contact",
        model: WebhookModel::Contact,
        fields: "id,etag,name,type,updated_at",
    },
    Model {
        name: "document",
        model: WebhookModel::Document,
        fields: "id,etag,name,matter{id},updated_at",
    },
    Model {
        name: "matter",
        model: WebhookModel::Matter,
        fields: "id,etag,status,matter_stage{id,name},updated_at",
    },
];

fn model(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.name == name)
}

/// Looks after a connection's subscriptions, once a call may have changed them.
pub(crate) fn look_anew(service: &Service, call: &Run) -> Result<(), Failure> {
    let Some(public_url) = &service.settings.public_url else {
        return Ok(());
    };
    let looks: Vec<_> = MODELS
        .iter()
        .map(|model| {
            let once = vec![
                "call".to_owned(),
                call.id.clone(),
                call.attempts.to_string(),
            ];
            keep_alive::look(&call.connection, &call.owner, model, public_url, once)
        })
        .collect();
    subscribe::add(service, &looks)
}

/// Carries out a run of the kind `delivery` or `webhook`.
pub(crate) async fn carry_out(
    service: &Arc<Service>,
    run: &Run,
    asked: Value,
) -> Result<Outcome, Failure> {
    match run.kind.as_str() {
        "delivery" => heard(service, run, &asked).await,
        _ => subscribe::look_after(service, run, &asked).await,
    }
}

/// Hands on what was told, if the connection still leads to the account that told.
async fn heard(service: &Arc<Service>, run: &Run, receipt: &Value) -> Result<Outcome, Failure> {
    let owner = service.owner(&run.connection).await?;
    if let Some(outcome) = service.another_account(run, owner.as_deref().unwrap_or_default())? {
        return Ok(outcome);
    }
    events::heard(service, run, receipt).await?;
    Ok(Outcome::Done(serde_json::json!({})))
}

pub(crate) fn routes() -> Router<Arc<Service>> {
    let desk = Arc::new(receive::Desk::default());
    Router::new()
        .route(
            "/hooks/{connection}/{nonce}",
            post(receive::receive).layer(Extension(desk)),
        )
        .route(
            "/v1/connections/{connection}/webhooks",
            get(show::list).post(show::look),
        )
}
