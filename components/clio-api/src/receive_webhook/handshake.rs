//! Handshakes: Clio sends a secret and wants it back.
//!
//! Anyone can send one. So it is answered only where a subscription is pending,
//! and where its secret is known, only with that.

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;

use serde_json::Value;

use super::{Handshake, ReceiveRequest, Refusal, Subscription, SubscriptionState, fits, signature};

pub(super) fn answer(request: &ReceiveRequest, secret: &str) -> Result<Handshake, Refusal> {
    if secret.is_empty() {
        return Err(Refusal::NobodyWaits);
    }
    // The body names the subscription, at least where the guide is followed.
    let named = serde_json::from_str::<Value>(&request.body)
        .ok()
        .and_then(|body| body.get("data")?.get("webhook_id")?.as_u64());
    let waiting: Vec<&Subscription> = request
        .subscriptions
        .iter()
        .filter(|it| it.state == SubscriptionState::Pending)
        .filter(|it| named.is_none_or(|id| fits(it, id)))
        .collect();
    let known = waiting.iter().find(|it| {
        it.secret
            .as_ref()
            .is_some_and(|own| signature::same(own, secret))
    });
    let mut unknown = waiting.iter().filter(|it| it.secret.is_none());
    let (subscription, known) = match (known, unknown.next(), unknown.next()) {
        (Some(it), _, _) => (it.id.or(named), true),
        (None, Some(it), None) => (it.id.or(named), false),
        (None, Some(_), Some(_)) => (named, false),
        (None, None, _) => return Err(Refusal::NobodyWaits),
    };
    Ok(Handshake {
        subscription,
        answer: secret.to_owned(),
        known,
    })
}
