//! A source id stands for one client and one matter.

use clio_sandbox::{Effect, Fault, NewContact, Times};
use serde_json::json;

use super::{Elsewhere, bob, counts, file, gail, is_refused, sync, world};
use crate::setup_markers::Markers;

// CASES I1
#[tokio::test]
async fn a_source_id_that_stood_for_somebody_else_writes_nothing() {
    for markers in Markers::BOTH {
        let world = world(markers).await;
        sync(&world, &file(&world, "gail.json", &gail()))
            .await
            .expect_code(0);
        let orr = world.control.snapshot().contacts[0].id;
        let path = file(&world, "bob.json", &bob());
        world.control.clear_trace();
        let dry = world.clio(&["sync", &path, "--json", "--dry-run"]).await;
        is_refused(&world, dry, "contact", orr);
        is_refused(&world, sync(&world, &path).await, "contact", orr);
        assert_eq!(world.requests(), [""; 0], "it costs no request to know");
        // What a person reads says the same.
        let text = world.clio(&["sync", &path]).await.expect_code(1);
        assert!(text.stderr.contains("somebody else"), "{}", text.stderr);
        assert!(
            text.stderr.contains("\"client\": {\"id\":"),
            "{}",
            text.stderr
        );
        // Gail's own case goes on.
        sync(&world, &file(&world, "gail.json", &gail()))
            .await
            .expect_code(0);
        assert_eq!(counts(&world), (1, 1, 0));
        world.finish();
    }
}

// CASES I1
#[tokio::test]
async fn a_client_with_another_name_address_and_number_is_the_same_when_a_person_says_so() {
    let world = world(Markers::Without).await;
    sync(&world, &file(&world, "gail.json", &gail()))
        .await
        .expect_code(0);
    let orr = world.control.snapshot().contacts[0].id;

    // One of them agrees: the same client.
    let mut married = gail();
    married["client"]["last_name"] = "Weir".into();
    sync(&world, &file(&world, "gail.json", &married))
        .await
        .expect_code(0);
    let mut moved = gail();
    moved["client"]["email"] = "gail@new.example".into();
    sync(&world, &file(&world, "gail.json", &moved))
        .await
        .expect_code(0);

    // None does, and Clio's contact does not agree either.
    let mut other = gail();
    other["client"] = json!({"first_name": "G.", "last_name": "Cruz", "id": orr});
    world.control.clear_trace();
    let output = sync(&world, &file(&world, "gail.json", &other))
        .await
        .expect_code(1);
    let problem = &output.json()["contact"]["error"]["permanent"];
    assert_eq!(problem["code"], "ambiguous", "{problem}");
    assert_eq!(problem["field"], "/client/id", "{problem}");
    assert_eq!(world.writes(), 0);

    // The case file says which contact, and that one agrees.
    let bob = world.control.add_contact(NewContact::person("G.", "Cruz"));
    other["client"]["id"] = bob.into();
    // The matter was somebody else's, and its title is no proof.
    let matter = world.control.snapshot().matters[0].id;
    let report = sync(&world, &file(&world, "gail.json", &other))
        .await
        .expect_code(1)
        .json();
    let problem = &report["matter"]["error"]["permanent"];
    assert_eq!(problem["candidates"], json!([matter]), "{report}");
    other["matter"]["id"] = matter.into();
    let report = sync(&world, &file(&world, "gail.json", &other))
        .await
        .expect_code(0);
    assert_eq!(report.json()["contact"]["id"], bob);
    // From then on the source id is known to stand for both names.
    other["client"].as_object_mut().unwrap().remove("id");
    other["matter"].as_object_mut().unwrap().remove("id");
    let report = sync(&world, &file(&world, "gail.json", &other))
        .await
        .expect_code(0);
    assert_eq!(report.json()["contact"]["id"], bob);
    assert_eq!(counts(&world), (2, 1, 0));
    world.finish();
}

// CASES I1
#[tokio::test]
async fn a_matter_of_another_client_is_refused_before_the_client_is_made() {
    for markers in Markers::BOTH {
        let world = world(markers).await;
        sync(&world, &file(&world, "gail.json", &gail()))
            .await
            .expect_code(0);
        let matter = world.control.snapshot().matters[0].id;
        let mut other = bob();
        other["client"]["source_id"] = "crm:bob".into();
        // Many matters have one title: it makes nobody somebody else's client.
        for title in [
            other["matter"]["title"].clone(),
            gail()["matter"]["title"].clone(),
        ] {
            other["matter"]["title"] = title;
            let path = file(&world, "bob.json", &other);
            world.control.clear_trace();
            is_refused(&world, sync(&world, &path).await, "matter", matter);
        }
        assert_eq!(counts(&world), (1, 1, 0));
        world.finish();
    }
}

// CASES I1
#[tokio::test]
async fn a_source_id_that_is_forgotten_stands_for_whoever_is_next() {
    let world = world(Markers::Without).await;
    sync(&world, &file(&world, "gail.json", &gail()))
        .await
        .expect_code(0);
    let path = file(&world, "bob.json", &bob());
    world.control.clear_trace();
    let dry = ["sync", &path, "--json", "--dry-run", "--forget"];
    let report = world.clio(&dry).await.expect_code(0).json();
    assert_eq!(report["contact"]["status"], "would_send", "{report}");
    // It forgot nothing.
    sync(&world, &path).await.expect_code(1);
    assert_eq!(world.writes(), 0);
    world
        .clio(&["sync", &path, "--forget"])
        .await
        .expect_code(0);
    assert_eq!(counts(&world), (2, 2, 1));
    world.finish();
}

#[tokio::test]
async fn a_client_of_whom_nothing_was_written_is_not_whom_the_source_id_stands_for() {
    let world = world(Markers::Without).await;
    let refused = Effect::status(422);
    world
        .control
        .fault(Fault::next("POST", "/contacts", refused));
    sync(&world, &file(&world, "gail.json", &gail()))
        .await
        .expect_code(1);
    sync(&world, &file(&world, "bob.json", &bob()))
        .await
        .expect_code(0);
    assert_eq!(counts(&world), (1, 1, 1));
    world.finish();
}

#[tokio::test]
async fn an_input_that_waits_is_not_replaced_by_somebody_elses() {
    let world = world(Markers::Without).await;
    let lost = Effect::status(503);
    let fault = Fault::next("POST", "/matters", lost);
    world.control.fault(fault.times(Times::Forever));
    sync(&world, &file(&world, "gail.json", &gail()))
        .await
        .expect_code(75);
    world.control.clear_faults();
    sync(&world, &file(&world, "bob.json", &bob()))
        .await
        .expect_code(1);
    world.clio(&["retry", "--failed"]).await.expect_code(0);
    let matters = world.control.snapshot().matters;
    assert_eq!(matters.len(), 1);
    assert!(matters[0].description.contains("Orr"), "{matters:?}");
    world.finish();
}

// CASES I2
#[tokio::test]
async fn a_marker_that_stands_at_somebody_else_writes_nothing_from_another_machine() {
    let world = world(Markers::With).await;
    sync(&world, &file(&world, "gail.json", &gail()))
        .await
        .expect_code(0);
    let orr = world.control.snapshot().contacts[0].id;
    let path = file(&world, "bob.json", &bob());
    let elsewhere = Elsewhere::new(&world, Markers::With).await;
    world.control.clear_trace();
    is_refused(&world, elsewhere.sync(&world, &path).await, "contact", orr);
    assert_eq!(counts(&world), (1, 1, 0));
    world.finish();
}
