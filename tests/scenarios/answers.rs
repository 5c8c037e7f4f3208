//! Answers that are not what they seem: a change that is answered and not made,
//! a spent budget in base64, a page of a firewall.

use clio_host::actions::check_connection::Area;
use clio_host::actions::custom_fields::{Content, FieldRef, NewValue, Owner, WriteRequest};
use clio_host::actions::types::{Problem, ProblemCode};
use clio_host::actions::update_matter::{MatterStatus, UpdateRequest};
use clio_host::actions::webhooks::{EnsureRequest, WebhookModel};
use clio_host::{CallError, actions::pull_matters};
use clio_sandbox::{
    Config, Effect, Fault, FaultAnswer, FaultBody, NewCustomField, RateLimit, RateLimitBody,
    Switches, Times,
};
use clio_tests::{World, ann, case_matter, empty};
use serde_json::json;

use crate::upload_document::retainer;

#[track_caller]
fn problem<T: std::fmt::Debug>(result: Result<T, CallError>) -> Problem {
    result.unwrap_err().problem().unwrap().clone()
}

fn court(text: &str) -> NewValue {
    NewValue {
        field: FieldRef::Name("Court".into()),
        value: Content::Text(text.into()),
    }
}

/// What was reported for the hours of a billed line, of all that is changed here.
#[tokio::test]
async fn a_change_that_is_answered_and_not_made_is_told() {
    let world = World::new().await;
    let matter = world.add_matter();
    let field = NewCustomField::new("Court", "Matter", "text_line");
    world.control.add_custom_field(field);
    let of = Owner::Matter(matter);
    let write = |text: &str| WriteRequest {
        of,
        values: vec![court(text)],
    };
    world.call().run(write("Old")).await.unwrap();
    let wanted = |hours| EnsureRequest {
        url: "https://hooks.example.com/".into(),
        model: WebhookModel::Matter,
        fields: "id".into(),
        events: Vec::new(),
        renew_within_hours: Some(hours),
    };
    world.call().run(wanted(24)).await.unwrap();
    // Nothing is renewed to an end that it has.
    world
        .control
        .advance(std::time::Duration::from_secs(86_400 * 2));

    for path in ["/matters/*", "/webhooks/*"] {
        let fault = Fault::next("PATCH", path, Effect::Unchanged);
        world.control.fault(fault.times(Times::Forever));
    }
    let closing = UpdateRequest {
        status: Some(MatterStatus::Closed),
        ..UpdateRequest::new(matter)
    };
    let told = problem(world.call().run(closing).await);
    assert_eq!(told.code, ProblemCode::UnexpectedAnswer, "{told:?}");
    assert_eq!(told.field.as_deref(), Some("/status"));
    let told = problem(world.call().run(write("New")).await);
    assert_eq!(told.code, ProblemCode::UnexpectedAnswer, "{told:?}");
    assert_eq!(told.field.as_deref(), Some("/values/0/value"));
    let told = problem(world.call().run(wanted(720)).await);
    assert_eq!(told.code, ProblemCode::UnexpectedAnswer, "{told:?}");
    assert_eq!(told.candidates.len(), 1);
    world.finish();
}

/// The body of a spent budget as one client has seen it.
fn wrapped(seconds: u32) -> String {
    use base64::Engine as _;
    let text = format!("RateLimited: Rate limit exceeded. Retry in {seconds} seconds.");
    let data = base64::engine::general_purpose::STANDARD.encode(text);
    json!({"metadata": {"encodingDecoded": "text/plain"}, "data": data}).to_string()
}

#[tokio::test]
async fn a_spent_budget_in_base64_is_one_whatever_its_status() {
    for status in [200, 403, 429, 503] {
        let world = World::new().await;
        let answer = FaultAnswer::status(status).body(FaultBody::Text(wrapped(1)));
        let fault = Fault::next("GET", "/contacts", Effect::Answer(answer));
        world.control.fault(fault.times(Times::Forever));
        let request = ann(world.control.now());
        let told = problem(world.call().run(request).await);
        assert_eq!(told.code, ProblemCode::RateLimited, "{status}");
        assert_eq!(told.retry_after_ms, Some(1_000), "{status}");
        assert_eq!(world.writes(), 0);
        world.finish();
    }
    // A creation that was answered so was not carried out, and is made once.
    let world = World::new().await;
    let answer = FaultAnswer::status(201).body(FaultBody::Text(wrapped(1)));
    let fault = Fault::next("POST", "/contacts", Effect::Answer(answer));
    world.control.fault(fault);
    let request = ann(world.control.now());
    world.call().run(request).await.unwrap();
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    world.finish();
}

#[tokio::test]
async fn a_budget_that_others_spent_is_waited_for_in_each_reading() {
    for rate_limit_body in [
        RateLimitBody::Envelope,
        RateLimitBody::Wrapped,
        RateLimitBody::WrappedSuccess,
    ] {
        let world = World::with(Config {
            rate_limit: RateLimit {
                limit: 2,
                window: std::time::Duration::from_secs(2),
            },
            switches: Switches {
                rate_limit_body,
                ..Switches::default()
            },
            ..empty()
        })
        .await;
        world.spend(2).await;
        let request = pull_matters::CountRequest::default();
        let count = world.call().run(request).await.unwrap();
        assert_eq!(count.matters, 0, "{rate_limit_body:?}");
        world.finish();
    }
}

// CASES V12
#[tokio::test]
async fn a_firewall_on_the_way_is_told_from_clio_in_every_area() {
    for (area, path) in [
        (Area::Contacts, "/contacts"),
        (Area::Matters, "/matters"),
        (Area::Documents, "/documents"),
        (Area::CustomFields, "/custom_fields"),
        (Area::Webhooks, "/webhooks"),
        (Area::Users, "/users"),
    ] {
        let world = World::new().await;
        let page = FaultAnswer::status(403).body(FaultBody::Html);
        let fault = Fault::next("GET", path, Effect::Answer(page));
        world.control.fault(fault.times(Times::Forever));
        let told = problem(
            world
                .call()
                .run(clio_host::actions::check_connection::CheckRequest { areas: vec![area] })
                .await,
        );
        assert_eq!(told.code, ProblemCode::UnexpectedAnswer, "{area:?}");
        assert!(told.message.contains("firewall"), "{told:?}");
        assert!(
            told.message.contains(&path[1..].replace('_', " ")),
            "{told:?}"
        );
        // The permission is there.
        world.control.clear_faults();
        world
            .call()
            .run(clio_host::actions::check_connection::CheckRequest { areas: vec![area] })
            .await
            .unwrap();
        world.finish();
    }
}

#[tokio::test]
async fn lists_that_are_null_make_nothing_twice() {
    let world = World::new().await;
    world.control.add_practice_area("Family");
    let mut switches = world.control.switches();
    switches.null_lists = true;
    world.control.set_switches(switches);
    let began = world.control.now();
    for _ in 0..2 {
        let contact = world.call().run(ann(began)).await.unwrap();
        let matter = case_matter(contact.id, "Family", began);
        let matter = world.call().run(matter).await.unwrap();
        let document = retainer(matter.id);
        world.call().run(document).await.unwrap();
    }
    let snapshot = world.control.snapshot();
    let counts = (
        snapshot.contacts.len(),
        snapshot.matters.len(),
        snapshot.documents.len(),
    );
    assert_eq!(counts, (1, 1, 1));
    world.finish();
}
