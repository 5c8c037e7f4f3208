//! A large content goes to storage in parts: each announced with its length and
//! digest, each sent once unless storage did not take it.

use std::path::Path;
use std::time::Duration;

use clio_host::actions::upload_document::{ContentSource, UploadDisposition, UploadOutcome};
use clio_host::{CallStats, LocalContent};
use clio_sandbox::{Body, Effect, Fault, FaultAnswer, FaultBody, Switches};
use clio_tests::{World, sha256_hex};
use serde_json::json;

use crate::upload_document::{retainer, world_with_matter};

/// What a content goes in parts from.
const LARGE: usize = 100_000_000;

/// The size of a part.
const PART: usize = 32 << 20;

/// Bytes in which each part differs from the others.
fn bytes() -> Vec<u8> {
    (0..LARGE)
        .map(|n| (n % 251) as u8 ^ (n / PART) as u8)
        .collect()
}

async fn upload(
    world: &World,
    matter: u64,
    path: &Path,
) -> Result<UploadOutcome, clio_host::CallError> {
    let mut call = world.call();
    let url = call.add_content(LocalContent::open(path).unwrap()).unwrap();
    let mut request = retainer(matter);
    request.content.source = ContentSource::Url(url);
    // Each part is digested on its way, which takes longer than an ordinary call
    // computes, and is what an upload is for.
    let fast = |stats: CallStats| assert!(!stats.left_fast_lane, "{stats:?}");
    call.on_stats(fast).run(request).await
}

/// The digests of the bodies that storage got.
fn put(world: &World) -> Vec<String> {
    let of = |body: Body| match body {
        Body::Bytes { sha256, .. } => sha256,
        other => panic!("{other:?}"),
    };
    world.storage().into_iter().map(|it| of(it.body)).collect()
}

#[tokio::test]
async fn each_part_is_sent_once_with_its_own_headers() {
    let (world, matter) = world_with_matter().await;
    let bytes = bytes();
    let path = world.file("scan.mp4", &bytes);
    let outcome = upload(&world, matter, &path).await.unwrap();
    assert_eq!(outcome.disposition, UploadDisposition::Created);
    assert_eq!(outcome.sent, LARGE as u64);
    let parts: Vec<_> = bytes.chunks(PART).map(sha256_hex).collect();
    assert_eq!(parts.len(), 3);
    assert_eq!(put(&world), parts);
    for exchange in world.storage() {
        assert!(!exchange.authorization);
        assert!(exchange.headers.iter().any(|name| name == "content-md5"));
    }
    let document = format!("/documents/{}", outcome.id);
    assert_eq!(
        world.requests(),
        [
            "GET /documents".to_owned(),
            "POST /documents".to_owned(),
            format!("PATCH {document}"),
            format!("PATCH {document}"),
            format!("PATCH {document}"),
        ],
        "two further parts, and the end"
    );
    let snapshot = world.control.snapshot();
    let version = snapshot.documents[0].versions.last().unwrap();
    assert_eq!((version.number, version.size), (1, Some(LARGE as u64)));
    assert!(version.fully_uploaded);
    // A byte less, and one request carries it.
    world.control.clear_trace();
    let path = world.file("smaller.mp4", &bytes[1..]);
    let mut call = world.call();
    let url = call
        .add_content(LocalContent::open(&path).unwrap())
        .unwrap();
    let mut request = retainer(matter);
    request.source_id = "intake:case-17/smaller".into();
    request.content.source = ContentSource::Url(url);
    call.run(request).await.unwrap();
    assert_eq!(world.storage().len(), 1);
    world.finish();
}

#[tokio::test]
async fn only_a_part_that_failed_is_sent_again() {
    let bytes = bytes();
    let parts: Vec<_> = bytes.chunks(PART).map(sha256_hex).collect();
    let digest = "<Error><Code>BadDigest</Code></Error>".to_owned();
    let digest = FaultAnswer::status(400).body(FaultBody::Text(digest));
    for effect in [
        Effect::Answer(digest),
        Effect::Answer(FaultAnswer::status(503)),
        Effect::AppliedThen(FaultAnswer::status(500)),
        Effect::AnswerLost,
    ] {
        let (world, matter) = world_with_matter().await;
        let path = world.file("scan.mp4", &bytes);
        world.control.fault(Fault::storage("PUT", effect).after(1));
        upload(&world, matter, &path).await.unwrap();
        let sent: Vec<_> = [0, 1, 1, 2].map(|at: usize| parts[at].clone()).into();
        assert_eq!(put(&world), sent);
        assert_eq!(world.control.snapshot().documents[0].versions.len(), 1);
        world.finish();
    }
}

