//! What an answer holds and what it lacks: members that were not asked for,
//! values that Clio dropped without a word, and bodies that are not Clio's.

use clio_host::CallError;
use clio_host::actions::custom_fields::{Content, FieldRef, NewValue, Owner, WriteRequest};
use clio_host::actions::types::{Problem, ProblemCode};
use clio_host::actions::update_matter::{MatterStatus, UpdateRequest};
use clio_sandbox::{Effect, Fault, FaultAnswer, FaultBody, NewContact, NewCustomField, Times};
use clio_tests::{World, ann, case_matter};
use serde_json::{Value, json};

use crate::setup_markers::Markers;
use crate::upload_document::retainer;

/// Carries the next write out, and answers it with these data.
fn answer_with(world: &World, method: &str, path: &str, data: &Value) {
    let answer = FaultAnswer::status(200);
    let answer = answer.body(FaultBody::Text(json!({"data": data}).to_string()));
    let effect = Effect::AppliedThen(answer);
    world.control.fault(Fault::next(method, path, effect));
}

/// Asserts that a call says which member Clio did not keep.
#[track_caller]
fn was_dropped<T: std::fmt::Debug>(result: Result<T, CallError>, pointer: &str) {
    let error = result.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::UnexpectedAnswer, "{problem:?}");
    assert_eq!(problem.field.as_deref(), Some(pointer), "{problem:?}");
}

/// Trap: `fields` takes one level of braces.
/// Take out: `components/clio-api/src/fields.rs`: `value.push_str(member.0);`
/// Replace with: `value.push_str(&format!("{}{{id}}", member.0));`
#[tokio::test]
async fn every_request_says_what_it_wants_back_one_level_deep() {
    let world = World::new().await;
    let fields = Markers::With.fields(&world);
    world.control.add_practice_area("Family");
    let began = world.control.now();
    let contact = fields.in_contact(ann(began));
    let contact = world.call().run(contact).await.unwrap();
    let matter = fields.in_matter(case_matter(contact.id, "Family", began));
    let matter = world.call().run(matter).await.unwrap();
    let document = world.call().run(retainer(matter.id)).await;
    document.unwrap();
    for exchange in world.api() {
        let selection = exchange.query.iter().find(|(name, _)| name == "fields");
        let (_, selection) = selection.unwrap_or_else(|| panic!("no `fields`: {exchange:#?}"));
        let mut depth = 0;
        for byte in selection.bytes() {
            depth += i32::from(byte == b'{') - i32::from(byte == b'}');
            assert!((0..=1).contains(&depth), "{selection}");
        }
    }
    world.finish();
}

/// Trap: a key that Clio does not know is dropped without a word.
/// Take out: `components/clio-api/src/sync_contact/create.rs`: `read_back(request, look, &row)?;`
#[tokio::test]
async fn an_address_that_clio_dropped_is_told() {
    let world = World::new().await;
    let data = json!({"id": 7, "etag": "\"7\"", "type": "Person", "email_addresses": []});
    answer_with(&world, "POST", "/contacts", &data);
    let request = ann(world.control.now());
    was_dropped(world.call().run(request).await, "/emails");
    world.finish();
}

/// Trap: a key that Clio does not know is dropped without a word.
/// Take out: `components/clio-api/src/create_matter/create.rs`: `read_back(request, placement, display_number, &row)?;`
#[tokio::test]
async fn a_practice_area_that_clio_dropped_is_told() {
    let world = World::new().await;
    world.control.add_practice_area("Family");
    let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
    let data = json!({"id": 7, "etag": "\"7\"", "client_reference": "intake:case-17",
        "display_number": "1", "practice_area": null, "matter_stage": null});
    answer_with(&world, "POST", "/matters", &data);
    let request = case_matter(client, "Family", world.control.now());
    was_dropped(world.call().run(request).await, "/practice_area");
    world.finish();
}

/// Trap: a key that Clio does not know is dropped without a word.
/// Take out: `components/clio-api/src/update_matter/mod.rs`: `Ok(state) => match missing(wanted, &state) {`
/// Replace with: `Ok(state) => match None::<&str> {`
#[tokio::test]
async fn a_status_that_clio_dropped_is_told() {
    let world = World::new().await;
    let matter = world.add_matter();
    let data = json!({"id": matter, "etag": "\"7\"", "status": "Open"});
    answer_with(&world, "PATCH", "/matters/*", &data);
    let request = UpdateRequest {
        status: Some(MatterStatus::Closed),
        ..UpdateRequest::new(matter)
    };
    was_dropped(world.call().run(request).await, "/status");
    world.finish();
}

/// Trap: a key that Clio does not know is dropped without a word.
/// Take out: `components/clio-api/src/custom_fields/write.rs`: `Ok(record) => match dropped(plan, &read::visible(record).map_err(unseen)?) {`
/// Replace with: `Ok(record) => match read::visible(record).ok().and(None::<&Wanted>) {`
#[tokio::test]
async fn a_value_that_clio_dropped_is_told() {
    let world = World::new().await;
    let matter = world.add_matter();
    let field = NewCustomField::new("Court", "Matter", "text_line");
    world.control.add_custom_field(field);
    let data = json!({"id": matter, "custom_field_values": []});
    answer_with(&world, "PATCH", "/matters/*", &data);
    let request = WriteRequest {
        of: Owner::Matter(matter),
        values: vec![NewValue {
            field: FieldRef::Name("Court".into()),
            value: Content::Text("Superior".into()),
        }],
    };
    let result = world.call().run(request).await;
    was_dropped(result, "/values/0/value");
    world.finish();
}

/// The problem of a call whose looks are all answered so.
async fn refused(status: u16, body: FaultBody) -> Problem {
    let world = World::new().await;
    let answer = FaultAnswer::status(status).body(body);
    let fault = Fault::next("GET", "/contacts", Effect::Answer(answer));
    world.control.fault(fault.times(Times::Forever));
    let request = ann(world.control.now());
    let error = world.call().run(request).await.unwrap_err();
    assert_eq!(world.writes(), 0);
    let problem = error.problem().unwrap().clone();
    world.finish();
    problem
}

/// Trap: a firewall answers a page with 403.
/// Take out: `components/clio-api/src/answer.rs`: `if !is_clios(&response.body) && !tells_by_itself(status) {`
/// Replace with: `if false {`
// CASES V12
#[tokio::test]
async fn a_firewalls_page_is_said_to_be_no_answer_of_clios() {
    let problem = refused(403, FaultBody::Html).await;
    assert_eq!(problem.code, ProblemCode::UnexpectedAnswer);
    assert!(problem.message.contains("firewall"), "{problem:?}");
    // Clio's own 403 is about permissions.
    let problem = refused(403, FaultBody::Json).await;
    assert_eq!(problem.code, ProblemCode::Forbidden);
    assert!(problem.message.contains("permission"), "{problem:?}");
}

/// Trap: an error has no body.
/// Take out: `components/clio-api/src/answer.rs`: `let body: Option<ErrorBody> = serde_json::from_slice(&response.body).ok();`
/// Replace with: `let body: Option<ErrorBody> = match serde_json::from_slice(&response.body) { Ok(body) => Some(body), Err(error) => return undecodable(what, response, error.is_data()) };`
#[tokio::test]
async fn an_error_without_a_body_is_told_by_its_status() {
    let problem = refused(400, FaultBody::Empty).await;
    assert_eq!(problem.code, ProblemCode::RejectedByClio, "{problem:?}");
    assert_eq!(problem.status, Some(400));
}
