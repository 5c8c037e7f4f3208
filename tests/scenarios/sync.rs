//! `clio sync`: a whole case, and again, and what is left of it. In an account
//! that was set up for markers, and in one that was not.

use clio_sandbox::{Effect, Fault, FaultAnswer, Times};
use clio_tests::{CommandOutput, World};
use serde_json::{Value, json};

use crate::setup_markers::Markers;

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

pub(crate) async fn world_with_case(markers: Markers) -> (World, String) {
    let world = World::new().await;
    markers.set_up(&world).await;
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

pub(crate) async fn sync(world: &World, path: &str) -> CommandOutput {
    world.clio(&["sync", path, "--json"]).await
}

/// Tells a story both ways, each in a world of its own with a case.
async fn both_ways(story: impl AsyncFn(Markers, &World, &str)) {
    for markers in Markers::BOTH {
        let (world, path) = world_with_case(markers).await;
        story(markers, &world, &path).await;
        world.finish();
    }
}

#[tokio::test]
async fn a_new_case_costs_two_requests_a_document_and_five_or_seven() {
    both_ways(async |markers, world, path| {
        sync(world, path).await.expect_code(0);

        // A marker is looked for once for the client and once for the matter: it
        // finds what no other look does.
        let most = 2 * 2 + markers.either(5, 7);
        assert_eq!(world.api().len(), most, "{:?}", world.requests());
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
    })
    .await;
}

#[tokio::test]
async fn the_same_case_again_is_no_write_and_at_most_four_reads() {
    both_ways(async |markers, world, path| {
        sync(world, path).await.expect_code(0);
        let before = serde_json::to_value(world.control.snapshot()).unwrap();
        // The first time, what another machine may have made at the same instant
        // is looked for as well. From then on nothing is looked for.
        for most in [markers.either(6, 8), 4] {
            world.control.clear_trace();
            sync(world, path).await.expect_code(0);
            assert_eq!(world.writes(), 0);
            assert!(world.api().len() <= most, "{:?}", world.requests());
            assert_eq!(
                serde_json::to_value(world.control.snapshot()).unwrap(),
                before
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_case_from_another_machine_makes_nothing_twice() {
    both_ways(async |markers, world, path| {
        sync(world, path).await.expect_code(0);
        world.control.advance(std::time::Duration::from_secs(3600));
        let elsewhere = tempfile::tempdir().unwrap();
        let home = [("CLIO_HOME", elsewhere.path().to_str().unwrap())];
        if markers == Markers::With {
            // The fields stand there: nobody needs to agree.
            let linked = world.clio_with(&["setup"], &home, None).await;
            linked.expect_code(0);
        }
        world.control.clear_trace();
        world
            .clio_with(&["sync", path], &home, None)
            .await
            .expect_code(0);
        assert_eq!(world.writes(), 0, "{:?}", world.requests());
        assert!(world.api().len() <= 4, "{:?}", world.requests());
    })
    .await;
}

#[tokio::test]
async fn what_failed_is_reported_and_taken_up_by_the_next_run() {
    both_ways(async |_, world, path| {
        world
            .control
            .fault(Fault::storage("PUT", Effect::Reset).times(Times::Forever));
        let output = sync(world, path).await.expect_code(75);
        assert!(output.stdout.contains("failed"), "{output:#?}");
        assert_eq!(world.control.snapshot().matters.len(), 1);

        world.control.clear_faults();
        sync(world, path).await.expect_code(0);
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
    })
    .await;
}

#[tokio::test]
async fn answers_lost_at_every_write_leave_one_of_each() {
    both_ways(async |_, world, path| {
        for request in ["/contacts", "/matters", "/documents"] {
            let lost = Effect::AppliedThen(FaultAnswer::status(502));
            world.control.fault(Fault::next("POST", request, lost));
        }
        for _ in 0..3 {
            if sync(world, path).await.code == 0 {
                break;
            }
        }
        sync(world, path).await.expect_code(0);
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
    })
    .await;
}

#[tokio::test]
async fn one_document_that_fails_does_not_stop_the_others() {
    both_ways(async |_, world, path| {
        let refused = Effect::Answer(FaultAnswer::status(422));
        world
            .control
            .fault(Fault::next("POST", "/documents", refused));
        sync(world, path).await.expect_code(1);
        assert_eq!(world.control.snapshot().documents.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_changed_file_is_reported_and_left() {
    both_ways(async |_, world, path| {
        sync(world, path).await.expect_code(0);
        world.file("retainer.pdf", "%PDF-1.4 another text");
        world.control.clear_trace();
        let output = sync(world, path).await.expect_code(0);
        assert!(output.stdout.contains("changed"), "{output:#?}");
        assert_eq!(world.writes(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_case_that_names_a_stage_costs_one_request_more() {
    both_ways(async |markers, world, _| {
        let area = world
            .control
            .practice_area_named("Personal Injury")
            .unwrap();
        let stage = world.control.add_stage(area, "Intake");
        let path = world.file("staged.json", staged("Intake").to_string());
        sync(world, path.to_str().unwrap()).await.expect_code(0);
        let most = 2 * 2 + markers.either(6, 8);
        assert_eq!(world.api().len(), most, "{:?}", world.requests());
        assert_eq!(world.control.snapshot().matters[0].stage, Some(stage));
    })
    .await;
}

#[tokio::test]
async fn a_stage_of_another_practice_area_leaves_nothing_half_made() {
    both_ways(async |_, world, _| {
        let other = world.control.add_practice_area("Family");
        world.control.add_stage(other, "Mediation");
        let path = world.file("staged.json", staged("Mediation").to_string());
        let output = sync(world, path.to_str().unwrap()).await.expect_code(1);
        let report = output.json();
        let error = &report["matter"]["error"]["permanent"];
        assert_eq!(error["code"], "conflict", "{report}");
        assert_eq!(error["field"], "/matter/stage", "{report}");
        assert_eq!(report["contact"]["status"], "not_tried", "{report}");
        assert_eq!(world.writes(), 0);
    })
    .await;
}

/// The case at a stage.
fn staged(stage: &str) -> Value {
    let mut case = case();
    case["matter"]["stage"] = stage.into();
    case
}
