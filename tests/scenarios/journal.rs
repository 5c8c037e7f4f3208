//! The journal: what was done can be shown and vouched for, what was not
//! finished is run again, and nothing of it tells a client's data.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, FaultAnswer, Times};
use clio_tests::{CommandOutput, World};
use serde_json::{Value, json};

pub(crate) fn ann() -> String {
    json!({
        "source_id": "intake:ann",
        "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@example.com"}],
    })
    .to_string()
}

/// Longer than any process here lives.
const HELD: Duration = Duration::from_secs(20);

pub(crate) async fn run_ann(world: &World) -> CommandOutput {
    world
        .clio(&["run", "sync-contact", "--input", &ann()])
        .await
}

pub(crate) async fn log(world: &World, more: &[&str]) -> Vec<Value> {
    let args = [&["log", "--json"], more].concat();
    let rows = world.clio(&args).await.expect_code(0).json();
    rows.as_array().unwrap().clone()
}

pub(crate) async fn waiting(world: &World) -> Vec<Value> {
    let rows = world.clio(&["retry", "--json"]).await.expect_code(0).json();
    rows.as_array().unwrap().clone()
}

pub(crate) async fn case(world: &World) -> String {
    world.control.add_practice_area("Personal Injury");
    world.file("retainer.pdf", include_bytes!("../data/case/retainer.pdf"));
    let case = json!({
        "source_id": "intake:case-17",
        "client": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"},
        "matter": {"title": "Lee v. Harbor Freight", "case_type": "Personal Injury"},
        "documents": [{"source_id": "retainer", "file": "retainer.pdf", "approved": true}],
    });
    let path = world.file("case.json", case.to_string());
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_run_is_in_the_log_with_its_writes_and_its_ids() {
    let world = World::new().await;
    let output = run_ann(&world).await.expect_code(0);
    let rows = log(&world, &[]).await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    let row = &rows[0];
    let id = &output.json()["id"];
    assert_eq!(row["action"], "sync-contact");
    assert_eq!(row["status"], "done");
    assert_eq!(row["connection"], world.sandbox.origin());
    assert_eq!(row["account"], world.sandbox.origin());
    assert_eq!(row["ids"], json!([id]));
    assert_eq!(
        row["writes"],
        json!([{"method": "POST", "path": "/api/v4/contacts.json", "id": id, "status": 201}])
    );
    assert_eq!(log(&world, &["--all"]).await.len(), 2);
    assert_eq!(log(&world, &["--action", "create-matter"]).await.len(), 0);
    assert_eq!(
        log(&world, &["--since", "1h", "--status", "done"])
            .await
            .len(),
        1
    );
    assert_eq!(log(&world, &["--until", "1h"]).await.len(), 0);
    let table = world.clio(&["log", "--table"]).await.expect_code(0).stdout;
    assert!(
        table.starts_with("when") && table.contains("sync-contact"),
        "{table}"
    );
    world.finish();
}

#[tokio::test]
async fn one_id_joins_the_error_the_log_lines_and_the_journal() {
    let world = World::new().await;
    world.control.revoke(world.sandbox.token());
    let input = ann();
    let args = ["run", "sync-contact", "--input", &input];
    let output = world
        .clio_with(&args, &[("RUST_LOG", "debug")], None)
        .await
        .expect_code(77);
    let envelope = output.json();
    let id = envelope["correlation_id"].as_str().unwrap();
    assert!(output.stderr.contains(id), "{}", output.stderr);
    let rows = log(&world, &["--correlation", id]).await;
    assert_eq!(rows[0]["code"], "not_connected");
    assert_eq!(rows[0]["status"], "failed");

    let args = [&args[..], &["--correlation", "engine:run/17"]].concat();
    let output = world.clio(&args).await.expect_code(77);
    assert_eq!(output.json()["correlation_id"], "engine:run/17");
    assert_eq!(
        log(&world, &["--correlation", "engine:run/17"]).await.len(),
        1
    );
    // The journal keeps it, so it has no room for a person's name.
    let args = [&args[..4], &["--correlation", "Ann Lee"]].concat();
    world.clio(&args).await.expect_code(64);
}

#[tokio::test]
async fn a_whole_case_is_one_run_in_the_log() {
    let world = World::new().await;
    let path = case(&world).await;
    let output = world.clio(&["sync", &path, "--json"]).await.expect_code(0);
    let run = output.json()["correlation_id"].as_str().unwrap().to_owned();
    let rows = log(&world, &[]).await;
    let actions: Vec<&str> = rows
        .iter()
        .map(|row| row["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "create-matter",
            "sync-contact",
            "create-matter",
            "upload-document"
        ]
    );
    for row in &rows {
        assert!(
            row["correlation_id"].as_str().unwrap().starts_with(&run),
            "{row}"
        );
    }
    // What was uploaded is in the audit by its digest.
    let digest = clio_tests::sha256_hex(include_bytes!("../data/case/retainer.pdf"));
    assert_eq!(rows[3]["digests"], json!([digest]));
    let verdict = world.clio(&["log", "--verify"]).await.expect_code(0).stdout;
    assert!(verdict.contains("8 rows"), "{verdict}");
    assert!(waiting(&world).await.is_empty());
    world.finish();
}

#[tokio::test]
async fn an_audit_that_lost_its_end_is_not_vouched_for() {
    let world = World::new().await;
    run_ann(&world).await.expect_code(0);
    world.clio(&["log", "--verify"]).await.expect_code(0);
    std::fs::remove_file(world.home().join("journal/journal.head")).unwrap();
    let output = world.clio(&["log", "--verify"]).await.expect_code(1);
    assert!(output.stderr.contains("rows may be missing"), "{output:#?}");
    let output = world
        .clio(&["log", "--verify", "--json"])
        .await
        .expect_code(1);
    assert_eq!(output.json()["findings"], json!([{"finding": "no_head"}]));
    // The work goes on.
    run_ann(&world).await.expect_code(0);
    world.finish();
}

#[tokio::test]
async fn what_clio_could_not_take_waits_and_is_run_again() {
    let world = World::new().await;
    world
        .control
        .fault(Fault::next("POST", "/contacts", Effect::status(503)).times(Times::Forever));
    let output = run_ann(&world).await.expect_code(75);
    let rows = waiting(&world).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["status"], "failed");
    assert_eq!(rows[0]["action"], "sync-contact");
    let id = rows[0]["id"].as_str().unwrap();
    assert!(
        output.stderr.contains(&format!("clio retry {id}")),
        "{}",
        output.stderr
    );

    world.clio(&["retry", id]).await.expect_code(75);
    assert_eq!(waiting(&world).await[0]["attempts"], 2);
    world.control.clear_faults();
    // The write's answer is lost this time: it is looked for, not repeated.
    world.control.fault(Fault::next(
        "POST",
        "/contacts",
        Effect::AppliedThen(FaultAnswer::status(502)),
    ));
    let output = world.clio(&["retry", id]).await.expect_code(0);
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    assert_eq!(output.json()["id"], world.control.snapshot().contacts[0].id);
    assert!(waiting(&world).await.is_empty());
    world.clio(&["retry", id]).await.expect_code(64);
    world.finish();
}

