//! Who or what a case means: identifiers that stand for somebody else, clients
//! of several cases, several processes and several homes.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, NewContact, Times};
use clio_tests::{CommandOutput, World, property};
use serde_json::{Value, json};

use crate::markers::Markers;

/// A second machine's home.
struct Elsewhere(tempfile::TempDir);

impl Elsewhere {
    async fn new(world: &World, markers: Markers) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        if markers == Markers::With {
            home.clio(world, &["setup"]).await.expect_code(0);
        }
        home
    }

    async fn clio(&self, world: &World, arguments: &[&str]) -> CommandOutput {
        let home = [("CLIO_HOME", self.0.path().to_str().unwrap())];
        world.clio_with(arguments, &home, None).await
    }

    async fn sync(&self, world: &World, path: &str) -> CommandOutput {
        self.clio(world, &["sync", path, "--json"]).await
    }
}

async fn sync(world: &World, path: &str) -> CommandOutput {
    world.clio(&["sync", path, "--json"]).await
}

fn file(world: &World, name: &str, case: &Value) -> String {
    let path = world.file(name, case.to_string());
    path.to_str().unwrap().to_owned()
}

/// A world with a document to upload.
async fn world(markers: Markers) -> World {
    let world = World::new().await;
    markers.set_up(&world).await;
    world.file("letter.pdf", "%PDF-1.4 a letter");
    world
}

fn counts(world: &World) -> (usize, usize, usize) {
    let snapshot = world.control.snapshot();
    (
        snapshot.contacts.len(),
        snapshot.matters.len(),
        snapshot.documents.len(),
    )
}

fn gail() -> Value {
    json!({
        "source_id": "intake:950",
        "client": {"first_name": "Gail", "last_name": "Orr", "email": "gail@orr.example"},
        "matter": {"title": "Orr v. City"},
    })
}

fn bob() -> Value {
    json!({
        "source_id": "intake:950",
        "client": {"first_name": "Bob", "last_name": "Cruz", "email": "bob@cruz.example"},
        "matter": {"title": "Cruz divorce"},
        "documents": [{"source_id": "letter", "file": "letter.pdf", "approved": true}],
    })
}

/// What is refused is told with its candidate, and the way out, and nothing of
/// it came to Clio.
#[track_caller]
fn is_refused(world: &World, output: CommandOutput, record: &str, candidate: u64) {
    let output = output.expect_code(1);
    let report = output.json();
    let line = &report[record];
    assert_eq!(line["status"], "failed", "{report}");
    let problem = &line["error"]["permanent"];
    assert_eq!(problem["code"], "ambiguous", "{report}");
    assert_eq!(problem["candidates"], json!([candidate]), "{report}");
    let next = line["next"].as_str().unwrap();
    for way in ["source_id", "\"id\": ", "--forget"] {
        assert!(next.contains(way), "{next}");
    }
    let told = format!("{}{}", output.stdout, output.stderr);
    assert!(!told.contains("known_id"), "{told}");
    for name in ["Gail", "Orr", "Bob", "Cruz"] {
        assert!(!told.contains(name), "{told}");
    }
    assert_eq!(report["documents"][0]["status"], "not_tried", "{report}");
    assert_eq!(world.writes(), 0, "{:?}", world.requests());
}

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
    let report = sync(&world, &file(&world, "gail.json", &other))
        .await
        .expect_code(0);
    assert_eq!(report.json()["contact"]["id"], bob);
    // From then on the source id is known to stand for both names.
    other["client"].as_object_mut().unwrap().remove("id");
    let report = sync(&world, &file(&world, "gail.json", &other))
        .await
        .expect_code(0);
    assert_eq!(report.json()["contact"]["id"], bob);
    assert_eq!(counts(&world), (2, 1, 0));
    world.finish();
}

