//! What is older than `keep_days` goes, and the audit verifies all the same.

use std::time::Duration;

use clio_runner::home::Home;
use clio_runner::journal::{AuditRow, Journal};
use clio_tests::{Serving, World};

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn the_service_takes_out_what_is_older_than_is_kept() {
    let world = World::new().await;
    let now = jiff::Timestamp::now().as_millisecond();
    {
        let journal = Journal::of(&Home::at(world.home())).unwrap();
        for days in (0..200).rev() {
            let at = now - days * DAY;
            let row = AuditRow::note("check-connection", "done");
            journal.append(AuditRow { at, ..row }).unwrap();
        }
    }
    std::fs::write(world.home().join("serve.toml"), "keep_days = 30\n").unwrap();
    let serving = world.serve(&[]).await;
    let verdict = async {
        loop {
            let verdict = world.clio(&["log", "--verify", "--json"]).await;
            let verdict = verdict.expect_code(0).json();
            if verdict["removed_through"] == 170 && verdict["rows"] == 31 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, verdict).await.expect("it goes");
    assert_eq!(serving.end().await, Some(0));
    let told = world.clio(&["log", "--verify"]).await.expect_code(0);
    assert_eq!(told.stdout.lines().count(), 2, "{}", told.stdout);
    assert!(told.stdout.contains("up to 170"), "{}", told.stdout);
    // Calls go on, and hang on what is left.
    world
        .clio(&["run", "check-connection", "--input", r#"{"areas": []}"#])
        .await
        .expect_code(0);
    world.clio(&["log", "--verify"]).await.expect_code(0);
}

#[tokio::test]
async fn less_than_a_repeat_may_take_to_come_is_not_kept() {
    let world = World::new().await;
    std::fs::write(world.home().join("serve.toml"), "keep_days = 6\n").unwrap();
    let refused = world.clio(&["serve", "--listen", "127.0.0.1:0"]).await;
    let told = refused.expect_code(64).stderr;
    assert!(told.contains("`keep_days` is at least 7"), "{told}");
    std::fs::write(world.home().join("serve.toml"), "keep_days = 7\n").unwrap();
    let serving = Serving::start(world.home(), &[], &[]).await;
    assert_eq!(serving.end().await, Some(0));
}
