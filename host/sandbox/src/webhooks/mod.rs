//! Webhooks: who is told of which changes.
//!
//! Changes are found by looking, not by a call in every handler: after anything
//! that held the account, each subscription compares the records of its model
//! with what it saw before. So what an API client does, what a person does and
//! what happens by itself late are all told, and none can be forgotten.
//! `deliver` carries the messages.

pub(crate) mod look;
mod subscription;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Uri;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use subscription::{Webhook, WebhookStatus};

use crate::world::World;

/// Life of a subscription that names no `expires_at`.
pub(crate) const DEFAULT_LIFE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The longest life that may be asked for.
pub(crate) const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Attempts of one message; the failure of the last suspends the subscription.
const ATTEMPTS: u32 = 5;

/// The wait before the second attempt; it doubles from there.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(2);

/// One attempt to reach a receiver.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WebhookAttempt {
    /// The subscription.
    pub webhook: u64,
    /// `handshake`, or the event: `created`, `updated`, …
    pub event: String,
    /// 1 for the first attempt of a message.
    pub attempt: u32,
    /// When, by the sandbox's clock.
    pub at: Timestamp,
    /// The receiver's status; `None` when it was not reached in time.
    pub status: Option<u16>,
    /// What was sent.
    pub body: Value,
}

/// A message that waits for its time, or is on its way.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    number: u64,
    pub(crate) webhook: u64,
    /// `None`: the handshake.
    pub(crate) event: Option<String>,
    pub(crate) body: Bytes,
    attempt: u32,
    due: Timestamp,
    under_way: bool,
}

/// What a receiver answered.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    /// `X-Hook-Secret` of the answer.
    pub(crate) secret: Option<String>,
}

/// Subscriptions, their messages, and what became of them.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    pub(crate) subscriptions: BTreeMap<u64, Webhook>,
    waiting: Vec<Message>,
    last: u64,
    pub(crate) attempts: Vec<WebhookAttempt>,
    /// The account's revision and sizes when it was last looked at.
    mark: Option<[u64; 5]>,
}

impl Webhooks {
    fn push(&mut self, webhook: u64, event: Option<String>, body: &Value, due: Timestamp) {
        self.last += 1;
        self.waiting.push(Message {
            number: self.last,
            webhook,
            event,
            body: Bytes::from(body.to_string()),
            attempt: 1,
            due,
            under_way: false,
        });
    }

    /// Whether a message is due or on its way.
    pub(crate) fn busy(&self, now: Timestamp) -> bool {
        self.waiting.iter().any(|m| m.under_way || m.due <= now)
    }

    /// Whether a subscription's handshake has yet to be tried.
    pub(crate) fn shaking(&self, webhook: u64) -> bool {
        self.waiting
            .iter()
            .any(|m| m.webhook == webhook && m.event.is_none() && m.attempt == 1)
    }

    /// Puts a subscription's handshake on its way, in place of an older one.
    pub(crate) fn shake_hands(&mut self, webhook: u64, now: Timestamp) {
        self.waiting
            .retain(|m| m.webhook != webhook || m.event.is_some());
        let body = json!({"data": {"webhook_id": webhook}});
        self.push(webhook, None, &body, now);
    }

    /// Finds what changed since the last look and tells the subscribers.
    pub(crate) fn notice(&mut self, world: &World) {
        if self.subscriptions.is_empty() {
            return;
        }
        let mark = [
            world.revision(),
            world.contacts.len() as u64,
            world.matters.len() as u64,
            world.documents.len() as u64,
            world.folders.len() as u64,
        ];
        if self.mark == Some(mark) {
            return;
        }
        self.mark = Some(mark);
        let now = world.now();
        let mut subscriptions = std::mem::take(&mut self.subscriptions);
        for webhook in subscriptions.values_mut() {
            let events = webhook.look(world);
            if !webhook.live(now) {
                continue;
            }
            for (event, data) in events {
                if webhook.events.iter().any(|e| e == event) {
                    let id = webhook.stamp.id;
                    let body = json!({"data": data, "meta": {"event": event, "webhook_id": id}});
                    self.push(id, Some(event.to_owned()), &body, now);
                }
            }
        }
        self.subscriptions = subscriptions;
    }

    /// Takes the oldest message that is due. Those whose subscription ended
    /// meanwhile are dropped.
    pub(crate) fn next_message(&mut self, now: Timestamp) -> Option<(Message, Webhook)> {
        let webhooks = &self.subscriptions;
        self.waiting.retain(|m| {
            webhooks
                .get(&m.webhook)
                .is_some_and(|w| m.event.is_none() || w.live(now))
        });
        let message = self
            .waiting
            .iter_mut()
            .filter(|m| !m.under_way && m.due <= now)
            .min_by_key(|m| (m.due, m.number))?;
        message.under_way = true;
        let message = message.clone();
        let webhook = self.subscriptions.get(&message.webhook)?.clone();
        Some((message, webhook))
    }

    /// Books an attempt. 2xx and 3xx are well; 410 too, and ends the
    /// subscription; anything else is tried again, later each time.
    pub(crate) fn settle(
        &mut self,
        world: &mut World,
        message: &Message,
        sent: &Webhook,
        answer: Option<Received>,
    ) {
        let now = world.now();
        self.attempts.push(WebhookAttempt {
            webhook: message.webhook,
            event: message.event.clone().unwrap_or("handshake".to_owned()),
            attempt: message.attempt,
            at: now,
            status: answer.as_ref().map(|a| a.status),
            body: serde_json::from_slice(&message.body).unwrap_or_default(),
        });
        let status = answer.as_ref().map_or(0, |a| a.status);
        let end = match status {
            200..400 if message.event.is_none() => {
                let echoed = answer.and_then(|a| a.secret).as_ref() == Some(&sent.secret);
                (status == 200 && echoed).then_some(WebhookStatus::Enabled)
            }
            200..400 => None,
            410 => Some(WebhookStatus::Suspended),
            _ if message.attempt >= ATTEMPTS && message.event.is_none() => None,
            _ if message.attempt >= ATTEMPTS => Some(WebhookStatus::Suspended),
            _ => {
                for waiting in &mut self.waiting {
                    if waiting.number == message.number {
                        let wait = FIRST_WAIT * (1 << (message.attempt - 1));
                        waiting.attempt += 1;
                        waiting.due = now.checked_add(wait).unwrap_or(Timestamp::MAX);
                        waiting.under_way = false;
                    }
                }
                return;
            }
        };
        self.waiting.retain(|m| m.number != message.number);
        // A URL that was changed meanwhile has a handshake of its own.
        let current = self
            .subscriptions
            .get(&message.webhook)
            .is_some_and(|w| w.secret == sent.secret);
        if let Some(end) = end
            && current
        {
            self.set_status(world, message.webhook, end);
        }
    }

    /// Moves a subscription to a status.
    pub(crate) fn set_status(&mut self, world: &mut World, id: u64, status: WebhookStatus) {
        if let Some(webhook) = self.subscriptions.get_mut(&id) {
            webhook.status = status;
            world.touch(&mut webhook.stamp);
        }
    }
}

/// Whether a URL is one that a subscription may have: `https`, or `http` to
/// this machine, so that tests need no certificates.
pub(crate) fn acceptable(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else {
        return false;
    };
    match (url.scheme_str(), url.host()) {
        (Some("https"), Some(host)) => !host.is_empty(),
        (Some("http"), Some(host)) => {
            host == "localhost"
                || host
                    .trim_matches(['[', ']'])
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|a| a.is_loopback())
        }
        _ => false,
    }
}
