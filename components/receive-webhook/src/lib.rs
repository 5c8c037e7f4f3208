//! The action `webhook-events.receive` as a component: types in, types out. All
//! that matters stands in `clio_api::receive_webhook`.
//!
//! It imports nothing, not even time.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

use clio_guest_runtime as _;

wit_bindgen::generate!({
    world: "receive-webhook",
    path: "../../wit",
});

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;

use clio_api::receive_webhook as api;
use exports::clio::actions::types;
use exports::clio::actions::webhook_events as wit;

struct ReceiveWebhook;

impl wit::Guest for ReceiveWebhook {
    fn receive(request: wit::ReceiveRequest) -> Result<wit::Receipt, types::Error> {
        let request = api::Request {
            headers: request
                .headers
                .into_iter()
                .map(|header| (header.name, header.value))
                .collect(),
            body: request.body,
            subscriptions: request
                .subscriptions
                .into_iter()
                .map(subscription)
                .collect(),
            last_known: request
                .last_known
                .into_iter()
                .map(|matter| api::KnownMatter {
                    id: matter.id,
                    status: matter.status,
                    stage: matter.stage,
                })
                .collect(),
        };
        match api::receive(&request) {
            Ok(api::Receipt::Handshake(handshake)) => Ok(wit::Receipt::Handshake(wit::Handshake {
                subscription: handshake.subscription,
                answer: handshake.answer,
                known: handshake.known,
            })),
            Ok(api::Receipt::Event(event)) => Ok(wit::Receipt::Event(told(event))),
            Err(refusal) => Err(refuse(refusal)),
        }
    }
}

export!(ReceiveWebhook);

fn subscription(subscription: wit::Subscription) -> api::Subscription {
    api::Subscription {
        id: subscription.id,
        model: subscription.model,
        pending: matches!(subscription.state, wit::SubscriptionState::Pending),
        secret: subscription.secret,
    }
}

fn told(event: api::Event) -> wit::Event {
    wit::Event {
        subscription: event.subscription,
        model: event.model,
        id: event.id,
        kind: match event.kind {
            api::Kind::Created => wit::EventKind::Created,
            api::Kind::Updated => wit::EventKind::Updated,
            api::Kind::Deleted => wit::EventKind::Deleted,
            api::Kind::MatterOpened => wit::EventKind::MatterOpened,
            api::Kind::MatterPended => wit::EventKind::MatterPended,
            api::Kind::MatterClosed => wit::EventKind::MatterClosed,
        },
        told: event.told,
        digest: event.digest,
        status: event
            .status
            .map(|(before, after)| wit::StatusTransition { before, after }),
        stage: event
            .stage
            .map(|(before, after)| wit::StageTransition { before, after }),
    }
}

fn refuse(refusal: api::Refusal) -> types::Error {
    types::Error::Permanent(types::Problem {
        code: if refusal.forbidden() {
            types::ProblemCode::Forbidden
        } else {
            types::ProblemCode::InvalidInput
        },
        message: refusal.message().to_owned(),
        field: Some(refusal.field().to_owned()),
        status: None,
        clio_type: None,
        retry_after_ms: None,
        candidates: Vec::new(),
    })
}
