//! All processes of a home share a connection's budget of requests, whatever they
//! are: services, and runs of the command.

use std::time::Duration;

use clio_sandbox::RateLimit;
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
            let input = look_for(number).to_string();
            let arguments = ["run", "lookup", "--connection", "firm", "--input", "-"];
            let run = world.clio_with(&arguments, &[], Some(&input)).await;
            run.expect_code(0);
        }
    };
    tokio::join!(
        one_after_another(),
        one_after_another(),
        one_after_another()
    );
    expect_few_refusals(&world, 36);
}
