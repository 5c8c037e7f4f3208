//! `clio sync` is killed, at any point, and the next run takes the case up:
//! nothing is missing in the end, and nothing is there twice.

use std::time::Duration;

use clio_sandbox::{Effect, Fault};
use clio_tests::{World, property};

use crate::setup_markers::Markers;
use crate::sync::{sync, world_with_case};

/// Longer than any process here lives.
const HELD: Duration = Duration::from_secs(20);

/// Runs the case once more, and looks at what stands in the end.
async fn taken_up(world: World, path: &str, killed: &str) {
    world.control.clear_faults();
    sync(&world, path).await.expect_code(0);
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.contacts.len(), 1, "{killed}");
    assert_eq!(snapshot.matters.len(), 1, "{killed}");
    assert_eq!(snapshot.documents.len(), 2, "{killed}");
    let mut sources: Vec<_> = snapshot
        .documents
        .iter()
        .map(|document| property(document, "source-id"))
        .collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(sources.len(), 2, "{killed}");
    let versions = snapshot.documents.iter().flat_map(|it| &it.versions);
    assert!(
        versions.into_iter().all(|version| version.fully_uploaded),
        "{killed}"
    );
    world.finish();
}

#[tokio::test]
async fn before_any_request_is_served() {
    for markers in Markers::BOTH {
        for kill_at in 1..10 {
            let (world, path) = world_with_case(markers).await;
            // The request at which the process is killed is held open.
            world.control.fault(Fault {
                method: None,
                path: None,
                ..Fault::next("", "", Effect::Delay { by: HELD }).after(kill_at - 1)
            });
            let mut child = world.spawn(&["sync", &path]);
            world.wait_for_requests(kill_at as usize).await;
            child.kill().await.unwrap();
            taken_up(world, &path, &format!("{markers:?}, request {kill_at}")).await;
        }
    }
}

#[tokio::test]
async fn after_any_write_was_applied_and_before_its_answer_is_read() {
    let held = || Effect::HoldAnswer { by: HELD };
    let api = |method| Fault {
        path: None,
        ..Fault::next(method, "", held())
    };
    // One client, one matter, and two documents in three writes each.
    let writes = (0..4)
        .map(|at| api("POST").after(at))
        .chain((0..2).map(|at| Fault::storage("PUT", held()).after(at)))
        .chain((0..2).map(|at| api("PATCH").after(at)));
    for fault in writes {
        for markers in Markers::BOTH {
            let (world, path) = world_with_case(markers).await;
            world.control.fault(fault.clone());
            let mut child = world.spawn(&["sync", &path]);
            held_after_it_was_applied(&world).await;
            child.kill().await.unwrap();
            let killed = format!("{markers:?}, {:?} {}", fault.method, fault.skip);
            taken_up(world, &path, &killed).await;
        }
    }
}

/// Waits until a write stands whose answer is held.
async fn held_after_it_was_applied(world: &World) {
    let applied = async {
        while !world
            .control
            .trace()
            .iter()
            .any(|exchange| exchange.fault.is_some() && exchange.applied)
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(HELD / 2, applied)
        .await
        .expect("the write is applied");
}