#[tokio::test]
async fn the_same_thing_run_anew_takes_its_place() {
    let world = World::new().await;
    world
        .control
        .fault(Fault::next("POST", "/contacts", Effect::status(503)).times(Times::N(20)));
    run_ann(&world).await.expect_code(75);
    world.control.clear_faults();
    run_ann(&world).await.expect_code(0);
    assert!(waiting(&world).await.is_empty());
    world.finish();
}

#[tokio::test]
async fn bad_inputs_and_reads_do_not_wait() {
    let world = World::new().await;
    let bad = ["run", "sync-contact", "--input", "{\"source_id\": 7}"];
    world.clio(&bad).await.expect_code(64);
    world.control.revoke(world.sandbox.token());
    let input = json!({"scope": {"matter": 7}, "source_ids": ["a"]}).to_string();
    world
        .clio(&["run", "find-documents", "--input", &input])
        .await
        .expect_code(77);
    assert!(waiting(&world).await.is_empty());
}

#[tokio::test]
async fn all_that_failed_is_run_again_at_once() {
    let world = World::new().await;
    let path = case(&world).await;
    world
        .control
        .fault(Fault::storage("PUT", Effect::Reset).times(Times::Forever));
    world.clio(&["sync", &path]).await.expect_code(75);
    world
        .control
        .fault(Fault::next("GET", "/contacts", Effect::status(503)).times(Times::Forever));
    let input = ann().replace("Ann", "Bo").replace("ann", "bo");
    world
        .clio(&["run", "sync-contact", "--input", &input])
        .await
        .expect_code(75);
    assert_eq!(waiting(&world).await.len(), 2);
    world.control.clear_faults();
    world.clio(&["retry", "--failed"]).await.expect_code(0);
    assert!(waiting(&world).await.is_empty());
    let snapshot = world.control.snapshot();
    assert_eq!((snapshot.contacts.len(), snapshot.documents.len()), (2, 1));
    world.finish();
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_not_sent() {
    let world = World::new().await;
    let path = case(&world).await;
    world
        .control
        .fault(Fault::storage("PUT", Effect::Reset).times(Times::Forever));
    world.clio(&["sync", &path]).await.expect_code(75);
    world.control.clear_faults();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("Harbor", "Habor")).unwrap();
    world.control.clear_trace();
    let output = world.clio(&["retry", "--failed"]).await.expect_code(64);
    assert!(output.stderr.contains("has changed"), "{}", output.stderr);
    assert_eq!(world.requests(), [""; 0]);
}

