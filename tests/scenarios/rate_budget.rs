//! The account's request budget is shared and respected: work waits for the
//! window instead of running into 429.

use std::time::Duration;

use clio_sandbox::{Config, Effect, Fault, FaultAnswer, RateLimit, Times};
use clio_tests::{World, ann, empty};
use serde_json::json;

fn case_of(world: &World, documents: usize) -> std::path::PathBuf {
    let list: Vec<_> = (0..documents)
        .map(|n| {
            world.file(&format!("{n}.txt"), format!("document {n}"));
            json!({"source_id": format!("{n}"), "file": format!("{n}.txt"), "name": format!("{n}.txt"), "approved": true})
        })
        .collect();
    world.file(
        "case.json",
        json!({
            "source_id": "intake:case-30",
            "client": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"},
            "matter": {"title": "Lee v. Harbor", "case_type": "Family"},
            "documents": list,
        })
        .to_string(),
    )
}

#[tokio::test]
async fn thirty_documents_wait_for_the_window_and_finish_without_a_429() {
    let world = World::with(Config {
        rate_limit: RateLimit {
            limit: 50,
            window: Duration::from_secs(4),
        },
        ..empty()
    })
    .await;
    world.control.add_practice_area("Family");
    let case = case_of(&world, 30);
    world
        .clio(&["sync", case.to_str().unwrap()])
        .await
        .expect_code(0);

    let api = world.api();
    assert!(
        api.iter().all(|exchange| exchange.status != Some(429)),
        "{:?}",
        world.requests()
    );
    assert!(api.len() <= 2 * 30 + 6, "{} requests", api.len());
    assert!(
        api.len() > 50,
        "the window was never full: nothing was shown"
    );
    assert_eq!(world.control.snapshot().documents.len(), 30);
    world.finish();
}

#[tokio::test]
async fn a_second_user_of_the_same_token_is_left_its_share() {
    let world = World::with(Config {
        rate_limit: RateLimit {
            limit: 20,
            window: Duration::from_secs(3),
        },
        ..empty()
    })
    .await;
    let began = world.control.now();
    // One call tells the runner the limit. Then somebody else spends the window.
    world.call().run(ann(began)).await.unwrap();
    world.spend(14).await;
    for _ in 0..5 {
        world.call().run(ann(began)).await.unwrap();
    }
    let refused = world.api().iter().filter(|e| e.status == Some(429)).count();
    assert!(refused <= 1, "{refused} answers were 429");
    world.finish();
}

#[tokio::test]
async fn a_429_is_waited_out_in_every_form_and_the_write_is_made_once() {
    let soon = || httpdate(std::time::SystemTime::now() + Duration::from_secs(2));
    for headers in [
        vec![("Retry-After".to_owned(), "1".to_owned())],
        vec![("Retry-After".to_owned(), soon())],
    ] {
        let world = World::new().await;
        let answer = FaultAnswer {
            status: 429,
            headers,
            ..FaultAnswer::status(429)
        };
        world
            .control
            .fault(Fault::next("POST", "/contacts", Effect::Answer(answer)));
        world.call().run(ann(world.control.now())).await.unwrap();
        assert_eq!(world.count("POST", "/contacts"), 2);
        assert_eq!(world.control.snapshot().contacts.len(), 1);
        world.finish();
    }

    let world = World::new().await;
    world.control.fault(Fault::next(
        "GET",
        "/contacts",
        Effect::WrappedRateLimit { seconds: 1 },
    ));
    world.call().run(ann(world.control.now())).await.unwrap();
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    world.finish();
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_a_transient_error_that_says_when() {
    let world = World::new().await;
    let answer = FaultAnswer {
        status: 429,
        headers: vec![("Retry-After".to_owned(), "3600".to_owned())],
        ..FaultAnswer::status(429)
    };
    world
        .control
        .fault(Fault::next("GET", "/contacts", Effect::Answer(answer)).times(Times::Forever));
    let error = world
        .call()
        .run(ann(world.control.now()))
        .await
        .unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let problem = error.problem().unwrap();
    assert_eq!(
        problem.code,
        clio_host::actions::types::ProblemCode::RateLimited
    );
    let wait = problem.retry_after_ms.unwrap();
    assert!((3_000_000..=3_700_000).contains(&wait), "{wait} ms");
    assert_eq!(world.api().len(), 1, "no storm of repetitions");
    world.finish();
}

pub(crate) fn httpdate(time: std::time::SystemTime) -> String {
    let instant = jiff::Timestamp::try_from(time).unwrap();
    instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
