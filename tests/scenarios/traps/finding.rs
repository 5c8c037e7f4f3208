//! What a look finds, and what of it is the wanted record: an index that lags,
//! substrings of other people's fields, and filters that Clio ignores.

use std::time::Duration;

use clio_host::actions::create_matter::{MatterStage, RecordRef};
use clio_host::actions::sync_contact::ContactMatch;
use clio_host::actions::types::{Disposition, ProblemCode};
use clio_sandbox::{Effect, Fault, FaultAnswer, FaultBody, NewContact, NewCustomField, NewMatter};
use clio_tests::{World, ann, case_matter, person};
use serde_json::{Value, json};

use crate::setup_markers::Markers;

const HOUR: Duration = Duration::from_secs(3600);

/// Answers the next look at a path with these rows, as Clio does where it does
/// not know a filter.
fn ignore_the_filter(world: &World, path: &str, rows: &Value) {
    let answer = FaultAnswer::status(200);
    let answer = answer.body(FaultBody::Text(json!({"data": rows}).to_string()));
    let effect = Effect::Answer(answer);
    world.control.fault(Fault::next("GET", path, effect));
}

/// Trap: a later attempt looks only as far back as itself.
/// Take out: `components/clio-api/src/sync_contact/look.rs`: `let began = self.wanted.began;`
/// Replace with: `let began = self.now;`
#[tokio::test]
async fn a_request_that_began_an_hour_ago_finds_what_its_first_attempt_made() {
    let world = World::new().await;
    // The first attempt is an hour old, by Clio's clock and by ours.
    let now = world.control.now();
    let began = now.checked_sub(HOUR).unwrap();
    world.control.freeze(Some(began));
    let bo = person("intake:bo", "Bo", "Chan", None, began);
    let first = world.call().run(bo.clone()).await.unwrap();
    world.control.freeze(Some(now));
    let again = world.call().run(bo).await.unwrap();
    assert_eq!(
        (again.id, again.matched_by),
        (first.id, Some(ContactMatch::Recent))
    );
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    world.finish();
}

/// Trap: a search for an address looks into custom fields.
/// Take out: `components/clio-api/src/sync_contact/matching.rs`: `if !wanted.profile.same_kind(&standing) || !wanted.profile.shares_email(&standing) {`
/// Replace with: `if !wanted.profile.same_kind(&standing) {`
#[tokio::test]
async fn an_address_in_a_custom_field_of_somebody_else_is_not_this_person() {
    let world = World::new().await;
    let field = NewCustomField::new("Referred by", "Contact", "text_line");
    let field = world.control.add_custom_field(field);
    let other = NewContact::person("Ann", "Lee").value(field, Some("ann@example.com"));
    world.control.add_contact(other);
    world.control.advance(HOUR);
    let request = ann(world.control.now());
    let outcome = world.call().run(request).await.unwrap();
    assert_eq!(outcome.disposition, Disposition::Created);
    world.finish();
}

/// Trap: what a filter should have kept out is taken for the record.
/// Take out: `components/clio-api/src/sync_contact/profile.rs`: `(Some(one), Some(other)) => one == other,`
/// Replace with: `(Some(_), Some(_)) => true,`
#[tokio::test]
async fn a_company_is_not_linked_where_the_filter_by_type_is_ignored() {
    let world = World::new().await;
    let rows = json!([{"id": 7, "type": "Company", "name": "Ann Lee",
        "email_addresses": [{"address": "ann@example.com"}]}]);
    ignore_the_filter(&world, "/contacts", &rows);
    let request = ann(world.control.now());
    let outcome = world.call().run(request).await.unwrap();
    assert_eq!(outcome.disposition, Disposition::Created);
    world.finish();
}

/// Trap: what a filter should have kept out is taken for the record.
/// Take out: `components/clio-api/src/sync_contact/matching.rs`: `match marker(&row.custom_field_values, field, wanted.source_id) {`
/// Replace with: `match Marker::Ours {`
#[tokio::test]
async fn a_stranger_is_not_linked_where_the_filter_by_marker_is_ignored() {
    let world = World::new().await;
    let fields = Markers::With.fields(&world);
    let rows = json!([{"id": 7, "type": "Person", "first_name": "Bo", "last_name": "Chan",
        "custom_field_values": [{"id": "text_line-1", "value": "intake:bo",
            "custom_field": {"id": fields.contact}}]}]);
    ignore_the_filter(&world, "/contacts", &rows);
    let request = fields.in_contact(ann(world.control.now()));
    let outcome = world.call().run(request).await.unwrap();
    assert_eq!(outcome.disposition, Disposition::Created);
    world.finish();
}

/// Trap: what a filter should have kept out is taken for the record.
/// Take out: `components/clio-api/src/create_matter/look.rs`: `if theirs && row.client_reference.as_deref() == Some(request.source_id.as_str()) {`
/// Replace with: `if theirs {`
#[tokio::test]
async fn another_matter_of_the_client_is_not_this_one() {
    let world = World::new().await;
    world.control.add_practice_area("Family");
    let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
    let other = world.control.add_matter(NewMatter {
        client_reference: Some("intake:case-1".into()),
        ..NewMatter::of(client, "Lee v. Harbor Freight")
    });
    let request = case_matter(client, "Family", world.control.now());
    let outcome = world.call().run(request).await.unwrap();
    assert_eq!(outcome.disposition, Disposition::Created);
    assert_ne!(outcome.id, other);
    world.finish();
}

/// Trap: what a filter should have kept out is taken for the record.
/// Take out: `components/clio-api/src/create_matter/resolve.rs`: `let belongs = |stage: &Stage| stage.practice_area_id.is_none_or(|id| id == practice_area);`
/// Replace with: `let belongs = |_: &Stage| true;`
#[tokio::test]
async fn a_stage_of_another_area_is_not_taken_where_the_filter_by_area_is_ignored() {
    let world = World::new().await;
    let area = world.control.add_practice_area("Personal Injury");
    let other = world.control.add_practice_area("Family");
    let stage = world.control.add_stage(other, "Mediation");
    let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
    let rows = json!([{"id": stage, "name": "Mediation", "practice_area_id": other}]);
    ignore_the_filter(&world, "/matter_stages", &rows);
    let mut request = case_matter(client, "", world.control.now());
    request.practice_area = Some(RecordRef::Id(area));
    request.matter_stage = Some(MatterStage::Name("Mediation".into()));
    let error = world.call().run(request).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::Conflict, "{problem:?}");
    assert_eq!(world.writes(), 0);
    world.finish();
}
