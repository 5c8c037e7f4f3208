//! Content goes in by upload and out by download, in pieces, and never as a path.

use clio_sandbox::{Config, ContentCaps, NewDocument, Place};
use clio_tests::{World, empty, sha256_hex};
use serde_json::{Value, json};

use crate::api_calls::call;

const UPLOAD: &str = "/v1/connections/firm/calls/upload-document.upload";

/// Bytes that differ from place to place.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at) as u8).collect()
}

fn retainer(matter: u64, source: &Value) -> Value {
    json!({
        "source_id": "intake:case-17/retainer", "parent": {"matter": matter},
        "name": "Retainer.pdf", "content": {"source": source}, "provenance": "from_person",
    })
}

async fn firm() -> (World, u64) {
    firm_keeping(8 << 20).await
}

/// One whose sandbox keeps contents of that size.
async fn firm_keeping(each: u64) -> (World, u64) {
    let content = ContentCaps {
        each,
        total: 4 * each,
    };
    let config = Config { content, ..empty() };
    let world = World::with(config).await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.connect_as("other", &[]).await.expect_code(0);
    let matter = world.add_matter();
    (world, matter)
}

#[tokio::test]
async fn what_was_uploaded_is_named_by_its_firms_calls_alone() {
    let (world, matter) = firm().await;
    let serving = world.serve(&[]).await;
    let key = world.key(&["read", "write"], &[]).await;
    let content = bytes(3 << 20);
    let authorization = format!("Bearer {key}");
    let head = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/pdf"),
    ];
    let path = "/v1/connections/firm/uploads";
    let upload = serving.send("POST", path, &head, &content).await;
    let upload = upload.expect_status(201).json();
    assert_eq!(upload["length"], content.len());
    assert_eq!(upload["sha256"], sha256_hex(&content));
    assert_eq!(upload["media_type"], "application/pdf");
    let source = json!({"upload": upload["id"]});
    let input = retainer(matter, &source);
    let foreign = UPLOAD.replace("firm", "other");
    let refused = call(&serving, &foreign, &key, &[], &input).await;
    let refused = refused.expect_status(422).json();
    let told = refused["errors"][0].as_str().unwrap();
    assert!(
        told.starts_with("/content/source/upload: names no upload"),
        "{told}"
    );

    let result = call(&serving, UPLOAD, &key, &[], &input).await;
    let document = result.expect_status(200).json()["id"].as_u64().unwrap();
    assert_eq!(world.control.content(document).unwrap(), content);
    // It may be named again, and lies there until nobody needs it.
    let again = call(&serving, UPLOAD, &key, &[], &input).await;
    assert_eq!(again.expect_status(200).json()["id"], document);

    let path = format!("/v1/connections/firm/documents/{document}/content");
    let read = serving.ask("GET", &path, &key, None).await;
    assert_eq!(read.header("content-type"), Some("application/pdf"));
    assert_eq!(
        read.header("content-disposition"),
        Some("attachment; filename*=UTF-8''Retainer.pdf")
    );
    assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
    assert!(read.expect_status(200).body == content);
    let absent = "/v1/connections/firm/documents/999999/content";
    let absent = serving.ask("GET", absent, &key, None).await;
    assert_eq!(absent.expect_status(422).json()["code"], "not_found");
    world.finish();
}

