//! All processes of a home share a connection's budget of requests, whatever they
//! are: services, and runs of the command.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, RateLimit};
use clio_tests::{Serving, World};
use serde_json::{Value, json};

const LOOKUP: &str = "/v1/connections/firm/calls/lookup.find";

/// A world with a connected firm, of which Clio takes so many requests in a window.
/// Windows end at whole seconds, so they are some seconds long.
pub(crate) async fn limited(limit: u32, seconds: u64) -> World {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.set_rate_limit(RateLimit {
        limit,
        window: Duration::from_secs(seconds),
    });
    world.control.clear_trace();
    world
}

/// Asks for a look that costs one request, in which its number stands, and does not
/// wait for its end. Returns the run's id.
pub(crate) async fn ask_for(serving: &Serving, key: &str, number: usize) -> String {
    let input = look_for(number).to_string();
    let authorization = format!("Bearer {key}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
        ("Prefer", "respond-async"),
    ];
    let answer = serving
        .send("POST", LOOKUP, &headers, input.as_bytes())
        .await;
    let run = answer.expect_status(202).json();
    run["id"].as_str().unwrap().to_owned()
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

/// How many runs have a status.
pub(crate) async fn count(serving: &Serving, key: &str, status: &str) -> usize {
    let path = format!("/v1/runs?status={status}&limit=200");
    let runs = serving.ask("GET", &path, key, None).await;
    let runs = runs.expect_status(200).json();
    runs["runs"].as_array().unwrap().len()
}

/// Waits until so many runs are done.
pub(crate) async fn wait_for(serving: &Serving, key: &str, done: usize) {
    let waiting = async {
        while count(serving, key, "done").await < done {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let most = Duration::from_secs(60);
    assert!(
        tokio::time::timeout(most, waiting).await.is_ok(),
        "{} of {done} are done",
        count(serving, key, "done").await
    );
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
    let input = json!({"source_id": "intake:client-17", "contact": {"person": {
        "first_name": "Ann", "last_name": "Lee",
    }}, "emails": [{"address": "ann@example.com"}]});
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
    let asked = async {
        while !world.control.faults().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let soon = tokio::time::timeout(Duration::from_secs(20), asked).await;
    soon.expect("it asks");
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

#[tokio::test]
async fn three_services_stay_in_one_budget_at_saturation() {
    let world = limited(30, 3).await;
    let key = world.key(&["read", "write"], &["firm"]).await;
    let services = [
        world.serve(&[]).await,
        world.serve(&[]).await,
        world.serve(&[]).await,
    ];
    for number in 0..100 {
        ask_for(&services[number % 3], &key, number).await;
    }
    wait_for(&services[0], &key, 100).await;
    expect_few_refusals(&world, 100);
}

#[tokio::test]
async fn who_waits_for_an_answer_goes_before_what_nobody_waits_for() {
    let world = limited(10, 2).await;
    let key = world.key(&["read", "write"], &["firm"]).await;
    let serving = world.serve(&[]).await;
    for number in 0..60 {
        ask_for(&serving, &key, number).await;
    }
    let input = look_for(999);
    let answer = serving.ask("POST", LOOKUP, &key, Some(&input)).await;
    answer.expect_status(200);
    let done = count(&serving, &key, "done").await;
    assert!(done < 40, "{done} went first");
}
