//! Deliveries of webhooks from strangers, deliveries that come twice, and
//! updates that changed nothing of interest.

use std::collections::BTreeSet;

use clio_host::actions::update_matter::UpdateRequest;
use clio_tests::World;
use serde_json::{Value, json};

use crate::hook_receiver::HookReceiver;
use crate::webhooks::{matters, settle, subscribe};

/// What a receiver that knows this subscription makes of a stranger's
/// handshake.
async fn handshake_of_a_stranger(subscription: Value) -> Result<Value, Value> {
    let world = World::new().await;
    let receiver = HookReceiver::start(&world).await;
    receiver.desk().subscriptions = vec![subscription];
    let headers = json!([{"name": "X-Hook-Secret", "value": "a stranger's"}]);
    let body = json!({"data": {"webhook_id": 7}}).to_string();
    receiver.receive(&headers, &body).await
}

/// Trap: the first caller's secret is trusted.
/// Take out: `components/clio-api/src/receive_webhook/handshake.rs`: `.filter(|it| it.state == SubscriptionState::Pending)`
#[tokio::test]
async fn a_secret_is_not_taken_over_once_a_subscription_is_confirmed() {
    let confirmed = json!({"id": 7, "model": "matter", "state": "active"});
    let refused = handshake_of_a_stranger(confirmed).await.unwrap_err();
    assert_eq!(refused["code"], "forbidden", "{refused}");
}

/// Trap: the first caller's secret is trusted.
/// Take out: `components/clio-api/src/receive_webhook/handshake.rs`: `let mut unknown = waiting.iter().filter(|it| it.secret.is_none());`
/// Replace with: `let mut unknown = waiting.iter();`
#[tokio::test]
async fn a_secret_is_not_taken_over_where_clios_own_is_known() {
    let pending = json!({"id": 7, "model": "matter", "state": "pending", "secret": "Clio's"});
    let refused = handshake_of_a_stranger(pending).await.unwrap_err();
    assert_eq!(refused["code"], "forbidden", "{refused}");
}

/// The one event that came.
fn event(receiver: &HookReceiver) -> Value {
    let came = receiver.take();
    assert_eq!(came.len(), 1, "{came:?}");
    came[0].as_ref().unwrap()["event"].clone()
}

/// Trap: the same delivery is worked on twice.
/// Take out: `components/clio-api/src/receive_webhook/event.rs`: `digest: hex(&Sha256::digest(request.body.as_bytes())),`
/// Replace with: `digest: hex(&Sha256::digest(id.to_be_bytes())),`
#[tokio::test]
async fn a_delivery_that_comes_twice_is_one_and_two_changes_are_two() {
    let world = World::new().await;
    let area = world.control.add_practice_area("Estate");
    let matter = world.add_matter();
    let receiver = HookReceiver::start(&world).await;
    subscribe(&world, &receiver, matters(&receiver.url)).await;
    let mut done = BTreeSet::new();
    let digest = |event: &Value| event["digest"].as_str().unwrap().to_owned();
    for name in ["Intake", "Closing"] {
        let stage = world.control.add_stage(area, name);
        world.control.set_stage(matter, stage);
        settle(&world).await;
        assert!(done.insert(digest(&event(&receiver))), "{name} is new");
        let (headers, body) = receiver.desk().last.clone().unwrap();
        let again = receiver.receive(&headers, &body).await.unwrap();
        assert!(!done.insert(digest(&again["event"])), "{name} was done");
    }
    world.finish();
}

/// What is told of a matter at its first `updated`, which is about its
/// description alone, where this is known of it.
async fn first_update(known: Value) -> Value {
    let world = World::new().await;
    let area = world.control.add_practice_area("Estate");
    let stage = world.control.add_stage(area, "Intake");
    let matter = world.add_matter();
    world.control.set_stage(matter, stage);
    let receiver = HookReceiver::start(&world).await;
    subscribe(&world, &receiver, matters(&receiver.url)).await;
    let mut known = known;
    known["id"] = json!(matter);
    if known.get("stage").is_some() {
        known["stage"] = json!(stage);
    }
    receiver.desk().last_known = vec![known];
    let request = UpdateRequest {
        description: Some("Another description".into()),
        ..UpdateRequest::new(matter)
    };
    world.call().run(request).await.unwrap();
    settle(&world).await;
    let event = event(&receiver);
    assert_eq!(event["kind"], "updated");
    world.finish();
    event
}

/// Trap: the first update of a record fires whatever changed.
/// Take out: `components/clio-api/src/receive_webhook/event.rs`: `(known.stage != after).then_some(StageTransition {`
/// Replace with: `Some(StageTransition {`
#[tokio::test]
async fn the_first_update_of_a_matter_is_no_change_of_its_stage() {
    let event = first_update(json!({"status": "Open", "stage": 0})).await;
    assert_eq!(event.get("stage").unwrap_or(&Value::Null), &Value::Null);
}

/// Trap: the first update of a record fires whatever changed.
/// Take out: `components/clio-api/src/receive_webhook/event.rs`: `(!before.eq_ignore_ascii_case(after)).then(|| StatusTransition {`
/// Replace with: `Some(StatusTransition {`
#[tokio::test]
async fn the_first_update_of_a_matter_is_no_change_of_its_status() {
    let event = first_update(json!({"status": "Open", "stage": 0})).await;
    assert_eq!(event.get("status").unwrap_or(&Value::Null), &Value::Null);
}
