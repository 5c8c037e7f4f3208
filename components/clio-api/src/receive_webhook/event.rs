//! Events: what a signed body tells.
//!
//! `{"data": {"id": 152, …}, "meta": {"event": "updated", "webhook_id": 12}}`.
//! The model is not told: it is the subscription's.

use alloc::borrow::ToOwned as _;
use alloc::string::ToString as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    Event, EventKind, KnownMatter, ReceiveRequest, Refusal, StageTransition, StatusTransition,
    Subscription, fits,
};
use crate::upload_document::digest::hex;

/// Reads the body. `signers` are the subscriptions that its signature fits.
pub(super) fn read(request: &ReceiveRequest, signers: &[&Subscription]) -> Result<Event, Refusal> {
    let body: Value = serde_json::from_str(&request.body).map_err(|_| Refusal::Malformed)?;
    let (data, meta) = (body.get("data"), body.get("meta"));
    let data = data.filter(|it| it.is_object()).ok_or(Refusal::Malformed)?;
    let id = data.get("id").and_then(id_of).ok_or(Refusal::Malformed)?;
    let kind = meta
        .and_then(|it| it.get("event")?.as_str())
        .and_then(EventKind::parse)
        .ok_or(Refusal::Malformed)?;
    // Signed for one subscription, a body cannot speak for another.
    let named = meta.and_then(|it| it.get("webhook_id")).and_then(id_of);
    let subscription = match named {
        Some(id) => signers
            .iter()
            .find(|it| fits(it, id))
            .ok_or(Refusal::WrongSignature)?,
        None => signers.first().ok_or(Refusal::WrongSignature)?,
    };
    let known = request
        .last_known
        .iter()
        .find(|it| subscription.model == "matter" && it.id == id);
    Ok(Event {
        subscription: subscription.id.or(named),
        model: subscription.model.clone(),
        id,
        kind,
        told: data.to_string(),
        digest: hex(&Sha256::digest(request.body.as_bytes())),
        status: known.and_then(|known| status(known, kind, data)),
        stage: known.and_then(|known| stage(known, data)),
    })
}

/// Ids are numbers; those of calendar entries come as strings.
fn id_of(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|it| it.parse().ok()))
}

/// The change of status, where one is told: by its field, or by the event.
fn status(known: &KnownMatter, kind: EventKind, data: &Value) -> Option<StatusTransition> {
    let by_event = match kind {
        EventKind::MatterOpened => Some("Open"),
        EventKind::MatterPended => Some("Pending"),
        EventKind::MatterClosed => Some("Closed"),
        EventKind::Created | EventKind::Updated | EventKind::Deleted => None,
    };
    let after = data.get("status").and_then(Value::as_str).or(by_event)?;
    let before = known.status.as_deref()?;
    // Answers write `Open`, requests `open`: the same status.
    (!before.eq_ignore_ascii_case(after)).then(|| StatusTransition {
        before: before.to_owned(),
        after: after.to_owned(),
    })
}

/// The change of stage, where the stage is told. `null` is no stage.
fn stage(known: &KnownMatter, data: &Value) -> Option<StageTransition> {
    let after = match data.get("matter_stage")? {
        Value::Null => None,
        stage => Some(stage.get("id").and_then(id_of)?),
    };
    (known.stage != after).then_some(StageTransition {
        before: known.stage,
        after,
    })
}
