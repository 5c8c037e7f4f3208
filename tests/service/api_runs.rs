//! Runs are listed, shown, ended and tried again by those alone whose they are.

use clio_sandbox::{Effect, Fault, Times};
use clio_tests::World;
use serde_json::{Value, json};

use crate::api_calls::{ann, call, ended, slow};

const PREFERS: [(&str, &str); 1] = [("Prefer", "respond-async")];

fn ids(listed: &Value) -> Vec<&str> {
    let runs = listed["runs"].as_array().unwrap().iter();
    runs.map(|run| run["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn runs_are_listed_by_what_is_asked_and_no_foreign_one_is_there() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.connect_as("other", &[]).await.expect_code(0);
    let serving = world.serve(&[]).await;
    let all = world.key(&["read", "write"], &[]).await;
    let firms = world.key(&["read", "write"], &["firm"]).await;
    let mut made = Vec::new();
    for connection in ["firm", "firm", "other"] {
        let path = format!("/v1/connections/{connection}/calls/check-connection.check");
        let answer = call(&serving, &path, &all, &[], &json!({})).await;
        made.push(answer.header("clio-run").unwrap().to_owned());
        answer.expect_status(200);
    }
    let list = async |key: &str, query: &str| {
        let path = format!("/v1/runs{query}");
        serving.ask("GET", &path, key, None).await
    };
    let listed = list(&all, "").await.expect_status(200).json();
    assert_eq!(ids(&listed), [&made[2], &made[1], &made[0]]);
    assert!(listed["runs"][0]["result"].is_null() && listed["before"].is_null());
    let listed = list(&firms, "?kind=call&status=done").await.json();
    assert_eq!(ids(&listed), [&made[1], &made[0]]);
    let page = list(&firms, "?limit=1").await.json();
    assert_eq!(ids(&page), [&made[1]]);
    let next = format!("?limit=1&before={}", page["before"].as_str().unwrap());
    assert_eq!(ids(&list(&firms, &next).await.json()), [&made[0]]);
    for (query, some) in [
        ("?status=failed", false),
        ("?kind=case,event", false),
        ("?since=2020-01-01T00:00:00Z", true),
        ("?until=2020-01-01T00:00:00Z", false),
        ("?connection=firm", true),
    ] {
        let listed = list(&firms, query).await.expect_status(200).json();
        assert_eq!(!ids(&listed).is_empty(), some, "{query}");
    }
    for (query, status) in [
        ("?status=lost", 422),
        ("?limit=0", 422),
        ("?limit=201", 422),
        ("?since=yesterday", 422),
        ("?color=red", 422),
        ("?connection=other", 404),
        ("?before=000000000000000000000000", 404),
    ] {
        list(&firms, query).await.expect_status(status);
    }
    // A foreign run is not there, whatever is asked of it.
    let foreign = &made[2];
    for (method, path) in [
        ("GET", format!("/v1/runs/{foreign}")),
        ("GET", format!("/v1/runs/{foreign}/events")),
        ("POST", format!("/v1/runs/{foreign}/cancel")),
        ("POST", format!("/v1/runs/{foreign}/retry")),
        ("POST", "/v1/connections/other/runs/retry".to_owned()),
        ("GET", "/v1/connections/other".to_owned()),
    ] {
        serving
            .ask(method, &path, &firms, None)
            .await
            .expect_status(404);
    }
    let connections = serving
        .ask("GET", "/v1/connections", &firms, None)
        .await
        .json();
    let connections = connections["connections"].as_array().unwrap();
    assert_eq!(connections.len(), 1);
    assert_eq!(connections[0]["name"], "firm");
    assert_eq!(connections[0]["status"], "connected");
    world.finish();
}

#[tokio::test]
async fn what_waits_is_cancelled_and_what_failed_is_tried_again_one_or_all() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let serving = world.serve(&[]).await;
    let key = world.key(&["read", "write"], &["firm"]).await;
    let reads = world.key(&["read"], &["firm"]).await;
    let path = "/v1/connections/firm/calls/sync-contact.sync";
    // One that hangs holds the lane of its contact.
    world.control.fault(Fault::next("GET", "/contacts", slow()));
    let first = call(&serving, path, &key, &PREFERS, &ann()).await.json();
    world.wait_for_requests(world.requests().len() + 1).await;
    let second = call(&serving, path, &key, &PREFERS, &ann()).await.json();
    let act = async |id: &Value, act: &str, key: &str| {
        let path = format!("/v1/runs/{}/{act}", id.as_str().unwrap());
        serving.ask("POST", &path, key, None).await
    };
    act(&second["id"], "cancel", &reads)
        .await
        .expect_status(403);
    let cancelled = act(&second["id"], "cancel", &key).await;
    assert_eq!(cancelled.expect_status(202).json()["status"], "cancelled");
    act(&second["id"], "cancel", &key).await.expect_status(409);
    act(&first["id"], "cancel", &key).await.expect_status(202);
    let ended_first = ended(&serving, &key, first["id"].as_str().unwrap()).await;
    assert_eq!(ended_first["status"], "cancelled", "{ended_first:#}");

    // Clio refuses both; then it does not.
    let refuses = Fault::next("POST", "/contacts", Effect::status(422)).times(Times::Forever);
    world.control.fault(refuses);
    for id in [&first["id"], &second["id"]] {
        act(id, "retry", &reads).await.expect_status(403);
        act(id, "retry", &key).await.expect_status(202);
        let told = ended(&serving, &key, id.as_str().unwrap()).await;
        assert_eq!(told["status"], "failed", "{told:#}");
    }
    world.control.clear_faults();
    let all = "/v1/connections/firm/runs/retry";
    serving
        .ask("POST", all, &reads, None)
        .await
        .expect_status(403);
    let retried = serving.ask("POST", all, &key, None).await;
    assert_eq!(retried.expect_status(202).json()["retried"], 2);
    for id in [&first["id"], &second["id"]] {
        let told = ended(&serving, &key, id.as_str().unwrap()).await;
        assert_eq!(told["status"], "done", "{told:#}");
        act(id, "retry", &key).await.expect_status(409);
    }
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    world.finish();
}
