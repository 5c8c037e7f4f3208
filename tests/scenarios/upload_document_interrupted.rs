//! An upload breaks at every exchange in turn. Taken up again, it ends as one
//! complete document.

use std::time::Duration;

use clio_host::actions::upload_document::UploadDisposition;
use clio_sandbox::{Config, Effect, Fault, FaultAnswer, NewContact, NewMatter, Switches, Times};
use clio_tests::{World, empty, sha256_hex};

use crate::upload_document::{retainer, world_with_matter};

/// Uploads through a fault, repeating transient failures as an orchestrator
/// would, and asserts that one complete document stands in the end.
async fn upload_through(world: World, matter: u64, faults: &[Fault]) -> World {
    for fault in faults {
        world.control.fault(fault.clone());
    }
    let mut request = retainer(matter);
    request.began = Some(world.control.now().to_string());
    for attempt in 0.. {
        match world.call().run(request.clone()).await {
            Ok(_) => break,
            Err(error) => {
                assert!(error.is_transient(), "{error:?}");
                assert!(attempt < 4, "still failing: {error:?}");
            }
        }
    }
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.documents.len(), 1, "{:#?}", snapshot.documents);
    let versions = &snapshot.documents[0].versions;
    let last = versions.last().unwrap();
    assert!(last.fully_uploaded);
    assert_eq!(
        last.sha256.as_deref(),
        Some(sha256_hex(b"%PDF-1.4 a retainer agreement").as_str())
    );
    let again = world.call().run(request).await.unwrap();
    assert_eq!(again.disposition, UploadDisposition::Linked);
    world
}

fn every_loss() -> Vec<Effect> {
    vec![
        Effect::AppliedThen(FaultAnswer::status(502)),
        Effect::AnswerLost,
        Effect::CutAfter { bytes: 12 },
        Effect::MalformedJson,
        Effect::Maintenance,
        Effect::Reset,
    ]
}

#[tokio::test]
async fn when_the_creation_breaks() {
    for effect in every_loss() {
        let (world, matter) = world_with_matter().await;
        let fault = Fault::next("POST", "/documents", effect.clone());
        let world = upload_through(world, matter, &[fault]).await;
        if !matches!(effect, Effect::Maintenance | Effect::Reset) {
            assert_eq!(world.count("POST", "/documents"), 1, "{effect:?}");
        }
        world.finish();
    }
}

#[tokio::test]
async fn when_the_storage_breaks() {
    for effect in every_loss() {
        let (world, matter) = world_with_matter().await;
        let world = upload_through(world, matter, &[Fault::storage("PUT", effect)]).await;
        assert_eq!(world.count("POST", "/documents"), 1);
        world.finish();
    }
}

/// Trap: a repeated last step fails because the first one worked.
/// Take out: `components/clio-api/src/upload_document/finish.rs`: `if completed(client, id, uuid, changes)? {`
/// Replace with: `if false {`
#[tokio::test]
async fn when_the_last_patch_breaks() {
    for effect in every_loss() {
        let (world, matter) = world_with_matter().await;
        let fault = Fault::next("PATCH", "/documents/*", effect);
        let world = upload_through(world, matter, &[fault]).await;
        assert_eq!(world.count("POST", "/documents"), 1);
        world.finish();
    }
}

#[tokio::test]
async fn when_everything_breaks_once() {
    let (world, matter) = world_with_matter().await;
    let world = upload_through(
        world,
        matter,
        &[
            Fault::next("GET", "/documents", Effect::CutAfter { bytes: 3 }),
            Fault::next("POST", "/documents", Effect::AnswerLost),
            Fault::storage("PUT", Effect::Reset),
            Fault::next("PATCH", "/documents/*", Effect::AnswerLost),
        ],
    )
    .await;
    assert_eq!(world.count("POST", "/documents"), 1);
    world.finish();
}

/// Trap: a timeout of Clio's own look at storage is taken as final.
/// Take out: `components/clio-api/src/upload_document/finish.rs`: `if error.is("UploadTimeoutError") {`
/// Replace with: `if false {`
#[tokio::test]
async fn a_verification_that_times_out_is_waited_out() {
    let world = World::with(Config {
        switches: Switches {
            upload_timeouts: 2,
            ..Switches::default()
        },
        ..empty()
    })
    .await;
    let client = world.control.add_contact(NewContact::person("Ann", "Lee"));
    let matter = world.control.add_matter(NewMatter::of(client, "Lee"));
    let outcome = world.call().run(retainer(matter)).await.unwrap();
    assert_eq!(outcome.disposition, UploadDisposition::Created);
    assert_eq!(
        world.storage().len(),
        1,
        "the bytes are there: they are not sent again"
    );
    assert_eq!(
        world.count("PATCH", &format!("/documents/{}", outcome.id)),
        3
    );
    world.finish();
}

#[tokio::test]
async fn an_orphan_whose_url_has_expired_is_completed() {
    let (world, matter) = world_with_matter().await;
    world
        .control
        .fault(Fault::storage("PUT", Effect::Reset).times(Times::Forever));
    let error = world.call().run(retainer(matter)).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    world.control.clear_faults();
    world.control.advance(Duration::from_secs(3600));
    let world = upload_through(world, matter, &[]).await;
    assert_eq!(world.control.snapshot().documents.len(), 1);
    world.finish();
}