#[tokio::test]
async fn killed_anywhere_the_journal_stays_whole_and_the_case_is_taken_up() {
    let world = World::new().await;
    let path = case(&world).await;
    for requests in 1..=7 {
        let before = world.control.trace().len();
        // The first time it is certainly in the middle of a call: the answer
        // that it waits for does not come. Later it is wherever it is.
        if requests == 1 {
            world.control.fault(Fault {
                method: None,
                path: None,
                ..Fault::next("", "", Effect::Delay { by: HELD })
            });
        }
        let mut child = world.spawn(&["sync", &path, "--quiet"]);
        tokio::select! {
            () = world.wait_for_requests(before + requests) => {}
            _ = child.wait() => {}
        }
        child.kill().await.unwrap();
        world.clio(&["log", "--verify"]).await.expect_code(0);
    }
    world.control.clear_faults();
    // At least the first was killed in the middle: begun, and never ended.
    let begun = log(&world, &["--status", "begun"]).await;
    assert!(!begun.is_empty());
    world.clio(&["sync", &path]).await.expect_code(0);
    assert!(waiting(&world).await.is_empty());
    let snapshot = world.control.snapshot();
    let made = (
        snapshot.contacts.len(),
        snapshot.matters.len(),
        snapshot.documents.len(),
    );
    assert_eq!(made, (1, 1, 1));
    world.finish();
}

#[tokio::test]
async fn many_processes_share_one_journal() {
    let world = World::new().await;
    let inputs: Vec<String> = (0..6)
        .map(|n| ann().replace("intake:ann", &format!("intake:{}", n % 3)))
        .collect();
    let runs = inputs.iter().map(|input| {
        let world = &world;
        async move { world.clio(&["run", "sync-contact", "--input", input]).await }
    });
    for output in futures_of(runs).await {
        output.expect_code(0);
    }
    let verdict = world
        .clio(&["log", "--verify", "--json"])
        .await
        .expect_code(0)
        .json();
    assert_eq!(verdict, json!({"rows": 12, "findings": []}));
    assert!(waiting(&world).await.is_empty());
    world.finish();
}

/// Runs all at once.
async fn futures_of<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|cx| {
        let mut pending = false;
        for (future, output) in &mut all {
            if output.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(done) => *output = Some(done),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
    all.into_iter().filter_map(|(_, output)| output).collect()
}

#[cfg(unix)]
#[tokio::test]
async fn what_a_person_interrupts_is_in_the_log_and_waits() {
    let world = World::new().await;
    let held = Effect::Delay {
        by: std::time::Duration::from_secs(20),
    };
    world.control.fault(Fault::next("POST", "/contacts", held));
    let input = ann();
    let mut child = world.spawn(&["run", "sync-contact", "--input", &input]);
    while world.writes() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let id = child.id().unwrap().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .unwrap();
    assert!(sent.success());
    let status = child.wait().await.unwrap();
    assert_eq!(status.code(), Some(130));
    let rows = log(&world, &[]).await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(rows[0]["status"], "cancelled");
    assert_eq!(waiting(&world).await[0]["status"], "interrupted");
    world.control.clear_faults();
    world.clio(&["retry", "--failed"]).await.expect_code(0);
    assert!(waiting(&world).await.is_empty());
}
