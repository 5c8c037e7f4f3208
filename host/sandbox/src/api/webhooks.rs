//! `/webhooks.json`: subscriptions. What they deliver stands in `webhooks`.

use jiff::Timestamp;

use super::Call;
use super::list::SortKey;
use crate::answer::{Answer, ApiError};
use crate::clock::parse_instant;
use crate::fields::Selection;
use crate::switches::{DocumentWebhooks, Handshake};
use crate::token::Access;
use crate::webhooks::{DEFAULT_LIFE, LONGEST_LIFE, Webhook, WebhookStatus, acceptable};
use crate::world::{Kind, Stamp, World};

/// The most characters of `fields`.
const FIELDS: usize = 1000;

pub(super) fn index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let rows: Vec<&Webhook> = call.webhooks.subscriptions.values().collect();
    call.list(rows, |_, _| SortKey::Nothing)
}

fn find(call: &Call<'_>) -> Result<Webhook, ApiError> {
    call.webhooks
        .subscriptions
        .get(&call.id())
        .cloned()
        .ok_or_else(|| ApiError::not_found("Webhook"))
}

pub(super) fn show(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let webhook = find(call)?;
    Ok(call.unless_known(&webhook))
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let now = call.world.now();
    let mut webhook = Webhook {
        stamp: call.world.stamp(Kind::Webhook),
        url: String::new(),
        model: String::new(),
        fields: String::new(),
        events: ["created", "updated", "deleted"]
            .map(str::to_owned)
            .to_vec(),
        status: WebhookStatus::Pending,
        secret: String::new(),
        expires: now.checked_add(DEFAULT_LIFE).unwrap_or(Timestamp::MAX),
        selection: Selection::default(),
        token: call.token.clone(),
        seen: std::collections::BTreeMap::new(),
    };
    apply(call, &mut webhook)?;
    call.webhooks
        .subscriptions
        .insert(webhook.stamp.id, webhook.clone());
    after(call, &webhook, true);
    Ok(call.single(201, &webhook))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut webhook = find(call)?;
    call.precondition(&webhook.stamp)?;
    let url = webhook.url.clone();
    apply(call, &mut webhook)?;
    call.world.touch(&mut webhook.stamp);
    call.webhooks
        .subscriptions
        .insert(webhook.stamp.id, webhook.clone());
    after(call, &webhook, webhook.url != url);
    Ok(call.single(200, &webhook))
}

/// A new URL is asked whether it wants what will come.
fn after(call: &mut Call<'_>, webhook: &Webhook, asked: bool) {
    if asked && call.world.switches.handshake != Handshake::Absent {
        let now = call.world.now();
        call.webhooks.shake_hands(webhook.stamp.id, now);
    }
}

fn apply(call: &mut Call<'_>, webhook: &mut Webhook) -> Result<(), ApiError> {
    let text = |value: Option<Option<String>>, name: &str| match value {
        Some(None) => Err(ApiError::invalid(format!("{name} can't be blank"))),
        Some(text) => Ok(text),
        None => Ok(None),
    };
    if let Some(url) = text(call.body.text("url"), "url")? {
        if !acceptable(&url) {
            return Err(ApiError::invalid("url must use https"));
        }
        if url != webhook.url {
            webhook.secret = secret(call.world, &webhook.stamp, &url);
            webhook.url = url;
            webhook.status = match call.world.switches.handshake {
                Handshake::Absent => WebhookStatus::Enabled,
                Handshake::AfterAnswer | Handshake::BeforeAnswer => WebhookStatus::Pending,
            };
        }
    }
    let model = text(call.body.text("model"), "model")?;
    let fields = text(call.body.text("fields"), "fields")?;
    let other = model.is_some() || fields.is_some();
    webhook.model = model.unwrap_or_else(|| webhook.model.clone());
    webhook.fields = fields.unwrap_or_else(|| webhook.fields.clone());
    if let Some(events) = call.body.take("events").filter(|events| !events.is_null()) {
        webhook.events =
            serde_json::from_value(events).map_err(|_| ApiError::invalid("events is invalid"))?;
    }
    let matter_events = webhook.events.iter().any(|e| e.starts_with("matter_"));
    if matter_events && webhook.model != "matter" {
        return Err(ApiError::invalid("events are invalid for the model"));
    }
    if webhook.model == "clio_payments_payment" && webhook.events.iter().any(|e| e == "deleted") {
        return Err(ApiError::invalid("events are invalid for the model"));
    }
    // Production clients send null: the default then.
    if let Some(at) = call.body.text("expires_at").flatten() {
        let at = parse_instant(&at).ok_or_else(|| ApiError::invalid("expires_at is invalid"))?;
        let life = call.world.now().duration_until(at);
        if life > LONGEST_LIFE || !life.is_positive() {
            return Err(ApiError::invalid(
                "expires_at must be in the future, and at most 31 days away",
            ));
        }
        webhook.expires = at;
    }
    if other {
        let (schema, area) = Webhook::model_schema(&webhook.model);
        offered(call, &webhook.model)?;
        if area.is_some_and(|a| !call.token.permissions.grant(a, Access::Read)) {
            return Err(ApiError::forbidden(
                "The application lacks the permission for this model",
            ));
        }
        if webhook.fields.chars().count() > FIELDS {
            return Err(ApiError::invalid("fields is too long"));
        }
        webhook.selection = Selection::parse(call.description, schema, Some(&webhook.fields))?;
        // What is there already is no news.
        webhook.look(call.world);
    }
    Ok(())
}

/// Whether the account has webhooks for a model. Those for documents and
/// folders are younger than the others.
fn offered(call: &Call<'_>, model: &str) -> Result<(), ApiError> {
    let young = matches!(model, "document" | "folder");
    match call.world.switches.document_webhooks {
        _ if !young => Ok(()),
        DocumentWebhooks::Offered => Ok(()),
        DocumentWebhooks::Unprocessable => Err(ApiError::invalid("model is invalid")),
        DocumentWebhooks::BadRequest => Err(ApiError::bad_request("model is invalid")),
        DocumentWebhooks::Forbidden => Err(ApiError::forbidden(
            "Webhooks for this model are not available",
        )),
    }
}

/// The secret of a subscription, which signs its messages: another one for each
/// address that it gets.
fn secret(world: &World, stamp: &Stamp, url: &str) -> String {
    let of = format!("webhook {} {} {url}", stamp.id, stamp.revision);
    let mut secret = crate::digest::hmac_hex(&world.secret, of.as_bytes());
    secret.truncate(40);
    secret
}

/// The later of the two ways to confirm: the secret that the handshake brought
/// is handed back. A path of the guide; the description lacks it.
pub(super) fn activate(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let webhook = find(call)?;
    let given = call.request.headers.get("x-hook-secret");
    if given.is_none_or(|g| g.as_bytes() != webhook.secret.as_bytes()) {
        return Err(ApiError::invalid("X-Hook-Secret does not match"));
    }
    if webhook.status == WebhookStatus::Pending {
        call.webhooks
            .set_status(call.world, webhook.stamp.id, WebhookStatus::Enabled);
    }
    let webhook = find(call)?;
    Ok(call.single(200, &webhook))
}

pub(super) fn destroy(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let webhook = find(call)?;
    call.webhooks.subscriptions.remove(&webhook.stamp.id);
    Ok(Answer::empty(204))
}
