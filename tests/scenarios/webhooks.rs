//! Webhooks: made once, kept alive, received by a component that imports
//! nothing.

mod models;

use std::time::Duration;

use clio_host::actions::types::ProblemCode;
use clio_host::actions::webhooks::{
    Change, EnsureOutcome, EnsureRequest, Fallback, ListRequest, RemoveRequest, Subscribed,
    WebhookEvent, WebhookModel, WebhookStatus,
};
use clio_sandbox::{
    Access, Area, DocumentWebhooks, Effect, Fault, FaultAnswer, Handshake, Permissions, Switches,
    TokenSpec, WebhookExpiry,
};
use clio_tests::World;
use serde_json::{Value, json};

use crate::hook_receiver::HookReceiver;

const DAY: u64 = 86_400;

fn wanted(url: &str, model: WebhookModel, fields: &str) -> EnsureRequest {
    EnsureRequest {
        url: url.to_owned(),
        model,
        fields: fields.to_owned(),
        events: Vec::new(),
        renew_within_hours: None,
    }
}

pub(crate) fn matters(url: &str) -> EnsureRequest {
    wanted(
        url,
        WebhookModel::Matter,
        "id,etag,status,matter_stage{id,name}",
    )
}

fn nowhere() -> EnsureRequest {
    matters("https://hooks.example.com/clio")
}

async fn ensure(world: &World, request: EnsureRequest) -> Subscribed {
    match world.call().run(request).await.unwrap() {
        EnsureOutcome::Subscribed(it) => it,
        other => panic!("{other:?}"),
    }
}

/// Waits for the deliveries, without holding up the receiver.
pub(crate) async fn settle(world: &World) {
    let control = world.control.clone();
    let settled =
        tokio::task::spawn_blocking(move || control.webhooks_settled(Duration::from_secs(20)));
    assert!(settled.await.unwrap(), "the deliveries end");
}

fn pending(model: &str) -> Value {
    json!({"model": model, "state": "pending"})
}

/// Subscribes with a receiver that waits for the handshake, and lets it know
/// the secret that Clio tells.
pub(crate) async fn subscribe(
    world: &World,
    receiver: &HookReceiver,
    request: EnsureRequest,
) -> Subscribed {
    let model = match request.model {
        WebhookModel::Document => "document",
        _ => "matter",
    };
    receiver.desk().subscriptions.push(pending(model));
    let made = ensure(world, request).await;
    settle(world).await;
    let came = receiver.take();
    assert_eq!(came.len(), 1, "{came:?}");
    let handshake = &came[0].as_ref().unwrap()["handshake"];
    assert_eq!(handshake["subscription"], made.id);
    assert_eq!(handshake["answer"].as_str(), made.secret.as_deref());
    assert_eq!(handshake["known"], false);
    let mut desk = receiver.desk();
    desk.subscriptions.pop();
    desk.subscriptions
        .push(json!({"id": made.id, "model": model, "state": "active", "secret": made.secret}));
    drop(desk);
    made
}

async fn statuses(world: &World) -> Vec<(u64, WebhookStatus)> {
    let listed = world.call().run(ListRequest { url: None }).await;
    let listed = listed.unwrap().webhooks;
    listed.iter().map(|it| (it.id, it.status)).collect()
}

