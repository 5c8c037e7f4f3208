//! A contact is created, and the answer does not arrive. There is one record in
//! the end, and the runner never sends the creation twice by itself. With marker
//! fields in the account, and without.

use clio_host::actions::types::Disposition;
use clio_sandbox::{Effect, Fault, FaultAnswer};
use clio_tests::{World, ann};

use crate::setup_markers::Markers;

/// Syncs Ann while her creation suffers `effect`, once with marker fields in
/// the account and once without, and counts the creations that were sent.
async fn posts_through(effect: Effect) -> [usize; 2] {
    let mut posts = [0; 2];
    for (posts, markers) in posts.iter_mut().zip(Markers::BOTH) {
        let world = sync_through(effect.clone(), markers).await;
        *posts = world.count("POST", "/contacts");
        world.finish();
    }
    posts
}

/// Repeats transient failures as an orchestrator would, and returns the world.
async fn sync_through(effect: Effect, markers: Markers) -> World {
    let world = World::new().await;
    let fields = markers.fields(&world);
    world
        .control
        .fault(Fault::next("POST", "/contacts", effect));
    let began = world.control.now();
    for attempt in 0.. {
        match world.call().run(fields.in_contact(ann(began))).await {
            Ok(_) => break,
            Err(error) => {
                assert!(error.is_transient(), "{error:?}");
                assert!(attempt < 3, "still failing: {error:?}");
            }
        }
    }
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    world
}

#[tokio::test]
async fn applied_and_answered_with_502_is_one_record_and_one_post() {
    let posts = posts_through(Effect::AppliedThen(FaultAnswer::status(502))).await;
    assert_eq!(posts, [1; 2]);
}

#[tokio::test]
async fn applied_with_the_answer_lost_is_one_record_and_one_post() {
    let posts = posts_through(Effect::AnswerLost).await;
    assert_eq!(posts, [1; 2]);
}

#[tokio::test]
async fn applied_with_the_answer_cut_is_one_record_and_one_post() {
    let posts = posts_through(Effect::CutAfter { bytes: 20 }).await;
    assert_eq!(posts, [1; 2]);
}

#[tokio::test]
async fn applied_with_a_malformed_answer_is_one_record_and_one_post() {
    let posts = posts_through(Effect::MalformedJson).await;
    assert_eq!(posts, [1; 2]);
}

#[tokio::test]
async fn refused_with_503_and_not_applied_is_one_record_after_a_repetition() {
    let posts = posts_through(Effect::Maintenance).await;
    assert_eq!(posts, [2; 2]);
}

#[tokio::test]
async fn a_reset_before_anything_was_applied_is_one_record_after_a_repetition() {
    let posts = posts_through(Effect::Reset).await;
    assert!(posts.iter().all(|posts| *posts >= 1), "{posts:?}");
}

#[tokio::test]
async fn reads_that_fail_are_repeated_by_the_runner() {
    let world = World::new().await;
    world
        .control
        .fault(Fault::next("GET", "/contacts", Effect::status(503)));
    world.control.fault(Fault::next(
        "GET",
        "/contacts",
        Effect::CutAfter { bytes: 5 },
    ));
    let outcome = world.call().run(ann(world.control.now())).await.unwrap();
    assert_eq!(outcome.disposition, Disposition::Created);
    assert_eq!(world.count("GET", "/contacts"), 4);
    assert_eq!(world.count("POST", "/contacts"), 1);
    world.finish();
}
