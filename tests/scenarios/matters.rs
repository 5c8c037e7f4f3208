//! A matter is opened: once, in the right practice area, at a stage of it.

use clio_host::matters::{MatterMatch, MatterStage, Numbering, OnRemoved, PracticeArea};
use clio_host::types::{Disposition, ProblemCode};
use clio_sandbox::{Config, Effect, Fault, FaultAnswer, NewContact, NewMatter, Switches};
use clio_tests::{World, case_matter, empty};

async fn world_with_client() -> (World, u64) {
    let world = World::new().await;
    let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
    (world, client)
}

#[tokio::test]
async fn a_new_matter_is_created_once_and_found_again_by_its_reference() {
    let (world, client) = world_with_client().await;
    let area = world.control.add_practice_area("Personal Injury");
    let request = case_matter(client, "  personal INJURY ", world.control.now());

    let first = world.call().create_matter(request.clone()).await.unwrap();
    assert_eq!(first.disposition, Disposition::Created);
    assert!(first.display_number.is_some());
    assert_eq!(
        world.requests(),
        ["GET /matters", "GET /practice_areas", "POST /matters"]
    );
    let matter = &world.control.snapshot().matters[0];
    assert_eq!(matter.client_reference.as_deref(), Some("intake:case-17"));
    assert_eq!(matter.description, "Lee v. Harbor Freight (2026-17)");
    assert_eq!(matter.practice_area, Some(area));

    world.control.clear_trace();
    let second = world.call().create_matter(request).await.unwrap();
    assert_eq!(
        (second.id, second.disposition),
        (first.id, Disposition::Linked)
    );
    assert_eq!(second.matched_by, Some(MatterMatch::Reference));
    assert_eq!(world.requests(), ["GET /matters"]);
    world.finish();
}

#[tokio::test]
async fn an_existing_matter_is_linked_and_left_as_it_is() {
    let (world, client) = world_with_client().await;
    world.control.add_practice_area("Personal Injury");
    let id = world.control.add_matter(NewMatter {
        client_reference: Some("intake:case-17".into()),
        ..NewMatter::of(client, "What the firm made of it")
    });
    let outcome = world
        .call()
        .create_matter(case_matter(client, "Personal Injury", world.control.now()))
        .await
        .unwrap();
    assert_eq!((outcome.id, outcome.disposition), (id, Disposition::Linked));
    assert_eq!(
        world.control.snapshot().matters[0].description,
        "What the firm made of it"
    );
    assert_eq!(world.writes(), 0);
    world.finish();
}

#[tokio::test]
async fn a_stage_is_set_when_it_belongs_to_the_practice_area() {
    let (world, client) = world_with_client().await;
    let area = world.control.add_practice_area("Personal Injury");
    let stage = world.control.add_stage(area, "Intake");
    let mut request = case_matter(client, "Personal Injury", world.control.now());
    request.matter_stage = Some(MatterStage::Name("intake".into()));
    world.call().create_matter(request).await.unwrap();
    assert_eq!(world.control.snapshot().matters[0].stage, Some(stage));
    world.finish();
}

#[tokio::test]
async fn a_stage_of_another_practice_area_is_refused_before_anything_is_made() {
    let (world, client) = world_with_client().await;
    let area = world.control.add_practice_area("Personal Injury");
    let other = world.control.add_practice_area("Family");
    let stage = world.control.add_stage(other, "Mediation");
    for wanted in [
        PracticeArea::Id(area),
        PracticeArea::Name("Personal Injury".into()),
    ] {
        let mut request = case_matter(client, "", world.control.now());
        request.practice_area = Some(wanted);
        request.matter_stage = Some(MatterStage::Id(stage));
        let error = world.call().create_matter(request).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!(problem.code, ProblemCode::Conflict, "{problem:?}");
        assert_eq!(problem.field.as_deref(), Some("/matter_stage"));
    }
    assert_eq!(world.writes(), 0);
    world.finish();
}

#[tokio::test]
async fn an_unknown_practice_area_is_named_as_the_field_at_fault() {
    let (world, client) = world_with_client().await;
    world.control.add_practice_area("Personal Injury");
    let error = world
        .call()
        .create_matter(case_matter(client, "Maritime", world.control.now()))
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
    world.finish();
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
    let outcome = world.call().create_matter(request).await.unwrap();
    assert_eq!(outcome.display_number.as_deref(), Some("2026-17"));
    world.finish();
}

#[tokio::test]
async fn applied_and_answered_with_502_is_one_matter_and_one_post() {
    let (world, client) = world_with_client().await;
    world.control.add_practice_area("Family");
    world.control.fault(Fault::next(
        "POST",
        "/matters",
        Effect::AppliedThen(FaultAnswer::status(502)),
    ));
    let request = case_matter(client, "Family", world.control.now());
    let outcome = world.call().create_matter(request).await.unwrap();
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.matters.len(), 1);
    assert_eq!(snapshot.matters[0].id, outcome.id);
    assert_eq!(world.count("POST", "/matters"), 1);
    world.finish();
}

#[tokio::test]
async fn a_matter_that_was_removed_is_made_again_only_on_request() {
    let (world, client) = world_with_client().await;
    world.control.add_practice_area("Family");
    let mut request = case_matter(client, "Family", world.control.now());
    let first = world.call().create_matter(request.clone()).await.unwrap();
    world.control.delete_matter(first.id);

    request.known_id = Some(first.id);
    let error = world
        .call()
        .create_matter(request.clone())
        .await
        .unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::Removed);
    assert!(world.control.snapshot().matters.is_empty());

    request.on_removed = Some(OnRemoved::Create);
    let again = world.call().create_matter(request).await.unwrap();
    assert_eq!(again.disposition, Disposition::Created);
    world.finish();
}

#[tokio::test]
async fn a_client_that_does_not_exist_is_named_as_the_field_at_fault() {
    let world = World::new().await;
    world.control.add_practice_area("Family");
    let error = world
        .call()
        .create_matter(case_matter(999_999, "Family", world.control.now()))
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
    world.finish();
}