/// Trap: an unsigned delivery is accepted.
/// Take out: `components/clio-api/src/receive_webhook/mod.rs`: `(None, None) => Err(Refusal::Unsigned),`
/// Replace with: `(None, None) => event::read(request, &request.subscriptions.iter().collect::<Vec<_>>()).map(Receipt::Event),`
/// Trap: the signature is looked for under another name.
/// Take out: `components/clio-api/src/receive_webhook/mod.rs`: `header(request, "x-hook-signature")?,`
/// Replace with: `header(request, "x-clio-signature")?,`
#[tokio::test]
async fn a_receiver_confirms_and_is_told_of_a_stage_and_a_status() {
    let world = World::new().await;
    let area = world.control.add_practice_area("Estate");
    let intake = world.control.add_stage(area, "Intake");
    let retained = world.control.add_stage(area, "Retained");
    let matter = world.add_matter();
    world.control.set_stage(matter, intake);
    let receiver = HookReceiver::start(&world).await;
    let made = subscribe(&world, &receiver, matters(&receiver.url)).await;
    assert_eq!(statuses(&world).await, [(made.id, WebhookStatus::Enabled)]);

    receiver.desk().last_known = vec![json!({"id": matter, "status": "Open", "stage": intake})];
    world.control.set_stage(matter, retained);
    settle(&world).await;
    let came = receiver.take();
    assert_eq!(came.len(), 1, "{came:?}");
    let event = came[0].as_ref().unwrap()["event"].clone();
    assert_eq!(event["kind"], "updated");
    assert_eq!(
        (&event["id"], &event["subscription"]),
        (&json!(matter), &json!(made.id))
    );
    assert_eq!(event["stage"], json!({"before": intake, "after": retained}));
    assert!(event.get("status").is_none_or(Value::is_null), "{event}");
    let told: Value = serde_json::from_str(event["told"].as_str().unwrap()).unwrap();
    assert_eq!(told["matter_stage"]["name"], "Retained");

    // The same delivery once more is told by its digest; one that was changed,
    // or has no signature, is refused.
    let (headers, body) = receiver.desk().last.clone().unwrap();
    let again = receiver.receive(&headers, &body).await.unwrap();
    assert_eq!(again["event"]["digest"], event["digest"]);
    let changed = body.replace("Retained", "Closing!");
    for (headers, body) in [(&headers, &changed), (&json!([]), &body)] {
        let refused = receiver.receive(headers, body).await.unwrap_err();
        assert_eq!(refused["code"], "forbidden", "{refused}");
    }
    world.finish();
}

/// Trap: the first caller's secret is trusted.
/// Take out: `components/clio-api/src/receive_webhook/handshake.rs`: `(None, None, _) => return Err(Refusal::NobodyWaits),`
/// Replace with: `(None, None, _) => (named, false),`
#[tokio::test]
async fn a_handshake_nobody_waits_for_is_refused_and_repeated_by_clio() {
    let world = World::new().await;
    world.control.freeze(None);
    let receiver = HookReceiver::start(&world).await;
    // Active, not pending: whoever calls with a secret now is not answered.
    receiver.desk().subscriptions =
        vec![json!({"model": "matter", "state": "active", "secret": "x"})];
    let made = ensure(&world, matters(&receiver.url)).await;
    settle(&world).await;
    let came = receiver.take();
    assert_eq!(
        came[0].as_ref().unwrap_err()["code"],
        "forbidden",
        "{came:?}"
    );
    assert_eq!(statuses(&world).await, [(made.id, WebhookStatus::Pending)]);

    // Now it is known, with its secret, and Clio tries again.
    receiver.desk().subscriptions =
        vec![json!({"id": made.id, "model": "matter", "state": "pending", "secret": made.secret})];
    world.control.advance(Duration::from_secs(120));
    settle(&world).await;
    assert_eq!(
        receiver.take()[0].as_ref().unwrap()["handshake"]["known"],
        true
    );
    assert_eq!(statuses(&world).await, [(made.id, WebhookStatus::Enabled)]);
    world.finish();
}

#[tokio::test]
async fn a_handshake_may_come_before_the_answer_or_never() {
    for handshake in [Handshake::BeforeAnswer, Handshake::Absent] {
        let world = World::under(Switches {
            handshake,
            ..Switches::default()
        })
        .await;
        let receiver = HookReceiver::start(&world).await;
        receiver.desk().subscriptions = vec![pending("matter")];
        let made = ensure(&world, matters(&receiver.url)).await;
        assert_eq!(
            receiver.take().len(),
            usize::from(handshake == Handshake::BeforeAnswer)
        );
        assert_eq!(statuses(&world).await, [(made.id, WebhookStatus::Enabled)]);
        // Still pending as far as the receiver knows, and signed all the same.
        receiver.desk().subscriptions = vec![
            json!({"id": made.id, "model": "matter", "state": "pending", "secret": made.secret}),
        ];
        let matter = world.add_matter();
        settle(&world).await;
        assert_eq!(receiver.take()[0].as_ref().unwrap()["event"]["id"], matter);
        world.finish();
    }
}

