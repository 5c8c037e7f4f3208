//! Webhooks: `webhooks.ensure`, `webhooks.list` and `webhooks.remove`.
//!
//! Subscriptions die silently: after three days unless a later end is asked
//! for, after 31 in any case, and after repeated failures of the receiver. So
//! `ensure` is called again and again, and looks before it makes another.

use crate::prelude::*;
mod check;
mod ensure;
mod list;
#[cfg(test)]
mod tests;
mod wire;

pub use ensure::ensure;
pub use list::{list, remove};

/// The models that Clio tells about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Time and expense entries.
    Activity,
    /// Bills.
    Bill,
    /// Calendar entries.
    CalendarEntry,
    /// Payments; created and updated alone.
    ClioPaymentsPayment,
    /// Communications.
    Communication,
    /// Contacts.
    Contact,
    /// Documents. An account may not have these yet.
    Document,
    /// Folders. An account may not have these yet.
    Folder,
    /// Matters.
    Matter,
    /// Tasks.
    Task,
}

impl Model {
    /// As Clio writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Bill => "bill",
            Self::CalendarEntry => "calendar_entry",
            Self::ClioPaymentsPayment => "clio_payments_payment",
            Self::Communication => "communication",
            Self::Contact => "contact",
            Self::Document => "document",
            Self::Folder => "folder",
            Self::Matter => "matter",
            Self::Task => "task",
        }
    }
}

/// The events that Clio tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A record was made.
    Created,
    /// A record was changed.
    Updated,
    /// A record was deleted.
    Deleted,
    /// A matter became open.
    MatterOpened,
    /// A matter became pending.
    MatterPended,
    /// A matter became closed.
    MatterClosed,
}

impl Event {
    /// As Clio writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::MatterOpened => "matter_opened",
            Self::MatterPended => "matter_pended",
            Self::MatterClosed => "matter_closed",
        }
    }
}

/// The subscription that should stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnsureRequest {
    /// Where deliveries go.
    pub url: String,
    /// What it is about.
    pub model: Model,
    /// The fields to tell, as Clio writes them.
    pub fields: String,
    /// The events to tell of. Empty: those that every record has.
    pub events: Vec<Event>,
    /// Renew it when it expires within so many hours. Absent: 168.
    pub renew_within_hours: Option<u32>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnsureOutcome {
    /// It stands.
    Subscribed(Subscribed),
    /// The account has no webhooks for this model.
    Unavailable {
        /// The HTTP status of Clio's refusal.
        status: u16,
        /// What to do, for people.
        message: String,
    },
}

/// A subscription that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// The subscription.
    pub webhook: Webhook,
    /// What this call did.
    pub change: Change,
    /// Other subscriptions for the same, oldest first.
    pub others: Vec<u64>,
}

/// What a call did to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It made it.
    Created,
    /// It found it.
    Linked,
    /// It found it and renewed it.
    Renewed,
    /// It made it in place of one that was suspended or had expired.
    Recreated,
}

/// Whether a subscription delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not before its receiver confirms the handshake.
    Pending,
    /// It does.
    Enabled,
    /// Clio gave it up.
    Suspended,
}

/// A subscription as it stands in Clio.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: u64,
    /// Where deliveries go.
    pub url: String,
    /// Its model by Clio's name.
    pub model: String,
    /// The fields that it tells.
    pub fields: String,
    /// Its events by Clio's names.
    pub events: Vec<String>,
    /// Whether it delivers.
    pub status: Status,
    /// Its secret, where Clio shows it.
    pub secret: Option<String>,
    /// When Clio ends it, as RFC 3339.
    pub expires_at: Option<String>,
    /// Whether it has ended by Clio's clock.
    pub expired: bool,
}

/// Without the secret, and without the URL, which may hold one.
impl core::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("model", &self.model)
            .field("status", &self.status)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
