//! Subscriptions as they stand in requests and answers.

use crate::prelude::*;
use alloc::collections::BTreeSet;
use core::ops::ControlFlow;

use clio_types::webhooks::{Webhook, WebhookStatus as Status};
use serde::{Deserialize, Serialize};

use super::check::{Wanted, same_fields};
use crate::Instant;
use crate::answer::ApiError;
use crate::client::Client;
use crate::fields::{Fields, fields};
use crate::ids::WebhookId;
use crate::query::Query;
use crate::transport::Transport;

/// What a look reads, and a write reads back.
pub(super) const SHOWN: Fields = fields!(
    id,
    url,
    model,
    fields,
    events,
    status,
    shared_secret,
    expires_at
);

/// A subscription in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: WebhookId,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    fields: Option<String>,
    #[serde(default)]
    events: Option<Vec<String>>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    shared_secret: Option<String>,
    #[serde(default)]
    expires_at: Option<String>,
}

impl Row {
    /// Whether it is for what is wanted. Events and fields that Clio does not
    /// tell are no others: every call would make one subscription more.
    pub(super) fn fits(&self, wanted: &Wanted<'_>) -> bool {
        let same_events = |events: &Vec<String>| {
            let events = events.iter().map(String::as_str);
            events.collect::<BTreeSet<_>>() == wanted.events
        };
        let fields = self.fields.as_deref();
        self.url.as_deref() == Some(wanted.url)
            && self.model.as_deref() == Some(wanted.model.name())
            && self.events.as_ref().is_none_or(same_events)
            && fields.is_none_or(|fields| same_fields(fields, wanted.fields))
    }

    pub(super) fn status(&self) -> Status {
        match self.status.as_deref() {
            Some("suspended") => Status::Suspended,
            Some("enabled") => Status::Enabled,
            // What is not said to deliver is not counted on.
            _ => Status::Pending,
        }
    }

    pub(super) fn secret(&self) -> Option<String> {
        self.shared_secret
            .clone()
            .filter(|secret| !secret.is_empty())
    }

    pub(super) fn expires(&self) -> Option<Instant> {
        self.expires_at.as_deref().and_then(Instant::parse)
    }

    fn expired(&self, now: Instant) -> bool {
        self.expires().is_some_and(|at| at <= now)
    }

    /// Whether it delivers, or will once it is confirmed.
    pub(super) fn is_alive(&self, now: Instant) -> bool {
        self.status() != Status::Suspended && !self.expired(now)
    }

    pub(super) fn into_webhook(self, now: Instant) -> Webhook {
        Webhook {
            id: self.id.0,
            status: self.status(),
            expired: self.expired(now),
            secret: self.secret(),
            expires_at: self.expires().map(|at| at.to_string()),
            url: self.url.unwrap_or_default(),
            model: self.model.unwrap_or_default(),
            fields: self.fields.unwrap_or_default(),
            events: self.events.unwrap_or_default(),
        }
    }
}

/// The body that creates a subscription.
#[derive(Debug, Serialize)]
pub(super) struct NewWebhook<'r> {
    pub(super) url: &'r str,
    pub(super) model: &'static str,
    pub(super) fields: &'r str,
    pub(super) events: &'r BTreeSet<&'static str>,
    pub(super) expires_at: String,
}

/// The body that renews one.
#[derive(Debug, Serialize)]
pub(super) struct Renewal {
    pub(super) expires_at: String,
}

/// All subscriptions, oldest first, and Clio's time: expiry is by its clock, and
/// the local one may be off.
pub(super) fn all<T: Transport>(
    client: &mut Client<'_, T>,
) -> Result<(Vec<Row>, Instant), ApiError> {
    let mut rows = Vec::new();
    let mut now = client.transport.now();
    let query = Query::new("webhooks.json").fields(SHOWN).by_id();
    client.dated_list("list the webhooks", query, &mut now, &mut |row: Row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, now))
}
