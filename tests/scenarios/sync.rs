//! `clio sync`: a whole case, and again, and what is left of it.

use clio_sandbox::{Effect, Fault, FaultAnswer, Times};
use clio_tests::{CommandOutput, World, property};
use serde_json::{Value, json};

/// A case with three documents, one of which is not approved.
fn case() -> Value {
    json!({
        "source_id": "intake:case-17",
        "client": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "phone": "555-0100"},
        "matter": {"title": "Lee v. Harbor Freight", "case_number": "2026-17", "case_type": "Personal Injury"},
        "documents": [
            {"source_id": "retainer", "file": "retainer.pdf", "name": "Retainer.pdf", "approved": true},
            {"source_id": "letter", "file": "letter.docx", "name": "Letter \"one\" 📎.docx", "approved": true},
            {"source_id": "notes", "file": "notes.txt", "name": "Notes.txt", "approved": false},
        ],
    })
}

async fn world_with_case() -> (World, String) {
    let world = World::new().await;
    world.control.add_practice_area("Personal Injury");
    world.file("retainer.pdf", include_bytes!("../data/case/retainer.pdf"));
    world.file(
        "letter.docx",
        include_bytes!("../data/case/draft-letter.docx"),
    );
    world.file("notes.txt", "not for Clio yet");
    let path = world.file("case.json", case().to_string());
    (world, path.to_str().unwrap().to_owned())
}

async fn sync(world: &World, path: &str) -> CommandOutput {
    world.clio(&["sync", path, "--json"]).await
}

#[tokio::test]
async fn a_new_case_costs_two_requests_a_document_and_six() {
    let (world, path) = world_with_case().await;
    sync(&world, &path).await.expect_code(0);

    let api = world.api().len();
    assert!(api <= 2 * 2 + 6, "{api} requests: {:?}", world.requests());
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.contacts.len(), 1);
    assert_eq!(snapshot.matters.len(), 1);
    let mut names: Vec<_> = snapshot.documents.iter().map(|d| d.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Letter \"one\" 📎.docx", "Retainer.pdf"]);
    assert!(
        snapshot
            .documents
            .iter()
            .all(|d| d.matter == Some(snapshot.matters[0].id))
    );
    world.finish();
}

#[tokio::test]
async fn the_same_case_again_is_no_write_and_at_most_four_reads() {
    let (world, path) = world_with_case().await;
    sync(&world, &path).await.expect_code(0);
    let before = serde_json::to_value(world.control.snapshot()).unwrap();
    world.control.clear_trace();
    sync(&world, &path).await.expect_code(0);
    assert_eq!(world.writes(), 0);
    assert!(world.api().len() <= 4, "{:?}", world.requests());
    assert_eq!(
        serde_json::to_value(world.control.snapshot()).unwrap(),
        before
    );
    world.finish();
}

#[tokio::test]
async fn the_same_case_from_another_machine_makes_nothing_twice() {
    let (world, path) = world_with_case().await;
    sync(&world, &path).await.expect_code(0);
    world.control.advance(std::time::Duration::from_secs(3600));
    world.control.clear_trace();
    let elsewhere = tempfile::tempdir().unwrap();
    world
        .clio_with(
            &["sync", &path],
            &[("CLIO_HOME", elsewhere.path().to_str().unwrap())],
            None,
        )
        .await
        .expect_code(0);
    assert_eq!(world.writes(), 0, "{:?}", world.requests());
    assert!(world.api().len() <= 4, "{:?}", world.requests());
    world.finish();
}

#[tokio::test]
async fn what_failed_is_reported_and_taken_up_by_the_next_run() {
    let (world, path) = world_with_case().await;
    world
        .control
        .fault(Fault::storage("PUT", Effect::Reset).times(Times::Forever));
    let output = sync(&world, &path).await.expect_code(75);
    assert!(output.stdout.contains("failed"), "{output:#?}");
    assert_eq!(world.control.snapshot().matters.len(), 1);

    world.control.clear_faults();
    sync(&world, &path).await.expect_code(0);
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.contacts.len(), 1);
    assert_eq!(snapshot.matters.len(), 1);
    assert_eq!(snapshot.documents.len(), 2);
    assert!(
        snapshot
            .documents
            .iter()
            .all(|d| d.versions.iter().all(|v| v.fully_uploaded))
    );
    world.finish();
}

#[tokio::test]
async fn answers_lost_at_every_write_leave_one_of_each() {
    let (world, path) = world_with_case().await;
    for request in ["/contacts", "/matters", "/documents"] {
        let lost = Effect::AppliedThen(FaultAnswer::status(502));
        world.control.fault(Fault::next("POST", request, lost));
    }
    for _ in 0..3 {
        if sync(&world, &path).await.code == 0 {
            break;
        }
    }
    sync(&world, &path).await.expect_code(0);
    let snapshot = world.control.snapshot();
    let counts = (
        snapshot.contacts.len(),
        snapshot.matters.len(),
        snapshot.documents.len(),
    );
    assert_eq!(counts, (1, 1, 2));
    for request in ["/contacts", "/matters"] {
        assert_eq!(world.count("POST", request), 1);
    }
    assert_eq!(world.count("POST", "/documents"), 2);
    world.finish();
}

#[tokio::test]
async fn one_document_that_fails_does_not_stop_the_others() {
    let (world, path) = world_with_case().await;
    let refused = Effect::Answer(FaultAnswer::status(422));
    world
        .control
        .fault(Fault::next("POST", "/documents", refused));
    sync(&world, &path).await.expect_code(1);
    assert_eq!(world.control.snapshot().documents.len(), 1);
    world.finish();
}

#[tokio::test]
async fn a_process_that_was_killed_is_taken_up_again() {
    for kill_at in 1..10 {
        let (world, path) = world_with_case().await;
        // The request at which the process is killed is held open.
        let held = Effect::Delay {
            by: std::time::Duration::from_secs(20),
        };
        world.control.fault(Fault {
            method: None,
            path: None,
            ..Fault::next("", "", held).after(kill_at - 1)
        });
        let mut child = world.spawn(&["sync", &path]);
        world.wait_for_requests(kill_at as usize).await;
        child.kill().await.unwrap();
        world.control.clear_faults();

        sync(&world, &path).await.expect_code(0);
        let snapshot = world.control.snapshot();
        assert_eq!(snapshot.contacts.len(), 1, "killed at request {kill_at}");
        assert_eq!(snapshot.matters.len(), 1, "killed at request {kill_at}");
        let mut sources: Vec<_> = snapshot
            .documents
            .iter()
            .map(|d| property(d, "source-id"))
            .collect();
        sources.sort_unstable();
        sources.dedup();
        assert_eq!(
            sources.len(),
            snapshot.documents.len(),
            "killed at request {kill_at}"
        );
        assert_eq!(snapshot.documents.len(), 2, "killed at request {kill_at}");
        assert!(
            snapshot
                .documents
                .iter()
                .all(|d| d.versions.iter().all(|v| v.fully_uploaded))
        );
        world.finish();
    }
}

#[tokio::test]
async fn a_changed_file_is_reported_and_left() {
    let (world, path) = world_with_case().await;
    sync(&world, &path).await.expect_code(0);
    world.file("retainer.pdf", "%PDF-1.4 another text");
    world.control.clear_trace();
    let output = sync(&world, &path).await.expect_code(0);
    assert!(output.stdout.contains("changed"), "{output:#?}");
    assert_eq!(world.writes(), 0);
    world.finish();
}
