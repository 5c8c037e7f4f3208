//! The service is killed (SIGKILL) while it takes a case in, and while it syncs one:
//! started again it takes up what was taken, and makes nothing twice.

use std::time::Duration;

use clio_sandbox::{Effect, Fault};
use clio_tests::{World, case_of, multipart, property};
use tokio::io::AsyncWriteExt as _;

const PDF: &[u8] = include_bytes!("../data/case/retainer.pdf");
/// Longer than any process here lives.
const HELD: Duration = Duration::from_secs(20);

/// Which requests to Clio the process is killed at; all of them, where the environment says
/// `CLIO_TESTS_LONG`.
fn points(all: u32) -> Vec<u32> {
    match std::env::var_os("CLIO_TESTS_LONG") {
        Some(_) => (0..all).collect(),
        None => (0..all).step_by(3).collect(),
    }
}

async fn world() -> (World, String) {
    let world = World::without_rate_limit().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.clear_trace();
    let key = world.key(&["read", "write"], &["firm"]).await;
    (world, key)
}

#[tokio::test]
async fn a_case_that_was_answered_is_in_clio_once_whenever_it_is_killed() {
    for skip in points(8) {
        for holds_answer in [false, true] {
            let (world, key) = world().await;
            let effect = match holds_answer {
                true => Effect::HoldAnswer { by: HELD },
                false => Effect::Delay { by: HELD },
            };
            let serving = world.serve(&[]).await;
            world.control.clear_trace();
            world.control.fault(Fault {
                method: None,
                path: None,
                ..Fault::next("", "", effect).after(skip)
            });
            let case = case_of("intake:1", "Lee", &["retainer.pdf", "second.pdf"]);
            let files: [(&str, &[u8]); 2] = [("retainer.pdf", PDF), ("second.pdf", b"%PDF-1.4 2")];
            let later = [("Prefer", "respond-async")];
            let answer = serving.post_case("firm", &key, &case, &files, &later).await;
            answer.expect_status(202);
            world.wait_for_requests(skip as usize + 1).await;
            serving.kill().await;
            world.control.clear_faults();

            let serving = world.serve(&[]).await;
            let cases = serving.wait_for_cases("firm", &key, 1).await;
            let killed = format!("at request {skip}, {holds_answer}: {cases:#?}");
            assert_eq!(cases[0]["attempts"], 2, "{killed}");
            let snapshot = world.control.snapshot();
            assert_eq!(snapshot.contacts.len(), 1, "{killed}");
            assert_eq!(snapshot.matters.len(), 1, "{killed}");
            let mut sources: Vec<_> = snapshot
                .documents
                .iter()
                .map(|document| property(document, "source-id"))
                .collect();
            sources.sort_unstable();
            assert_eq!(sources.len(), 2, "{killed}");
            sources.dedup();
            assert_eq!(sources.len(), 2, "{killed}");
            let versions = snapshot.documents.iter().flat_map(|it| &it.versions);
            assert!(
                versions.into_iter().all(|version| version.fully_uploaded),
                "{killed}"
            );
            world.finish();
        }
    }
}

#[tokio::test]
async fn one_that_was_coming_in_leaves_nothing_that_is_half() {
    let (world, key) = world().await;
    let case = case_of("intake:1", "Lee", &["retainer.pdf"]).to_string();
    let (media_type, body) = multipart(&[("case", case.as_bytes()), ("retainer.pdf", PDF)]);
    for part in 1..4 {
        let serving = world.serve(&[]).await;
        let head = format!(
            "POST /v1/connections/firm/cases HTTP/1.1\r\nHost: {}\r\n\
             Authorization: Bearer {key}\r\nContent-Type: {media_type}\r\n\
             Content-Length: {}\r\n\r\n",
            serving.address,
            body.len()
        );
        let mut socket = tokio::net::TcpStream::connect(&serving.address)
            .await
            .unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket
            .write_all(&body[..body.len() * part / 4])
            .await
            .unwrap();
        let folder = world.home().join("cases");
        let began = std::time::Instant::now();
        while std::fs::read_dir(&folder).map_or(0, |all| all.count()) < part {
            assert!(began.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        serving.kill().await;
    }
    let serving = world.serve(&[]).await;
    assert_eq!(serving.cases("firm", &key).await.len(), 0);
    assert_eq!(world.api().len(), 0);
    // Sent again, it is whole.
    let case = case_of("intake:1", "Lee", &["retainer.pdf"]);
    let answer = serving
        .post_case("firm", &key, &case, &[("retainer.pdf", PDF)], &[])
        .await;
    answer.expect_status(200);
    assert_eq!(world.control.snapshot().documents.len(), 1);
    serving.end().await;
    // What the killed ones left goes once it is old.
    let folder = world.home().join("cases");
    let old = std::time::SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    for left in std::fs::read_dir(&folder).unwrap() {
        let left = std::fs::File::open(left.unwrap().path()).unwrap();
        left.set_modified(old).unwrap();
    }
    let _serving = world.serve(&[]).await;
    let began = std::time::Instant::now();
    while std::fs::read_dir(&folder).unwrap().count() > 0 {
        assert!(began.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.finish();
}
