//! One look tells the state of a whole case's documents.

use clio_host::actions::find_documents::{FindRequest, Scope};
use clio_host::actions::types::{DocumentStatus, ProblemCode};
use clio_sandbox::{Effect, Fault, NewDocument, Place, Times};
use clio_tests::World;

use crate::upload_document::{retainer, world_with_matter};

#[tokio::test]
async fn one_request_tells_every_state_in_the_order_asked_for() {
    let (world, matter) = world_with_matter().await;
    let complete = world.call().run(retainer(matter)).await.unwrap().id;

    let mut trashed = retainer(matter);
    trashed.source_id = "trashed".into();
    let trashed = world.call().run(trashed).await.unwrap().id;
    world.control.trash_document(trashed);

    let mut orphan = retainer(matter);
    orphan.source_id = "orphan".into();
    world
        .control
        .fault(Fault::storage("PUT", Effect::Reset).times(Times::Forever));
    world.call().run(orphan).await.unwrap_err();

    world.control.clear_trace();
    let states = world
        .call()
        .run(FindRequest {
            scope: Scope::Matter(matter),
            source_ids: ["absent", "trashed", "intake:case-17/retainer", "orphan"]
                .map(str::to_owned)
                .to_vec(),
        })
        .await
        .unwrap();
    let told: Vec<_> = states
        .iter()
        .map(|s| (s.source_id.as_str(), s.status))
        .collect();
    assert_eq!(
        told,
        [
            ("absent", DocumentStatus::Absent),
            ("trashed", DocumentStatus::Trashed),
            ("intake:case-17/retainer", DocumentStatus::Complete),
            ("orphan", DocumentStatus::Incomplete),
        ]
    );
    assert_eq!(states[2].id, Some(complete));
    assert_eq!(states[2].sha256.as_deref().map(str::len), Some(64));
    assert_eq!(world.requests(), ["GET /documents"]);
    world.finish();
}

#[tokio::test]
async fn more_documents_than_a_page_are_all_seen() {
    let (world, matter) = world_with_matter().await;
    for index in 0..450 {
        world.add(
            Place::Matter(matter),
            NewDocument::complete(&format!("{index}.pdf"), b"some bytes")
                .external_property("source-id", &format!("bulk-{index}")),
        );
    }
    let wanted: Vec<_> = [0, 199, 200, 399, 400, 449]
        .map(|n| format!("bulk-{n}"))
        .to_vec();
    let states = world
        .call()
        .run(FindRequest {
            scope: Scope::Matter(matter),
            source_ids: wanted,
        })
        .await
        .unwrap();
    assert!(
        states
            .iter()
            .all(|state| state.status == DocumentStatus::Complete),
        "{states:?}"
    );
    assert_eq!(world.api().len(), 3);
    world.finish();
}

/// Trap: the next page leads to another origin.
/// Take out: `components/clio-api/src/paging.rs`: `next.strip_prefix(origin)`
/// Replace with: `next.get(origin.len()..)`
#[tokio::test]
async fn a_next_page_on_another_origin_is_not_followed() {
    let (world, matter) = world_with_matter().await;
    for index in 0..201 {
        world.add(
            Place::Matter(matter),
            NewDocument::complete(&format!("{index}.pdf"), b"some bytes")
                .external_property("source-id", &format!("bulk-{index}")),
        );
    }
    let elsewhere = World::new().await;
    let mut switches = world.control.switches();
    switches.next_page_origin = Some(elsewhere.sandbox.origin().to_owned());
    world.control.set_switches(switches);
    let error = world
        .call()
        .run(FindRequest {
            scope: Scope::Matter(matter),
            source_ids: vec!["bulk-200".into(), "bulk-199".into()],
        })
        .await
        .unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::UnexpectedAnswer);
    assert!(elsewhere.control.trace().is_empty());
    world.finish();
}