#[tokio::test]
async fn a_url_that_expired_is_asked_for_again() {
    let (world, matter) = world_with_matter().await;
    let path = world.file("scan.mp4", bytes());
    let expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    let expired = FaultAnswer::status(403).body(FaultBody::Text(expired.to_owned()));
    world
        .control
        .fault(Fault::storage("PUT", Effect::Answer(expired)).after(2));
    let outcome = upload(&world, matter, &path).await.unwrap();
    let document = format!("/documents/{}", outcome.id);
    assert_eq!(world.count("PATCH", &document), 4);
    assert_eq!(world.storage().len(), 4);
    world.finish();
}

/// Lost answers to what announces parts, and to the end.
#[tokio::test]
async fn lost_answers_end_in_one_document() {
    for fault in [
        Fault::next("POST", "/documents", Effect::AnswerLost),
        Fault::next("PATCH", "/documents/*", Effect::AnswerLost),
        Fault::next("PATCH", "/documents/*", Effect::AnswerLost).after(2),
    ] {
        let (world, matter) = world_with_matter().await;
        let path = world.file("scan.mp4", bytes());
        world.control.fault(fault.clone());
        upload(&world, matter, &path).await.unwrap();
        let snapshot = world.control.snapshot();
        assert_eq!(snapshot.documents.len(), 1, "{fault:?}");
        let version = snapshot.documents[0].versions.last().unwrap();
        assert!(version.fully_uploaded, "{fault:?}");
        assert_eq!(version.size, Some(LARGE as u64), "{fault:?}");
        world.finish();
    }
}

/// What nobody knows for sure about Clio: parts end the same under each
/// reading, also when the answer to the end is lost.
#[tokio::test]
async fn parts_end_the_same_under_every_reading() {
    for (name, switches) in Switches::all() {
        let world = World::under(switches).await;
        let matter = world.add_matter();
        // Sparse: it takes no room on the disk, and is read as zeros.
        let path = world.file("scan.mp4", "");
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_len(LARGE as u64).unwrap();
        let lost = Fault::next("PATCH", "/documents/*", Effect::AnswerLost);
        world.control.fault(lost.after(2));
        upload(&world, matter, &path).await.unwrap();
        let snapshot = world.control.snapshot();
        assert_eq!(snapshot.documents.len(), 1, "{name}");
        let versions = &snapshot.documents[0].versions;
        assert_eq!(versions.len(), 1, "{name}");
        assert!(versions[0].fully_uploaded, "{name}");
        assert_eq!(versions[0].size, Some(LARGE as u64), "{name}");
        world.finish();
    }
}

/// Clio takes the parts that it was told of for all there are. So an upload that
/// was cut off between two parts is not finished, though all its parts are there.
#[tokio::test]
async fn a_process_killed_between_two_parts_leaves_one_whole_document_in_the_end() {
    let held = || Effect::Delay {
        by: Duration::from_secs(20),
    };
    for (held, requests) in [
        // The look, the first part's announcement and its bytes.
        (Fault::next("PATCH", "/documents/*", held()), 4),
        // The second part's as well.
        (Fault::storage("PUT", held()).after(1), 5),
        // All three parts are there, and the end is missing.
        (Fault::next("PATCH", "/documents/*", held()).after(2), 8),
    ] {
        let (world, matter) = world_with_matter().await;
        let path = world.file("scan.mp4", bytes());
        world.control.fault(held);
        let folder = path.parent().unwrap().to_str().unwrap();
        let input = json!({
            "source_id": "intake:case-17/retainer",
            "parent": {"matter": matter},
            "name": "Scan.mp4",
            "content": {"source": {"file": "scan.mp4"}},
            "provenance": "from_person",
        })
        .to_string();
        let args = [
            "run",
            "upload-document",
            "--files",
            folder,
            "--input",
            &input,
        ];
        let mut child = world.spawn(&args);
        world.wait_for_requests(requests).await;
        child.kill().await.unwrap();
        world.control.clear_faults();

        world.clio(&args).await.expect_code(0);
        let snapshot = world.control.snapshot();
        assert_eq!(snapshot.documents.len(), 1);
        let versions = &snapshot.documents[0].versions;
        let last = versions.last().unwrap();
        assert!(last.fully_uploaded);
        assert_eq!(last.size, Some(LARGE as u64), "after {requests} requests");

        world.control.clear_trace();
        world.clio(&args).await.expect_code(0);
        assert_eq!((world.writes(), world.storage().len()), (0, 0));
        world.finish();
    }
}
