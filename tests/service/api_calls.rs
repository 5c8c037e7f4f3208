//! Calls over HTTP: answered when done, or followed as a run; and what fails is
//! told as the action tells it.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, NewContact, Times};
use clio_tests::{Answer, Serving, World};
use serde_json::{Value, json};

pub(crate) const SYNC: &str = "/v1/connections/firm/calls/sync-contact.sync";

/// A world with a connected firm, its service and a key for all of it.
pub(crate) async fn served() -> (World, Serving, String) {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let serving = world.serve(&[]).await;
    let key = world.key(&["read", "write"], &["firm"]).await;
    (world, serving, key)
}

pub(crate) fn ann() -> Value {
    json!({
        "source_id": "intake:client-17",
        "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@example.com"}],
    })
}

/// Sends a call with more fields in its head.
pub(crate) async fn call(
    serving: &Serving,
    path: &str,
    key: &str,
    more: &[(&str, &str)],
    input: &Value,
) -> Answer {
    let authorization = format!("Bearer {key}");
    let mut headers = vec![
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
    ];
    headers.extend_from_slice(more);
    serving
        .send("POST", path, &headers, input.to_string().as_bytes())
        .await
}

/// The run of that id, once it has ended.
pub(crate) async fn ended(serving: &Serving, key: &str, id: &str) -> Value {
    let end = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let run = serving
            .ask("GET", &format!("/v1/runs/{id}"), key, None)
            .await
            .expect_status(200)
            .json();
        if !["waiting", "running"].contains(&run["status"].as_str().unwrap()) {
            return run;
        }
        assert!(tokio::time::Instant::now() < end, "{run:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Takes longer than any of these tests.
pub(crate) fn slow() -> Effect {
    Effect::Delay {
        by: Duration::from_secs(60),
    }
}

#[tokio::test]
async fn a_call_answers_with_its_result_and_stands_as_a_run_with_its_steps() {
    let (world, serving, key) = served().await;
    let answer = call(&serving, SYNC, &key, &[], &ann()).await;
    let run = answer.header("clio-run").unwrap().to_owned();
    let result = answer.expect_status(200).json();
    assert_eq!(result["disposition"], "created", "{result:#}");
    let run = ended(&serving, &key, &run).await;
    for (member, value) in [
        ("status", "done"),
        ("kind", "call"),
        ("what", "sync-contact.sync"),
        ("connection", "firm"),
    ] {
        assert_eq!(run[member], value, "{run:#}");
    }
    assert_eq!(run["result"], result);
    assert_eq!(run["attempts"], 1);
    let account = run["account"].as_str().unwrap();
    assert!(account.starts_with(world.sandbox.origin()), "{account}");
    let steps = run["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1, "{run:#}");
    assert_eq!(steps[0]["correlation_id"], run["id"]);
    assert_eq!(steps[0]["ids"], json!([result["id"]]));
    assert_eq!(steps[0]["writes"][0]["method"], "POST");

    // The same again finds it, and a call that reads needs no right to write.
    let again = call(&serving, SYNC, &key, &[], &ann()).await;
    assert_eq!(again.expect_status(200).json()["disposition"], "linked");
    let reads = world.key(&["read"], &["firm"]).await;
    let path = "/v1/connections/firm/calls/check-connection.check";
    let checked = call(&serving, path, &reads, &[], &json!({})).await;
    checked.expect_status(200);
    call(&serving, SYNC, &reads, &[], &ann())
        .await
        .expect_status(403);
    world.finish();
}

#[tokio::test]
async fn what_fails_is_a_problem_around_the_actions_own_error() {
    let (world, serving, key) = served().await;
    let mut bo = NewContact::person("Bo", "Chan");
    bo = bo.email("ann@example.com");
    world.control.add_contact(bo);
    let answer = call(&serving, SYNC, &key, &[], &ann()).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    let problem = answer.expect_status(409).json();
    assert_eq!(problem["code"], "ambiguous", "{problem:#}");
    assert_eq!(problem["status"], 409);
    assert_eq!(problem["error"]["permanent"]["code"], "ambiguous");
    assert_eq!(problem["type"], "urn:clio-actions:problem:ambiguous");
    assert!(problem["next"].is_string(), "{problem:#}");
    let run = ended(&serving, &key, problem["run"].as_str().unwrap()).await;
    assert_eq!(
        (&run["status"], &run["code"]),
        (&json!("failed"), &json!("ambiguous"))
    );
    assert_eq!(run["error"]["error"], problem["error"]);
    // Nothing of it waits for `clio retry`: the service has it.
    let waiting = world.clio(&["retry", "--json"]).await;
    assert_eq!(waiting.expect_code(0).stdout.trim(), "[]");

    let input = json!({"source_id": "intake:client-17", "contact": {"person": {"age": 7}}});
    let problem = call(&serving, SYNC, &key, &[], &input).await;
    let problem = problem.expect_status(422).json();
    assert_eq!(problem["code"], "invalid_input");
    assert_eq!(
        problem["error"]["permanent"]["field"],
        "/contact/person/age"
    );
    for (path, input, status) in [
        ("/v1/connections/firm/calls/sync-contact.delete", ann(), 404),
        ("/v1/connections/firm/calls/erase.all", ann(), 404),
        ("/v1/connections/other/calls/sync-contact.sync", ann(), 404),
    ] {
        call(&serving, path, &key, &[], &input)
            .await
            .expect_status(status);
    }
    let authorization = format!("Bearer {key}");
    let head = [("Authorization", authorization.as_str())];
    serving
        .send("POST", SYNC, &head, b"{}")
        .await
        .expect_status(415);
    let head = [head[0], ("Content-Type", "application/json")];
    serving
        .send("POST", SYNC, &head, b"{")
        .await
        .expect_status(400);
    let long = vec![b' '; (4 << 20) + 1];
    serving
        .send("POST", SYNC, &head, &long)
        .await
        .expect_status(413);
    world.finish();
}

#[tokio::test]
async fn asked_to_it_answers_at_once_with_a_run_that_tells_its_end() {
    let (world, serving, key) = served().await;
    let prefers = [("Prefer", "respond-async")];
    let answer = call(&serving, SYNC, &key, &prefers, &ann()).await;
    assert_eq!(answer.header("preference-applied"), Some("respond-async"));
    let location = answer.header("location").unwrap().to_owned();
    let run = answer.expect_status(202).json();
    assert_eq!(
        location,
        format!("/v1/runs/{}", run["id"].as_str().unwrap())
    );
    let stream = serving
        .ask("GET", &format!("{location}/events"), &key, None)
        .await;
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    let text = String::from_utf8(stream.body).unwrap();
    let last = text
        .lines()
        .rfind(|line| line.starts_with("data: {"))
        .unwrap();
    let last: Value = serde_json::from_str(last.trim_start_matches("data: ")).unwrap();
    assert_eq!(last["status"], "done", "{text}");
    assert_eq!(last["result"]["disposition"], "created");
    assert!(text.contains("event: run"), "{text}");
    // Waiting for a while is as good where that is enough.
    let prefers = [("Prefer", "wait=20")];
    let answer = call(&serving, SYNC, &key, &prefers, &ann()).await;
    answer.expect_status(200);
    world.finish();
}

#[tokio::test]
async fn one_idempotency_key_is_one_run_whose_answer_comes_again() {
    let (world, serving, key) = served().await;
    let once = [("Idempotency-Key", "intake-17")];
    let first = call(&serving, SYNC, &key, &once, &ann()).await;
    let run = first.header("clio-run").unwrap().to_owned();
    let first = first.expect_status(200).json();
    let requests = world.requests().len();
    let again = call(&serving, SYNC, &key, &once, &ann()).await;
    assert_eq!(again.header("clio-run"), Some(run.as_str()));
    assert_eq!(again.expect_status(200).json(), first);
    assert_eq!(world.requests().len(), requests, "nothing was sent again");
    let mut other = ann();
    other["source_id"] = "intake:client-18".into();
    let refused = call(&serving, SYNC, &key, &once, &other).await;
    let refused = refused.expect_status(422).json();
    assert_eq!(refused["code"], "idempotency_key_reused");
    // Another key's word is another word.
    let foreign = world.key(&["read", "write"], &[]).await;
    let answer = call(&serving, SYNC, &foreign, &once, &other).await;
    assert_ne!(answer.header("clio-run"), Some(run.as_str()));
    world.finish();
}

#[tokio::test]
async fn what_fails_for_now_is_told_to_who_waits_and_tried_again_for_who_follows() {
    let (world, serving, key) = served().await;
    let away = Fault::next("POST", "/contacts", Effect::status(503)).times(Times::Forever);
    world.control.fault(away);
    let answer = call(&serving, SYNC, &key, &[], &ann()).await;
    let problem = answer.expect_status(503).json();
    assert_eq!(problem["code"], "unavailable", "{problem:#}");
    let told = ended(&serving, &key, problem["run"].as_str().unwrap()).await;
    assert_eq!(told["status"], "failed");

    let prefers = [("Prefer", "respond-async")];
    let answer = call(&serving, SYNC, &key, &prefers, &ann()).await;
    let run = answer.expect_status(202).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/runs/{run}");
    loop {
        let told = serving.ask("GET", &path, &key, None).await.json();
        if told["code"] == "unavailable" && told["status"] == "waiting" {
            assert!(told["due"].is_string() && told["error"]["next"].is_string());
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.control.clear_faults();
    // A person need not wait for its time.
    let retried = serving
        .ask("POST", &format!("{path}/retry"), &key, None)
        .await;
    retried.expect_status(202);
    let told = ended(&serving, &key, &run).await;
    assert_eq!(told["status"], "done", "{told:#}");
    assert_eq!(told["attempts"], 2);
    world.finish();
}

#[tokio::test]
async fn a_call_outlives_the_process_that_took_it() {
    let (world, serving, key) = served().await;
    world.control.fault(Fault::next("GET", "/contacts", slow()));
    let prefers = [("Prefer", "respond-async")];
    let answer = call(&serving, SYNC, &key, &prefers, &ann()).await;
    let run = answer.expect_status(202).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.wait_for_requests(world.requests().len() + 1).await;
    serving.kill().await;
    let serving = world.serve(&[]).await;
    let told = ended(&serving, &key, &run).await;
    assert_eq!(told["status"], "done", "{told:#}");
    assert_eq!(world.count("POST", "/contacts"), 1);
    world.finish();
}