// CASES I1
#[tokio::test]
async fn a_matter_of_another_client_and_title_is_refused_before_the_client_is_made() {
    for markers in Markers::BOTH {
        let world = world(markers).await;
        sync(&world, &file(&world, "gail.json", &gail()))
            .await
            .expect_code(0);
        let matter = world.control.snapshot().matters[0].id;
        let mut other = bob();
        other["client"]["source_id"] = "crm:bob".into();
        let path = file(&world, "bob.json", &other);
        world.control.clear_trace();
        is_refused(&world, sync(&world, &path).await, "matter", matter);
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

/// Cases of one client, each with a matter of its own.
fn case_of(client: &Value, number: usize) -> Value {
    json!({
        "source_id": format!("intake:{number}"),
        "client": client,
        "matter": {"title": format!("Matter {number}")},
    })
}

// CASES I6
#[tokio::test]
async fn three_processes_with_three_cases_of_one_new_client_make_one_contact() {
    let by_address = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example"});
    let by_source_id = json!({"source_id": "crm:5", "first_name": "Ann", "last_name": "Lee"});
    for client in [by_address, by_source_id] {
        for markers in Markers::BOTH {
            let world = world(markers).await;
            let slow = Effect::Delay {
                by: Duration::from_millis(350),
            };
            world.control.fault(Fault {
                method: None,
                path: None,
                ..Fault::next("", "", slow).times(Times::Forever)
            });
            let paths: Vec<String> = (0..3)
                .map(|n| file(&world, &format!("{n}.json"), &case_of(&client, n)))
                .collect();
            let run = |n: usize| sync(&world, &paths[n]);
            let (a, b, c) = tokio::join!(run(0), run(1), run(2));
            for output in [a, b, c] {
                output.expect_code(0);
            }
            assert_eq!(counts(&world), (1, 3, 0), "{client}");
            world.finish();
        }
    }
}

#[tokio::test]
async fn a_process_that_is_killed_while_it_holds_a_client_leaves_them_free() {
    let world = world(Markers::Without).await;
    let client = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example"});
    let held = Effect::HoldAnswer {
        by: Duration::from_secs(20),
    };
    world.control.fault(Fault::next("POST", "/contacts", held));
    let first = file(&world, "0.json", &case_of(&client, 0));
    let second = file(&world, "1.json", &case_of(&client, 1));
    let mut child = world.spawn(&["sync", &first]);
    world.wait_for_requests(3).await;
    let (second, ()) = tokio::join!(sync(&world, &second), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        child.kill().await.unwrap();
    });
    second.expect_code(0);
    world.control.clear_faults();
    sync(&world, &first).await.expect_code(0);
    assert_eq!(counts(&world), (1, 2, 0));
    world.finish();
}

// CASES I8
#[tokio::test]
async fn a_client_with_a_source_id_is_one_contact_in_two_cases_on_two_days() {
    for markers in Markers::BOTH {
        let world = world(markers).await;
        let client = json!({"source_id": "crm:77", "first_name": "Ivy", "last_name": "Poe"});
        sync(&world, &file(&world, "0.json", &case_of(&client, 0)))
            .await
            .expect_code(0);
        world.control.advance(Duration::from_secs(2 * 24 * 3600));
        let report = sync(&world, &file(&world, "1.json", &case_of(&client, 1))).await;
        assert_eq!(report.expect_code(0).json()["contact"]["status"], "linked");
        assert_eq!(counts(&world), (1, 2, 0));

        // Somebody else of the same name has another source id.
        let other = json!({"source_id": "crm:78", "first_name": "Ivy", "last_name": "Poe"});
        let report = sync(&world, &file(&world, "2.json", &case_of(&other, 2))).await;
        assert_eq!(report.expect_code(0).json()["contact"]["status"], "created");
        assert_eq!(counts(&world), (2, 3, 0));
        world.finish();
    }
}

// CASES I8
#[tokio::test]
async fn a_client_that_is_given_a_source_id_later_stays_the_same_contact() {
    let world = world(Markers::Without).await;
    let mut client = json!({"first_name": "Ivy", "last_name": "Poe"});
    sync(&world, &file(&world, "0.json", &case_of(&client, 0)))
        .await
        .expect_code(0);
    world.control.advance(Duration::from_secs(2 * 24 * 3600));
    client["source_id"] = "crm:77".into();
    sync(&world, &file(&world, "0.json", &case_of(&client, 0)))
        .await
        .expect_code(0);
    assert_eq!(counts(&world), (1, 1, 0));
    world.finish();
}

/// Lets two homes make the same case at the same instant: each looks before the
/// other writes.
async fn made_twice(world: &World, elsewhere: &Elsewhere, path: &str) -> [CommandOutput; 2] {
    let held = Effect::Delay {
        by: Duration::from_millis(1500),
    };
    for request in ["/contacts", "/matters"] {
        world
            .control
            .fault(Fault::next("POST", request, held.clone()).times(Times::Forever));
    }
    let (here, there) = tokio::join!(sync(world, path), elsewhere.sync(world, path));
    world.control.clear_faults();
    [here, there]
}

// CASES I7
#[tokio::test]
async fn what_two_machines_made_at_the_same_instant_is_found_by_the_next_run_of_either() {
    for markers in Markers::BOTH {
        for (first, with_email) in [(0, true), (1, true), (0, false)] {
            if markers == Markers::Without && !with_email {
                continue;
            }
            let world = world(markers).await;
            let mut case = bob();
            if !with_email {
                case["client"].as_object_mut().unwrap().remove("email");
            }
            let path = file(&world, "bob.json", &case);
            let elsewhere = Elsewhere::new(&world, markers).await;
            for output in made_twice(&world, &elsewhere, &path).await {
                output.expect_code(0);
            }
            assert_eq!(counts(&world), (2, 2, 2), "the race did not happen");
            let snapshot = world.control.snapshot();
            let contacts: Vec<u64> = snapshot.contacts.iter().map(|it| it.id).collect();
            let matters: Vec<u64> = snapshot.matters.iter().map(|it| it.id).collect();
            let kept = |matter: u64| {
                let of = |it: &&clio_sandbox::DocumentState| it.matter == Some(matter);
                snapshot.documents.iter().find(of).unwrap().id
            };
            world.control.clear_trace();
            for machine in [first, 1 - first] {
                let output = match machine {
                    0 => sync(&world, &path).await,
                    _ => elsewhere.sync(&world, &path).await,
                };
                let report = output.expect_code(0).json();
                assert_eq!(report["contact"]["id"], contacts[0], "{report}");
                assert_eq!(
                    report["contact"]["others"],
                    json!([contacts[1]]),
                    "{report}"
                );
                assert_eq!(report["matter"]["id"], matters[0], "{report}");
                assert_eq!(report["matter"]["others"], json!([matters[1]]), "{report}");
                let document = &report["documents"][0];
                assert_eq!(document["id"], kept(matters[0]), "{report}");
                assert_eq!(document["others"], json!([kept(matters[1])]), "{report}");
            }
            assert_eq!(world.writes(), 0, "{:?}", world.requests());
            // From then on a run costs what it always did.
            world.control.clear_trace();
            let report = sync(&world, &path).await.expect_code(0).json();
            assert_eq!(report["contact"]["id"], contacts[0]);
            assert_eq!(world.api().len(), 3, "{:?}", world.requests());
            world.finish();
        }
    }
}

// CASES I7
#[tokio::test]
async fn what_was_found_and_not_told_is_found_again() {
    let world = world(Markers::Without).await;
    let path = file(&world, "bob.json", &bob());
    let elsewhere = Elsewhere::new(&world, Markers::Without).await;
    for output in made_twice(&world, &elsewhere, &path).await {
        output.expect_code(0);
    }
    // Killed after everything was looked at, and before the report is out.
    let held = Effect::HoldAnswer {
        by: Duration::from_secs(20),
    };
    let fault = Fault::next("GET", "/documents", held).after(1);
    world.control.fault(fault);
    let before = world.control.trace().len();
    let mut child = world.spawn(&["sync", &path]);
    let reached = async {
        while !world
            .control
            .trace()
            .iter()
            .skip(before)
            .any(|it| it.fault.is_some())
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), reached)
        .await
        .unwrap();
    child.kill().await.unwrap();
    world.control.clear_faults();
    let report = sync(&world, &path).await.expect_code(0).json();
    for record in [
        &report["contact"],
        &report["matter"],
        &report["documents"][0],
    ] {
        assert_eq!(
            record["others"].as_array().map(Vec::len),
            Some(1),
            "{report}"
        );
    }
    world.finish();
}

