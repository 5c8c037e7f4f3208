//! The actions of `webhooks` as a component: types in, types out. All that
//! matters stands in `clio_api::webhooks`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("keep-webhooks");

use clio_api::webhooks as api;
use clio_guest::WasiTransport;
use exports::clio::actions::types;
use exports::clio::actions::webhooks as wit;

struct Webhooks;

impl wit::Guest for Webhooks {
    fn ensure(request: wit::EnsureRequest) -> Result<wit::EnsureOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::EnsureRequest {
            url: request.url,
            model: model(request.model),
            fields: request.fields,
            events: request.events.into_iter().map(event).collect(),
            renew_within_hours: request.renew_within_hours,
        };
        let outcome = api::ensure(&mut transport, &request).map_err(refuse)?;
        Ok(match outcome {
            api::EnsureOutcome::Subscribed(it) => wit::EnsureOutcome::Subscribed(wit::Subscribed {
                id: it.webhook.id,
                status: status(it.webhook.status),
                secret: it.webhook.secret,
                expires_at: it.webhook.expires_at,
                change: match it.change {
                    api::Change::Created => wit::Change::Created,
                    api::Change::Linked => wit::Change::Linked,
                    api::Change::Renewed => wit::Change::Renewed,
                    api::Change::Recreated => wit::Change::Recreated,
                },
                others: it.others,
            }),
            api::EnsureOutcome::Unavailable { status, message } => {
                wit::EnsureOutcome::Unavailable(wit::Unavailable {
                    fallback: wit::Fallback::MatterWebhookAndPolling,
                    status,
                    message,
                })
            }
        })
    }

    fn list(request: wit::ListRequest) -> Result<wit::ListOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let found = api::list(&mut transport, request.url.as_deref()).map_err(refuse)?;
        Ok(wit::ListOutcome {
            webhooks: found.into_iter().map(webhook).collect(),
        })
    }

    fn remove(request: wit::RemoveRequest) -> Result<wit::RemoveOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let removed = api::remove(&mut transport, request.id).map_err(refuse)?;
        Ok(wit::RemoveOutcome { removed })
    }
}

export!(Webhooks);

clio_guest::contract_error!(types);

fn webhook(webhook: api::Webhook) -> wit::Webhook {
    wit::Webhook {
        id: webhook.id,
        url: webhook.url,
        model: webhook.model,
        fields: webhook.fields,
        events: webhook.events,
        status: status(webhook.status),
        secret: webhook.secret,
        expires_at: webhook.expires_at,
        expired: webhook.expired,
    }
}

fn status(status: api::Status) -> wit::WebhookStatus {
    match status {
        api::Status::Pending => wit::WebhookStatus::Pending,
        api::Status::Enabled => wit::WebhookStatus::Enabled,
        api::Status::Suspended => wit::WebhookStatus::Suspended,
    }
}

fn model(model: wit::WebhookModel) -> api::Model {
    match model {
        wit::WebhookModel::Activity => api::Model::Activity,
        wit::WebhookModel::Bill => api::Model::Bill,
        wit::WebhookModel::CalendarEntry => api::Model::CalendarEntry,
        wit::WebhookModel::ClioPaymentsPayment => api::Model::ClioPaymentsPayment,
        wit::WebhookModel::Communication => api::Model::Communication,
        wit::WebhookModel::Contact => api::Model::Contact,
        wit::WebhookModel::Document => api::Model::Document,
        wit::WebhookModel::Folder => api::Model::Folder,
        wit::WebhookModel::Matter => api::Model::Matter,
        wit::WebhookModel::Task => api::Model::Task,
    }
}

fn event(event: wit::WebhookEvent) -> api::Event {
    match event {
        wit::WebhookEvent::Created => api::Event::Created,
        wit::WebhookEvent::Updated => api::Event::Updated,
        wit::WebhookEvent::Deleted => api::Event::Deleted,
        wit::WebhookEvent::MatterOpened => api::Event::MatterOpened,
        wit::WebhookEvent::MatterPended => api::Event::MatterPended,
        wit::WebhookEvent::MatterClosed => api::Event::MatterClosed,
    }
}
