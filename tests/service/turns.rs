//! Who runs what when: several processes on one home, and an end that is asked for.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, Times};
use clio_tests::{World, case_of};

const LATER: [(&str, &str); 1] = [("Prefer", "respond-async")];

async fn world() -> (World, String) {
    let world = World::without_rate_limit().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.clear_trace();
    let key = world.key(&["read", "write"], &["firm"]).await;
    (world, key)
}

/// Lets each request take its time.
fn slow(world: &World, by: Duration) {
    world.control.fault(Fault {
        times: Times::Forever,
        method: None,
        path: None,
        ..Fault::next("", "", Effect::Delay { by })
    });
}

#[tokio::test]
async fn two_processes_on_one_home_never_run_the_same() {
    let (world, key) = world().await;
    slow(&world, Duration::from_millis(10));
    let (one, two) = tokio::join!(world.serve(&[]), world.serve(&[]));
    let count = 12;
    for number in 0..count {
        let case = case_of(&format!("intake:{number}"), &format!("Name{number}"), &[]);
        let serving = if number % 2 == 0 { &one } else { &two };
        let answer = serving.post_case("firm", &key, &case, &[], &LATER).await;
        answer.expect_status(202);
    }
    let cases = one.wait_for_cases("firm", &key, count).await;
    assert!(cases.iter().all(|case| case["attempts"] == 1), "{cases:#?}");
    // Each case writes its client and its matter, once, and none in between.
    let writes: Vec<String> = world
        .requests()
        .into_iter()
        .filter(|request| !request.starts_with("GET"))
        .collect();
    assert_eq!(writes.len(), 2 * count);
    assert!(
        writes
            .chunks(2)
            .all(|pair| pair == ["POST /contacts", "POST /matters"]),
        "{writes:?}"
    );
    world.finish();
}

#[tokio::test]
async fn an_end_that_is_asked_for_finishes_what_runs_and_leaves_the_rest() {
    let (world, key) = world().await;
    slow(&world, Duration::from_millis(100));
    let serving = world.serve(&[]).await;
    for number in 0..3 {
        let case = case_of(&format!("intake:{number}"), &format!("Name{number}"), &[]);
        let answer = serving.post_case("firm", &key, &case, &[], &LATER).await;
        answer.expect_status(202);
    }
    world.wait_for_requests(1).await;
    assert_eq!(serving.end().await, Some(0));
    // The first is whole, and the others were not begun.
    let snapshot = world.control.snapshot();
    assert_eq!((snapshot.contacts.len(), snapshot.matters.len()), (1, 1));
    let serving = world.serve(&[]).await;
    let cases = serving.wait_for_cases("firm", &key, 3).await;
    assert!(cases.iter().all(|case| case["attempts"] == 1), "{cases:#?}");
    world.finish();
}

/// Trap: killed processes leave a file each, for ever.
#[tokio::test]
async fn what_killed_processes_held_is_removed_and_what_others_hold_is_not() {
    let (world, _) = world().await;
    let held = || {
        let files = std::fs::read_dir(world.home().join("locks")).unwrap();
        let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|it| it.starts_with("serve-")).collect();
        names.sort();
        names
    };
    let lives = world.serve(&[]).await;
    let of_the_living = held().remove(0);
    for _ in 0..2 {
        world.serve(&[]).await.kill().await;
    }
    let last = world.serve(&[]).await;
    let names = held();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&of_the_living), "{names:?}");
    assert_eq!((last.end().await, lives.end().await), (Some(0), Some(0)));
    assert_eq!(held(), Vec::<String>::new());
}