// CASES I12
#[tokio::test]
async fn the_candidates_for_an_address_are_listed_and_one_can_be_put_into_the_case_file() {
    let world = world(Markers::Without).await;
    let add = |first: &str| {
        let contact = NewContact::person(first, "Hale").email("hale@fam.example");
        world.control.add_contact(contact)
    };
    let (rosa, tom) = (add("Rosa"), add("Tom"));
    world.control.advance(Duration::from_secs(3600));
    let mut case = case_of(
        &json!({"first_name": "Theodore", "last_name": "Hale", "email": "hale@fam.example"}),
        1,
    );
    let path = file(&world, "hale.json", &case);
    let output = sync(&world, &path).await.expect_code(1);
    let report = output.json();
    let problem = &report["contact"]["error"]["permanent"];
    assert_eq!(problem["code"], "ambiguous", "{report}");
    assert_eq!(problem["candidates"], json!([rosa, tom]), "{report}");
    assert_eq!(problem["field"], "/client/email", "{report}");
    let text = world.clio(&["sync", &path]).await.expect_code(1).stderr;
    for told in [
        format!("{rosa}, {tom}"),
        format!("\"client\": {{\"id\": {rosa}}}"),
        "on_name_conflict".to_owned(),
    ] {
        assert!(text.contains(&told), "{text}");
        assert!(
            !text.contains("known_id") && !text.contains("`on_"),
            "{text}"
        );
    }
    assert_eq!(world.writes(), 0);

    case["client"]["id"] = tom.into();
    let report = sync(&world, &file(&world, "hale.json", &case))
        .await
        .expect_code(0)
        .json();
    assert_eq!(report["contact"]["id"], tom, "{report}");
    assert_eq!(world.control.snapshot().matters[0].client, tom);
    world.finish();
}