// Take out the look before the POST (`all` in `ensure`), and the second call
// makes a second one.
/// Trap: a write without `fields` answers id and etag alone.
/// Take out: `components/clio-api/src/webhooks/ensure.rs`: `let query = Query::new("webhooks.json").fields(SHOWN);`
/// Replace with: `let query = Query::new("webhooks.json");`
/// Trap: a subscription dies after three days.
/// Take out: `components/clio-api/src/webhooks/ensure.rs`: `Instant(now.0.saturating_add(LIFE)).to_string()`
/// Replace with: `Instant(now.0.saturating_add(3 * 24 * 3600)).to_string()`
/// Trap: nobody renews a subscription.
/// Take out: `components/clio-api/src/webhooks/ensure.rs`: `(renew(&mut client, &first, now)?, Change::Renewed)`
/// Replace with: `(first, Change::Linked)`
#[tokio::test]
async fn one_subscription_lives_for_thirty_one_days_and_is_renewed_and_recreated() {
    // The story is longer than a token's usual life.
    let world = World::under(Switches {
        token_life: Duration::from_secs(400 * DAY),
        ..Switches::default()
    })
    .await;
    world.control.freeze(None);
    let start = world.control.now();
    let first = ensure(&world, nowhere()).await;
    assert_eq!(
        (first.change, first.status),
        (Change::Created, WebhookStatus::Pending)
    );
    let end: jiff::Timestamp = first.expires_at.as_deref().unwrap().parse().unwrap();
    let life = start.duration_until(end).as_secs();
    assert!((31 * 86_400 - 120..=31 * 86_400).contains(&life), "{life}");
    let again = ensure(&world, nowhere()).await;
    assert_eq!((again.id, again.change), (first.id, Change::Linked));
    assert_eq!(again.secret, first.secret);
    // Another model, URL, event or field is another subscription.
    let mut other = nowhere();
    other.events = vec![WebhookEvent::MatterClosed];
    let other = ensure(&world, other).await;
    assert_eq!(other.change, Change::Created);

    world.control.advance(Duration::from_secs(25 * DAY));
    let renewed = ensure(&world, nowhere()).await;
    assert_eq!((renewed.id, renewed.change), (first.id, Change::Renewed));
    assert!(renewed.expires_at > first.expires_at);
    assert_eq!(renewed.secret, first.secret);

    world.control.suspend_webhook(first.id);
    let anew = ensure(&world, nowhere()).await;
    assert_eq!(anew.change, Change::Recreated);
    assert!(anew.id != first.id && anew.secret != first.secret);
    world.control.advance(Duration::from_secs(32 * DAY));
    let expired = ensure(&world, nowhere()).await;
    assert_eq!(expired.change, Change::Recreated);
    let ids: Vec<u64> = statuses(&world).await.iter().map(|it| it.0).collect();
    assert_eq!(ids, [other.id, expired.id]);

    let remove = |id| world.call().run(RemoveRequest { id });
    assert!(remove(expired.id).await.unwrap().removed);
    assert!(!remove(expired.id).await.unwrap().removed);
    world.finish();
}

// Take out the look after a lost answer in `create`, and the call fails; take
// out the one before the POST, and its repetition makes a second one.
#[tokio::test]
async fn a_lost_answer_makes_no_second_one_under_any_reading() {
    for (name, switches) in Switches::all() {
        for lost in [
            Effect::AnswerLost,
            Effect::AppliedThen(FaultAnswer::status(502)),
        ] {
            let world = World::under(switches.clone()).await;
            world.control.fault(Fault::next("POST", "/webhooks", lost));
            let made = ensure(&world, nowhere()).await;
            assert_eq!(made.change, Change::Created, "{name}");
            let again = ensure(&world, nowhere()).await;
            // One whose end is not told is renewed each time.
            let change = match switches.webhook_expiry {
                WebhookExpiry::Told => Change::Linked,
                WebhookExpiry::Null => Change::Renewed,
            };
            assert_eq!((again.id, again.change), (made.id, change), "{name}");
            assert_eq!(world.count("POST", "/webhooks"), 1, "{name}");
            world.finish();
        }
    }
}