#[tokio::test]
async fn no_path_and_nothing_large_comes_in_another_way() {
    let (world, matter) = firm().await;
    let settings = world.home().join("serve.toml");
    std::fs::write(settings, "most_upload_mib = 1\n").unwrap();
    std::fs::write(world.home().join("secret.txt"), "secret").unwrap();
    let serving = world.serve(&[]).await;
    let key = world.key(&["read", "write"], &["firm"]).await;
    for path in ["/etc/passwd", "secret.txt", "../vault/key"] {
        let input = retainer(matter, &json!({"file": path}));
        let refused = call(&serving, UPLOAD, &key, &[], &input).await;
        let told = refused.expect_status(422).json();
        let told = told["errors"][0].as_str().unwrap();
        assert!(told.contains("no service takes a path"), "{told}");
        let input = retainer(matter, &json!({"upload": path}));
        call(&serving, UPLOAD, &key, &[], &input)
            .await
            .expect_status(422);
    }
    let authorization = format!("Bearer {key}");
    let head = [("Authorization", authorization.as_str())];
    let path = "/v1/connections/firm/uploads";
    let mebibyte = bytes(1 << 20);
    serving
        .send("POST", path, &head, &mebibyte)
        .await
        .expect_status(201);
    let more = bytes((1 << 20) + 1);
    let refused = serving.send("POST", path, &head, &more).await;
    assert_eq!(refused.expect_status(413).json()["code"], "too_large");
    // Without a length it is counted.
    let refused = serving.send_in_pieces(path, &head, &more, 4096).await;
    assert_eq!(refused.expect_status(413).json()["code"], "too_large");
    for _ in 0..3 {
        serving
            .send("POST", path, &head, &mebibyte)
            .await
            .expect_status(201);
    }
    let refused = serving.send("POST", path, &head, b"x").await;
    assert_eq!(refused.expect_status(413).json()["code"], "too_many");
    let reads = world.key(&["read"], &["firm"]).await;
    let reads = format!("Bearer {reads}");
    let head = [("Authorization", reads.as_str())];
    serving
        .send("POST", path, &head, b"x")
        .await
        .expect_status(403);
    let lying = std::fs::read_dir(world.home().join("uploads")).unwrap();
    assert_eq!(lying.count(), 4, "what was refused left nothing");
    world.finish();
}

/// Memory does not grow with the size of what passes through.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_document_passes_through_in_pieces() {
    const LENGTH: usize = 64 << 20;
    let (world, matter) = firm_keeping(2 * LENGTH as u64).await;
    let serving = world.serve(&[]).await;
    let key = world.key(&["read", "write"], &["firm"]).await;
    let authorization = format!("Bearer {key}");
    let head = [("Authorization", authorization.as_str())];
    let path = "/v1/connections/firm/uploads";
    let pass = async |content: &[u8], name: &str| {
        let upload = serving.send("POST", path, &head, content).await;
        let upload = upload.expect_status(201).json();
        let mut input = retainer(matter, &json!({"upload": upload["id"]}));
        input["source_id"] = name.into();
        input["name"] = format!("{name}.pdf").into();
        let result = call(&serving, UPLOAD, &key, &[], &input).await;
        let document = result.expect_status(200).json()["id"].as_u64().unwrap();
        let path = format!("/v1/connections/firm/documents/{document}/content");
        let read = serving
            .ask("GET", &path, &key, None)
            .await
            .expect_status(200);
        assert!(read.body == content);
    };
    pass(&bytes(1 << 20), "small").await;
    let before = clio_tests::held(serving.pid()).unwrap();
    pass(&bytes(LENGTH), "large").await;
    let grown = clio_tests::held(serving.pid()).unwrap() - before;
    assert!(grown < 24 << 20, "{} MiB more", grown >> 20);
    world.finish();
}

/// Who reads a document that breaks off sees that it did.
#[tokio::test]
async fn a_document_that_breaks_off_is_no_whole_answer() {
    use clio_sandbox::{Effect, Fault, Times};
    let (world, matter) = firm().await;
    let content = bytes(200_000);
    let document = NewDocument::complete("Large.pdf", &content);
    let document = world.add(Place::Matter(matter), document);
    let serving = world.serve(&[]).await;
    let key = world.key(&["read"], &["firm"]).await;
    let cut = Fault::storage("GET", Effect::CutAfter { bytes: 100_000 }).times(Times::Forever);
    world.control.fault(cut);
    let path = format!("/v1/connections/firm/documents/{document}/content");
    let read = serving.ask("GET", &path, &key, None).await;
    let length = read.header("content-length").map(str::to_owned);
    if read.status == 200 {
        assert_eq!(length.as_deref(), Some("200000"));
        assert!(read.body.len() < 200_000, "{}", read.body.len());
    } else {
        assert_eq!(read.json()["code"], "unavailable");
    }
    world.finish();
}