#[tokio::test]
async fn a_contact_that_the_case_file_names_must_be_there_and_agree() {
    let world = world(Markers::Without).await;
    let stranger = world.control.add_contact(NewContact::person("Kit", "Moss"));
    let client = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example"});
    let mut case = case_of(&client, 1);
    for (id, code) in [(stranger, "ambiguous"), (stranger + 1, "removed")] {
        case["client"]["id"] = id.into();
        let output = sync(&world, &file(&world, "case.json", &case))
            .await
            .expect_code(1);
        let problem = &output.json()["contact"]["error"]["permanent"];
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["field"], "/client/id", "{problem}");
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(
            told.contains("client.id") && !told.contains("known_id"),
            "{told}"
        );
    }
    assert_eq!(world.writes(), 0);
    world.finish();
}

// CASES V5
#[tokio::test]
async fn a_contact_that_was_deleted_in_clio_is_made_again_when_the_case_file_says_so() {
    let world = world(Markers::Without).await;
    let mut case = gail();
    sync(&world, &file(&world, "gail.json", &case))
        .await
        .expect_code(0);
    let snapshot = world.control.snapshot();
    world.control.delete_matter(snapshot.matters[0].id);
    world.control.delete_contact(snapshot.contacts[0].id);
    world.control.clear_trace();
    let path = file(&world, "gail.json", &case);
    let output = sync(&world, &path).await.expect_code(1);
    let told = format!("{}{}", output.stdout, output.stderr);
    for way in ["--forget", "on_removed", "client"] {
        assert!(told.contains(way), "{told}");
    }
    assert!(!told.contains("known_id"), "{told}");
    assert_eq!(
        output.json()["contact"]["error"]["permanent"]["code"],
        "removed"
    );
    assert_eq!(world.writes(), 0);

    case["client"]["on_removed"] = "create".into();
    let path = file(&world, "gail.json", &case);
    let report = sync(&world, &path).await.expect_code(1).json();
    assert_eq!(report["contact"]["status"], "created", "{report}");
    let matter = &report["matter"];
    assert_eq!(matter["error"]["permanent"]["code"], "removed", "{report}");
    assert!(
        matter["next"].as_str().unwrap().contains("under matter"),
        "{report}"
    );

    case["matter"]["on_removed"] = "create".into();
    let path = file(&world, "gail.json", &case);
    sync(&world, &path).await.expect_code(0);
    let again = sync(&world, &path).await.expect_code(0).json();
    assert_eq!(again["matter"]["status"], "linked", "{again}");
    assert_eq!(counts(&world), (1, 1, 0));
    world.finish();
}

