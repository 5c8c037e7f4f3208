//! A subscription to changes of one model.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use super::look::Seen;
use crate::fields::Selection;
use crate::switches::WebhookExpiry;
use crate::token::{Area, Token};
use crate::world::{Member, Resource, Stamp, View};

/// Whether a subscription delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WebhookStatus {
    /// Its handshake is not confirmed yet.
    Pending,
    Enabled,
    /// Given up after failures, or told to stop with 410.
    Suspended,
}

impl WebhookStatus {
    pub(crate) fn answer(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Enabled => "enabled",
            Self::Suspended => "suspended",
        }
    }
}

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) stamp: Stamp,
    pub(crate) url: String,
    pub(crate) model: String,
    pub(crate) fields: String,
    pub(crate) events: Vec<String>,
    pub(crate) status: WebhookStatus,
    pub(crate) secret: String,
    pub(crate) expires: Timestamp,
    /// `fields`, read.
    pub(crate) selection: Selection,
    /// Whose permissions decide what is shown.
    pub(crate) token: Token,
    /// The records of the model as they were at the last look.
    pub(crate) seen: BTreeMap<u64, Seen>,
}

impl Webhook {
    /// Whether it delivers now.
    pub(crate) fn live(&self, now: Timestamp) -> bool {
        self.status == WebhookStatus::Enabled && now < self.expires
    }

    /// The schema of a model's records, and the permission it needs.
    pub(crate) fn model_schema(model: &str) -> (&'static str, Option<Area>) {
        match model {
            "activity" => ("Activity", None),
            "bill" => ("Bill", None),
            "calendar_entry" => ("CalendarEntry", None),
            "clio_payments_payment" => ("ClioPaymentsPayment", None),
            "communication" => ("Communication", None),
            "contact" => ("Contact", Some(Area::Contacts)),
            "document" => ("Document", Some(Area::Documents)),
            "folder" => ("Folder", Some(Area::Documents)),
            "matter" => ("Matter", Some(Area::Matters)),
            _ => ("Task", None),
        }
    }
}

impl Resource for Webhook {
    fn stamp(&self) -> Option<&Stamp> {
        Some(&self.stamp)
    }

    fn member<'v>(&'v self, view: &'v View<'v>, name: &str) -> Member<'v> {
        match name {
            "url" => Member::text(&self.url),
            "fields" => Member::text(&self.fields),
            "shared_secret" => Member::text(&self.secret),
            "model" => Member::text(&self.model),
            "status" => Member::text(self.status.answer()),
            "events" => Member::Value(json!(self.events)),
            "expires_at" => match view.world.switches.webhook_expiry {
                WebhookExpiry::Told => view.instant(Some(self.expires)),
                WebhookExpiry::Null => Member::Value(serde_json::Value::Null),
            },
            "user" => view.me(),
            _ => Member::Absent,
        }
    }
}
