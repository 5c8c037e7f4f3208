//! A matter is opened: once, in the right practice area, at a stage of it. With
//! marker fields in the account, and without.

use clio_host::actions::create_matter::{
    CreateRequest, MatterMatch, MatterStage, Numbering, OnRemoved, RecordRef,
};
use clio_host::actions::types::{Disposition, ProblemCode};
use clio_sandbox::{Config, Effect, Fault, FaultAnswer, NewContact, NewMatter, Switches};
use clio_tests::{World, case_matter, empty};

use crate::setup_markers::{Fields, Markers, both_ways};

/// Tells a story both ways, each in a world of its own with a client.
async fn with_client(story: impl AsyncFn(Markers, &World, Fields, u64)) {
    both_ways(async |markers, world, fields| {
        let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
        story(markers, world, fields, client).await;
    })
    .await;
}

/// Trap: a write without `fields` answers id and etag alone.
/// Take out: `components/clio-api/src/create_matter/create.rs`: `match client.post::<_, Row>(WHAT, Query::new("matters.json").fields(fields), &body) {`
/// Replace with: `match client.post::<_, Row>(WHAT, Query::new("matters.json"), &body) {`
#[tokio::test]
async fn a_new_matter_is_created_once_and_found_again_with_one_request() {
    with_client(async |markers, world, fields, client| {
        let area = world.control.add_practice_area("Personal Injury");
        let request = case_matter(client, "  personal INJURY ", world.control.now());

        let first = world
            .call()
            .run(fields.in_matter(request.clone()))
            .await
            .unwrap();
        assert_eq!(first.disposition, Disposition::Created);
        assert!(first.display_number.is_some());
        // A marker costs one look more.
        let mut requests = vec!["GET /matters"; markers.either(1, 2)];
        requests.extend(["GET /practice_areas", "POST /matters"]);
        assert_eq!(world.requests(), requests);
        let matter = &world.control.snapshot().matters[0];
        assert_eq!(matter.client_reference.as_deref(), Some("intake:case-17"));
        assert_eq!(matter.description, "Lee v. Harbor Freight (2026-17)");
        assert_eq!(matter.practice_area, Some(area));

        world.control.clear_trace();
        let second = world.call().run(fields.in_matter(request)).await.unwrap();
        assert_eq!(
            (second.id, second.disposition),
            (first.id, Disposition::Linked)
        );
        let by = markers.either(MatterMatch::Reference, MatterMatch::Marker);
        assert_eq!(second.matched_by, Some(by));
        assert_eq!(world.requests(), ["GET /matters"]);
    })
    .await;
}

