//! Several cases of one client, several processes, several homes.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, Times};
use clio_tests::{CommandOutput, World};
use serde_json::json;

use super::{Elsewhere, bob, case_of, counts, file, sync, world};
use crate::setup_markers::Markers;

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
