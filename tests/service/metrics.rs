//! Whether it lives, whether it can work, and what it counts.

use clio_tests::World;
use serde_json::json;

use crate::office::Office;
use crate::receiver::Receiver;

#[tokio::test]
async fn metrics_are_for_a_key_that_is_bound_to_no_firm() {
    let world = World::new().await;
    let serving = world.serve(&[]).await;
    serving
        .send("GET", "/health", &[], b"")
        .await
        .expect_status(200);
    for (rights, connections) in [(["read"], &["harbor"][..]), (["write"], &[][..])] {
        let key = world.key(&rights, connections).await;
        let answer = serving.ask("GET", "/metrics", &key, None).await;
        answer.expect_status(403);
    }
    let wrong = format!("clio_{}", "0".repeat(64));
    serving
        .ask("GET", "/metrics", &wrong, None)
        .await
        .expect_status(401);

    let key = world.key(&["read"], &[]).await;
    let answer = serving
        .ask("GET", "/metrics", &key, None)
        .await
        .expect_status(200);
    let kind = answer.header("content-type").unwrap();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "clio_http_requests_total{method=\"GET\",route=\"/health\",status=\"200\"} 1",
        "clio_http_requests_total{method=\"GET\",route=\"/metrics\",status=\"403\"} 2",
        "clio_http_connections 1",
        "clio_wrong_keys_total 1",
        "clio_runs_failed 0",
        "clio_runs_behind_seconds 0",
    ] {
        assert!(
            text.lines().any(|it| it == line),
            "{line} is not in\n{text}"
        );
    }
    let memory = text
        .lines()
        .find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
    let memory: u64 = memory.unwrap().parse().unwrap();
    assert!(memory > 1024 * 1024, "{memory}");
    assert!(!text.contains("harbor"), "a firm's name");
}

#[tokio::test]
async fn what_a_process_did_is_counted() {
    let office = Office::new().await;
    let receiver = Receiver::start().await;
    office.events_go(&office.post(&receiver.url));
    let serving = office.serve().await;
    // Who waits for a call is told, and decides: it waits for no person.
    let path = "/v1/connections/firm/calls/lookup.find";
    let answer = serving
        .ask("POST", path, &office.key, Some(&json!({})))
        .await;
    answer.expect_status(422);
    let key = office.world.key(&["read"], &[]).await;
    let answer = serving.ask("GET", "/metrics", &key, None).await;
    let text = String::from_utf8(answer.expect_status(200).body).unwrap();
    for begins in [
        "clio_runs_ended_total{kind=\"detection\",end=\"done\"} ",
        "clio_run_seconds_count{kind=\"detection\"} ",
        "clio_calls_total{action=\"detect-documents\",",
        "clio_requests_total{end=\"200\"} ",
    ] {
        let line = text.lines().find_map(|line| line.strip_prefix(begins));
        let line = line.unwrap_or_else(|| panic!("no {begins} in\n{text}"));
        let count = line.rsplit(' ').next().unwrap();
        assert_ne!(count, "0", "{line}");
    }
    assert!(text.contains("\nclio_runs_failed 0\n"), "{text}");
    assert!(
        text.contains("clio_runs_ended_total{kind=\"call\",end=\"failed\"} 1"),
        "{text}"
    );
    assert!(!text.contains("firm"), "a connection's name: {text}");
}

#[tokio::test]
async fn it_is_ready_while_its_journal_works() {
    let world = World::new().await;
    let serving = world.serve(&[]).await;
    serving
        .send("GET", "/ready", &[], b"")
        .await
        .expect_status(200);

    let journal = world.home().join("journal/journal.db");
    let broken = rusqlite::Connection::open(journal).unwrap();
    broken.execute_batch("DROP TABLE api_keys").unwrap();
    let answer = serving.send("GET", "/ready", &[], b"").await;
    let answer = answer.expect_status(503);
    assert_eq!(answer.json()["code"], "not_ready");
    // It lives all the same: starting it again would not help.
    serving
        .send("GET", "/health", &[], b"")
        .await
        .expect_status(200);
}