#[tokio::test]
async fn an_existing_matter_is_linked_and_left_as_it_is() {
    with_client(async |_, world, fields, client| {
        world.control.add_practice_area("Personal Injury");
        let id = world.control.add_matter(NewMatter {
            client_reference: Some("intake:case-17".into()),
            ..NewMatter::of(client, "What the firm made of it")
        });
        let outcome = world
            .call()
            .run(fields.in_matter(case_matter(client, "Personal Injury", world.control.now())))
            .await
            .unwrap();
        assert_eq!((outcome.id, outcome.disposition), (id, Disposition::Linked));
        assert_eq!(
            world.control.snapshot().matters[0].description,
            "What the firm made of it"
        );
        assert_eq!(world.writes(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_stage_is_set_when_it_belongs_to_the_practice_area() {
    with_client(async |_, world, fields, client| {
        let area = world.control.add_practice_area("Personal Injury");
        let stage = world.control.add_stage(area, "Intake");
        let mut request = case_matter(client, "Personal Injury", world.control.now());
        request.matter_stage = Some(MatterStage::Name("intake".into()));
        world.call().run(fields.in_matter(request)).await.unwrap();
        assert_eq!(world.control.snapshot().matters[0].stage, Some(stage));
    })
    .await;
}

/// Trap: a stage belongs to one practice area.
/// Take out: `components/clio-api/src/create_matter/resolve.rs`: `stage: Some(stage_of(client, area, named)?),`
/// Replace with: `stage: Some(match named { Named::Id(id) => StageId(*id), Named::Name(_) => stage_of(client, area, named)? }),`
#[tokio::test]
async fn a_stage_of_another_practice_area_is_refused_before_anything_is_made() {
    with_client(async |_, world, fields, client| {
        let area = world.control.add_practice_area("Personal Injury");
        let other = world.control.add_practice_area("Family");
        let stage = world.control.add_stage(other, "Mediation");
        for wanted in [
            RecordRef::Id(area),
            RecordRef::Name("Personal Injury".into()),
        ] {
            let mut request = case_matter(client, "", world.control.now());
            request.practice_area = Some(wanted);
            request.matter_stage = Some(MatterStage::Id(stage));
            let error = world
                .call()
                .run(fields.in_matter(request))
                .await
                .unwrap_err();
            let problem = error.problem().unwrap();
            assert_eq!(problem.code, ProblemCode::Conflict, "{problem:?}");
            assert_eq!(problem.field.as_deref(), Some("/matter_stage"));
        }
        assert_eq!(world.writes(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_practice_area_is_named_as_the_field_at_fault() {
    with_client(async |_, world, fields, client| {
        world.control.add_practice_area("Personal Injury");
        let error = world
            .call()
            .run(fields.in_matter(case_matter(client, "Maritime", world.control.now())))
            .await
            .unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(problem.code, ProblemCode::NotFound);
        assert_eq!(problem.field.as_deref(), Some("/practice_area"));
        assert!(
            !problem.message.contains("Maritime"),
            "client data in {problem:?}"
        );
        assert_eq!(world.writes(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_case_number_becomes_the_display_number_where_the_firm_numbers() {
    let world = World::with(Config {
        switches: Switches {
            numbering: clio_sandbox::Numbering::Manual,
            ..Switches::default()
        },
        ..empty()
    })
    .await;
    let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
    world.control.add_practice_area("Family");
    let mut request = case_matter(client, "Family", world.control.now());
    request.numbering = Some(Numbering::Manual);
    let outcome = world.call().run(request).await.unwrap();
    assert_eq!(outcome.display_number.as_deref(), Some("2026-17"));
    world.finish();
}

#[tokio::test]
async fn applied_and_answered_with_502_is_one_matter_and_one_post() {
    with_client(async |_, world, fields, client| {
        world.control.add_practice_area("Family");
        world.control.fault(Fault::next(
            "POST",
            "/matters",
            Effect::AppliedThen(FaultAnswer::status(502)),
        ));
        let request = case_matter(client, "Family", world.control.now());
        let outcome = world.call().run(fields.in_matter(request)).await.unwrap();
        let snapshot = world.control.snapshot();
        assert_eq!(snapshot.matters.len(), 1);
        assert_eq!(snapshot.matters[0].id, outcome.id);
        assert_eq!(world.count("POST", "/matters"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_matter_that_was_removed_is_made_again_only_on_request() {
    with_client(async |_, world, fields, client| {
        world.control.add_practice_area("Family");
        let mut request = case_matter(client, "Family", world.control.now());
        let first = world
            .call()
            .run(fields.in_matter(request.clone()))
            .await
            .unwrap();
        world.control.delete_matter(first.id);

        request.known_id = Some(first.id);
        let error = world
            .call()
            .run(fields.in_matter(request.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.problem().unwrap().code, ProblemCode::Removed);
        assert!(world.control.snapshot().matters.is_empty());

        request.on_removed = Some(OnRemoved::Create);
        let again = world.call().run(fields.in_matter(request)).await.unwrap();
        assert_eq!(again.disposition, Disposition::Created);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_exist_is_named_as_the_field_at_fault() {
    both_ways(async |_, world, fields| {
        world.control.add_practice_area("Family");
        let error = world
            .call()
            .run(fields.in_matter(case_matter(999_999, "Family", world.control.now())))
            .await
            .unwrap_err();
        let problem = error.problem().unwrap();
        assert!(
            matches!(
                problem.code,
                ProblemCode::NotFound | ProblemCode::RejectedByClio
            ),
            "{problem:?}"
        );
        assert!(world.control.snapshot().matters.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_matter_that_went_to_another_client_is_found_by_a_marker_alone() {
    with_client(async |markers, world, fields, client| {
        world.control.add_practice_area("Family");
        let request = case_matter(client, "Family", world.control.now());
        let marked = fields.in_matter(request);
        let first = world.call().run(marked.clone()).await.unwrap();
        // The client was made anew meanwhile, and the matter stayed.
        let other = world.control.add_contact(NewContact::person("Ann", "Lee"));
        let moved = CreateRequest {
            client: other,
            ..marked
        };
        let again = world.call().run(moved).await.unwrap();
        match markers {
            Markers::Without => assert_eq!(again.disposition, Disposition::Created),
            Markers::With => assert_eq!(
                (again.id, again.matched_by),
                (first.id, Some(MatterMatch::Marker))
            ),
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_client_in_a_place_that_was_resolved_costs_one_request() {
    with_client(async |markers, world, fields, client| {
        let area = world.control.add_practice_area("Family");
        let stage = world.control.add_stage(area, "Intake");
        let request = fields.in_matter(CreateRequest {
            client_is_new: Some(true),
            practice_area: Some(RecordRef::Id(area)),
            matter_stage: Some(MatterStage::Resolved(stage)),
            ..case_matter(client, "", world.control.now())
        });
        world.call().run(request).await.unwrap();
        let mut requests = vec!["GET /matters"; markers.either(0, 1)];
        requests.push("POST /matters");
        assert_eq!(world.requests(), requests);
        assert_eq!(world.control.snapshot().matters[0].stage, Some(stage));
    })
    .await;
}

#[tokio::test]
async fn a_stage_that_left_its_practice_area_since_is_refused_by_clio_with_nothing_made() {
    with_client(async |_, world, fields, client| {
        let area = world.control.add_practice_area("Personal Injury");
        let other = world.control.add_practice_area("Family");
        let stage = world.control.add_stage(other, "Mediation");
        let request = fields.in_matter(CreateRequest {
            practice_area: Some(RecordRef::Id(area)),
            matter_stage: Some(MatterStage::Resolved(stage)),
            ..case_matter(client, "", world.control.now())
        });
        let error = world.call().run(request).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(problem.field.as_deref(), Some("/matter_stage"));
        assert!(world.control.snapshot().matters.is_empty());
    })
    .await;
}