// CASES V8
#[tokio::test]
async fn what_was_edited_in_the_case_file_is_told_once_and_left_in_clio() {
    let world = world(Markers::Without).await;
    let mut case = bob();
    case["client"]["phone"] = "305 555 0147".into();
    sync(&world, &file(&world, "bob.json", &case))
        .await
        .expect_code(0);
    let before = serde_json::to_value(world.control.snapshot()).unwrap();
    world.control.clear_trace();

    // The same in another spelling is no edit.
    case["client"]["phone"] = "(305) 555-0147".into();
    let report = sync(&world, &file(&world, "bob.json", &case))
        .await
        .expect_code(0)
        .json();
    assert_eq!(report["contact"].get("not_carried_over"), None, "{report}");

    case["client"]["phone"] = "305 555 0199".into();
    case["client"]["first_name"] = "Robert".into();
    case["client"]["emails"] = json!([{"address": "bob@work.example"}]);
    case["matter"]["title"] = "Cruz dissolution".into();
    case["documents"][0]["name"] = "The letter.pdf".into();
    let path = file(&world, "bob.json", &case);
    // A dry run tells it, and has not told it.
    for arguments in [
        &["sync", &path, "--json", "--dry-run"][..],
        &["sync", &path, "--json"],
    ] {
        let output = world.clio(arguments).await.expect_code(0);
        let report = output.json();
        assert_eq!(
            report["contact"]["not_carried_over"],
            json!(["/client/first_name", "/client/email", "/client/phone"]),
            "{report}"
        );
        assert_eq!(
            report["matter"]["not_carried_over"],
            json!(["/matter/title"])
        );
        assert_eq!(
            report["documents"][0]["not_carried_over"],
            json!(["/documents/0/name"])
        );
        for word in ["Robert", "0199", "dissolution"] {
            assert!(!output.stdout.contains(word), "{}", output.stdout);
        }
    }
    let again = world.clio(&["sync", &path]).await.expect_code(0).stdout;
    assert!(!again.contains("edited"), "{again}");
    case["matter"]["title"] = "Cruz mediation".into();
    let path = file(&world, "bob.json", &case);
    let text = world.clio(&["sync", &path]).await.expect_code(0).stdout;
    assert!(
        text.contains("edited in the case file") && text.contains("/matter/title"),
        "{text}"
    );
    assert!(!text.contains("/client/phone"), "{text}");
    assert_eq!(world.writes(), 0);
    assert_eq!(
        serde_json::to_value(world.control.snapshot()).unwrap(),
        before
    );
    world.finish();
}

#[tokio::test]
async fn a_matter_that_the_case_file_names_is_linked() {
    let world = world(Markers::Without).await;
    let client = world.control.add_contact(NewContact::person("Bob", "Cruz"));
    let matter = world
        .control
        .add_matter(clio_sandbox::NewMatter::of(client, "Cruz divorce"));
    let mut case = bob();
    case["client"]["id"] = client.into();
    case["matter"]["id"] = matter.into();
    let report = sync(&world, &file(&world, "bob.json", &case))
        .await
        .expect_code(0)
        .json();
    assert_eq!(report["matter"]["id"], matter, "{report}");
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.documents[0].matter, Some(matter));
    let source_id = property(&snapshot.documents[0], "source-id");
    assert_eq!(source_id, Some("intake:950/letter"));
    assert_eq!(counts(&world), (1, 1, 1));
    world.finish();
}
