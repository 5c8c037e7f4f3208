//! All processes of a home share a connection's budget of requests, whatever they
//! are: services, and runs of the command.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, RateLimit};
use clio_tests::World;
use serde_json::{Value, json};

/// A world with a connected firm, of which Clio takes so many requests in a window.
/// Windows end at whole seconds, so they are some seconds long.
async fn limited(limit: u32, seconds: u64) -> World {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.set_rate_limit(RateLimit {
        limit,
        window: Duration::from_secs(seconds),
    });
    world.control.clear_trace();
    world
}

fn look_for(number: usize) -> Value {
    json!({"kind": {"contacts": {}}, "search": format!("look-{number:03}")})
}

/// Looks by the command.
async fn look(world: &World, number: usize) {
    let input = look_for(number).to_string();
    let arguments = ["run", "lookup", "--connection", "firm", "--input", "-"];
    let run = world.clio_with(&arguments, &[], Some(&input)).await;
    run.expect_code(0);
}

/// Asserts that Clio had to refuse fewer than one request in a hundred, of at least
/// so many.
#[track_caller]
fn expect_few_refusals(world: &World, least: usize) {
    let statuses: Vec<u16> = world.api().iter().filter_map(|it| it.status).collect();
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!(statuses.len() >= least, "{} requests", statuses.len());
    assert!(
        refused * 100 < statuses.len(),
        "{refused} of {} were refused",
        statuses.len()
    );
}

/// Trap: each process counts for itself.
#[tokio::test]
async fn commands_that_run_at_once_stay_in_one_budget() {
    let world = limited(12, 3).await;
    let one_after_another = async || {
        for number in 0..12 {
            look(&world, number).await;
        }
    };
    tokio::join!(
        one_after_another(),
        one_after_another(),
        one_after_another()
    );
    expect_few_refusals(&world, 36);
}

/// Trap: what the dead hold is waited for until Clio's window ends.
#[tokio::test]
async fn what_a_killed_command_had_set_aside_is_free_at_once() {
    let world = limited(5, 60).await;
    look(&world, 0).await;
    let never = Effect::Delay {
        by: Duration::from_secs(60),
    };
    world.control.fault(Fault::next("GET", "/contacts", never));
    let input = json!({"source_id": "intake:client-17", "contact": {
        "person": {"first_name": "Ann", "last_name": "Lee"},
        "emails": [{"address": "ann@example.com"}],
    }});
    let input = world.file("ann.json", input.to_string());
    let input = format!("@{}", input.display());
    let arguments = [
        "run",
        "sync-contact",
        "--connection",
        "firm",
        "--input",
        &input,
    ];
    let mut killed = world.spawn(&arguments);
    world.wait_for_requests(2).await;
    killed.kill().await.unwrap();
    // It held three of the four that are left.
    let looks = async {
        for number in 1..4 {
            look(&world, number).await;
        }
    };
    let soon = tokio::time::timeout(Duration::from_secs(20), looks).await;
    soon.expect("nobody waits for the window's end");
}
