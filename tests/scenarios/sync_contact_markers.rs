//! What a marker finds that nothing else finds, and what stands in its way.

use std::time::Duration;

use clio_host::actions::sync_contact::{ContactMatch, SyncRequest};
use clio_host::actions::types::{Disposition, ProblemCode};
use clio_sandbox::{CustomFieldAccess, NewContact};
use clio_tests::{World, ann, person};

use crate::setup_markers::{Fields, Markers, both_ways};

const DAY: Duration = Duration::from_secs(86_400);

/// A request on another day, when what was created lately is no longer looked
/// at. An instant more than a day ahead of this machine's clock is refused.
fn later(world: &World, fields: Fields, request: SyncRequest) -> SyncRequest {
    world.control.advance(DAY);
    fields.in_contact(SyncRequest {
        began: Some(world.control.now().to_string()),
        ..request
    })
}

#[tokio::test]
async fn a_person_without_an_address_is_found_on_another_day_by_a_marker_alone() {
    both_ways(async |markers, world, fields| {
        let bo = person("intake:bo", "Bo", "Chan", None, world.control.now());
        let first = world
            .call()
            .run(fields.in_contact(bo.clone()))
            .await
            .unwrap();
        let again = later(world, fields, bo);
        let again = world.call().run(again).await.unwrap();
        match markers {
            // The limit that the contract names.
            Markers::Without => assert_eq!(again.disposition, Disposition::Created),
            Markers::With => assert_eq!(
                (again.id, again.matched_by),
                (first.id, Some(ContactMatch::Marker))
            ),
        }
    })
    .await;
}

#[tokio::test]
async fn a_changed_address_is_followed_by_a_marker_alone() {
    both_ways(async |markers, world, fields| {
        let request = fields.in_contact(ann(world.control.now()));
        let first = world.call().run(request).await.unwrap();
        let address = Some("new@example.com");
        let changed = person("intake:ann", "Ann", "Lee", address, world.control.now());
        let changed = later(world, fields, changed);
        let again = world.call().run(changed).await.unwrap();
        match markers {
            Markers::Without => assert_eq!(again.disposition, Disposition::Created),
            Markers::With => assert_eq!(
                (again.id, again.matched_by),
                (first.id, Some(ContactMatch::Marker))
            ),
        }
    })
    .await;
}

#[tokio::test]
async fn a_contact_that_was_merged_into_another_is_found_there() {
    both_ways(async |markers, world, fields| {
        let old = NewContact::person("Annabel", "Lee").email("annabel@example.com");
        let old = world.control.add_contact(old);
        let request = fields.in_contact(ann(world.control.now()));
        let first = world.call().run(request.clone()).await.unwrap();
        assert_ne!(first.id, old);
        // Both addresses stand in one contact from now on, under the old name.
        world.control.merge_contacts(old, first.id);
        let result = world.call().run(later(world, fields, request)).await;
        match markers {
            // The address stands under another name: a person must decide.
            Markers::Without => {
                let error = result.unwrap_err();
                let problem = error.problem().unwrap();
                assert_eq!(problem.code, ProblemCode::Ambiguous);
                assert_eq!(problem.candidates, [old]);
            }
            Markers::With => {
                let outcome = result.unwrap();
                assert_eq!(
                    (outcome.id, outcome.matched_by),
                    (old, Some(ContactMatch::Marker))
                );
            }
        }
        assert_eq!(world.control.snapshot().contacts.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn definitions_that_may_not_be_read_do_not_matter_to_a_sync() {
    both_ways(async |markers, world, fields| {
        let mut switches = world.control.switches();
        switches.custom_field_access = CustomFieldAccess::DefinitionsForbidden;
        world.control.set_switches(switches);
        let request = fields.in_contact(ann(world.control.now()));
        let first = world.call().run(request.clone()).await.unwrap();
        let again = world
            .call()
            .run(later(world, fields, request))
            .await
            .unwrap();
        let by = markers.either(ContactMatch::Email, ContactMatch::Marker);
        assert_eq!((again.id, again.matched_by), (first.id, Some(by)));
    })
    .await;
}

#[tokio::test]
async fn values_that_may_not_be_read_make_no_second_contact() {
    both_ways(async |markers, world, fields| {
        let request = fields.in_contact(ann(world.control.now()));
        world.call().run(request.clone()).await.unwrap();
        let mut switches = world.control.switches();
        switches.custom_field_access = CustomFieldAccess::ValuesBlank;
        world.control.set_switches(switches);
        let result = world.call().run(later(world, fields, request)).await;
        if markers == Markers::With {
            let error = result.unwrap_err();
            let problem = error.problem().unwrap();
            assert_eq!(problem.code, ProblemCode::Forbidden);
            assert_eq!(problem.field.as_deref(), Some("/marker_field"));
        }
        assert_eq!(world.control.snapshot().contacts.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_marker_field_that_was_deleted_is_named_before_anything_is_made() {
    let world = World::new().await;
    let fields = Markers::With.fields(&world);
    let known = fields.in_contact(ann(world.control.now()));
    world.call().run(known.clone()).await.unwrap();
    world
        .control
        .delete_custom_field(fields.contact.unwrap_or_default());
    // Who has a marker keeps it.
    let again = world.call().run(known).await.unwrap();
    assert_eq!(again.matched_by, Some(ContactMatch::Marker));
    let bo = person("intake:bo", "Bo", "Chan", None, world.control.now());
    let error = world.call().run(fields.in_contact(bo)).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::RejectedByClio);
    assert_eq!(problem.field.as_deref(), Some("/marker_field"));
    assert!(problem.message.contains("deleted"), "{problem:?}");
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    world.finish();
}
