//! Runs are listed, shown, ended and tried again by those alone whose they are.

use clio_sandbox::{Effect, Fault, Times};
use clio_tests::World;
use serde_json::{Value, json};

use crate::api_calls::{SYNC, ann, call, ended, served, slow};

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
async fn what_was_done_in_a_former_account_is_neither_shown_nor_answered_again() {
    let (world, serving, key) = served().await;
    let once = [("Idempotency-Key", "17")];
    let first = call(&serving, SYNC, &key, &once, &ann()).await;
    let first = first.expect_status(200);
    let id = first.header("clio-run").unwrap().to_owned();
    world.control.set_account(31, "Other LLP");
    let relinked = world.connect_as("firm", &["--relink"]).await;
    relinked.expect_code(0);

    let listed = serving.ask("GET", "/v1/runs?kind=call", &key, None).await;
    assert_eq!(ids(&listed.expect_status(200).json()), Vec::<&str>::new());
    for (method, path) in [
        ("GET", format!("/v1/runs/{id}")),
        ("GET", format!("/v1/runs/{id}/events")),
        ("POST", format!("/v1/runs/{id}/retry")),
    ] {
        serving
            .ask(method, &path, &key, None)
            .await
            .expect_status(404);
    }
    let again = call(&serving, SYNC, &key, &once, &ann()).await;
    assert_ne!(
        again.expect_status(200).header("clio-run"),
        Some(id.as_str())
    );
}

#[tokio::test]
async fn who_follows_a_run_is_let_go_when_the_key_ends() {
    let (world, serving, key) = served().await;
    let away = Fault::next("POST", "/contacts", Effect::status(503)).times(Times::Forever);
    world.control.fault(away);
    let run = call(&serving, SYNC, &key, &PREFERS, &ann()).await;
    let id = run.expect_status(202).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = world.key(&["read"], &["firm"]).await;
    let path = format!("/v1/runs/{id}/events");
    let follow = serving.ask("GET", &path, &other, None);
    let remove = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let keys = world.clio(&["key", "list", "--json"]).await.expect_code(0);
        let keys: Value = serde_json::from_str(&keys.stdout).unwrap();
        let last = keys
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["rights"] == json!(["read"]));
        let id = last.unwrap()["id"].as_str().unwrap().to_owned();
        world.clio(&["key", "remove", &id]).await.expect_code(0);
    };
    let both = async { tokio::join!(follow, remove) };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(15), both).await;
    let (followed, ()) = ended.expect("who has no key any more went on following");
    let text = String::from_utf8_lossy(&followed.body).into_owned();
    assert!(text.contains("event: run"), "{text}");
    assert!(!text.contains("\"done\""), "{text}");
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
