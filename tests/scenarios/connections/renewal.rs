//! Tokens that are due, taken away, or withdrawn.

use std::time::Duration;

use clio_host::oauth::SavedTokens;
use clio_host::{CredentialProvider, Host};
use clio_sandbox::{Effect, Fault, Switches};
use clio_tests::{World, empty};

use super::{access_token, listed, run, saved, token_requests, vault};

/// A world whose first token is due at once, and whose later ones are not.
async fn world_with_due_token(switches: Switches) -> World {
    let short = Duration::from_secs(1);
    let world = World::with(clio_sandbox::Config {
        switches: Switches {
            token_life: short,
            ..switches.clone()
        },
        ..empty()
    })
    .await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.set_switches(switches);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    world.control.clear_trace();
    world
}

#[tokio::test]
async fn a_due_token_is_renewed_once_for_many_tasks_and_processes() {
    for rotate in [false, true] {
        let switches = Switches {
            rotate_refresh_tokens: rotate,
            ..Switches::default()
        };
        let world = world_with_due_token(switches).await;
        let provider = || {
            let saved = saved(&world, "firm");
            SavedTokens::new(vault(&world), "firm", &saved, Host::builder().network(), "").unwrap()
        };
        // Two providers stand for two processes of an embedder, beside two real
        // processes of the command.
        let (one, other) = (provider(), provider());
        let tasks = (0..32).map(|number| {
            let tokens = if number % 2 == 0 {
                one.clone()
            } else {
                other.clone()
            };
            tokio::spawn(async move { tokens.bearer().await.unwrap() })
        });
        let tasks: Vec<_> = tasks.collect();
        let (first, second) = tokio::join!(run(&world, "firm"), run(&world, "firm"));
        first.expect_code(0);
        second.expect_code(0);
        let mut tokens = Vec::new();
        for task in tasks {
            tokens.push(task.await.unwrap());
        }
        assert!(tokens.iter().all(|token| token.is_same(&tokens[0])));
        assert_eq!(token_requests(&world), 1, "rotate: {rotate}");
        world.finish();
    }
}

#[tokio::test]
async fn a_token_that_is_taken_away_midway_is_renewed_and_the_request_repeated_once() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.revoke(&access_token(&world, "firm"));
    world.control.clear_trace();
    run(&world, "firm").await.expect_code(0);
    assert_eq!(token_requests(&world), 1);
    let refused = world.api().iter().filter(|e| e.status == Some(401)).count();
    assert_eq!(refused, 1);
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    world.finish();
}

#[tokio::test]
async fn a_withdrawn_consent_is_not_connected_with_what_to_type() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.revoke_grants();
    world.control.clear_trace();
    let output = run(&world, "firm").await.expect_code(77);
    let error = &output.json()["error"]["permanent"];
    assert_eq!(error["code"], "not_connected", "{output:#?}");
    let command = format!("clio connect firm --origin {}", world.sandbox.origin());
    assert!(
        error["message"].as_str().unwrap().contains(&command),
        "{output:#?}"
    );
    assert!(output.stderr.contains(&command), "{output:#?}");
    assert_eq!(token_requests(&world), 1);
    assert_eq!(listed(&world).await[0]["status"], "withdrawn");
    let doctor = world.clio(&["doctor", "firm"]).await.expect_code(77);
    assert!(doctor.stdout.contains(&command), "{doctor:#?}");

    // The same name again, with the application that was used before.
    world.connect_as("firm", &[]).await.expect_code(0);
    assert_eq!(listed(&world).await[0]["status"], "connected");
    run(&world, "firm").await.expect_code(0);
    world.finish();
}

#[tokio::test]
async fn an_answer_that_is_no_oauth_is_transient_and_a_due_token_still_serves() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    // A token that is due in its last fifth, and alive.
    vault(&world)
        .update(|contents| {
            let saved = contents.connections.get_mut("firm").unwrap();
            let credentials = saved.credentials.as_mut().unwrap();
            let now = jiff::Timestamp::now().as_millisecond() as u64;
            (credentials.issued_ms, credentials.expires_ms) = (now - 90_000, Some(now + 10_000));
        })
        .unwrap();
    let unavailable = || Fault::next("POST", "/oauth/token", Effect::Maintenance);
    world.control.fault(unavailable());
    run(&world, "firm").await.expect_code(0);
    assert!(world.control.faults().is_empty());

    // Expired: nothing to serve with, and nothing to withdraw either.
    vault(&world)
        .update(|contents| {
            let saved = contents.connections.get_mut("firm").unwrap();
            saved.credentials.as_mut().unwrap().expires_ms = Some(1);
        })
        .unwrap();
    world.control.fault(unavailable());
    let output = run(&world, "firm").await.expect_code(75);
    assert_eq!(
        output.json()["error"]["transient"]["code"],
        "unavailable",
        "{output:#?}"
    );
    assert_eq!(listed(&world).await[0]["status"], "connected");
    run(&world, "firm").await.expect_code(0);
    world.finish();
}
