//! Dry runs: what would be sent is shown, and nothing is.

use clio_tests::World;
use serde_json::json;

use crate::journal::{ann, case, log, run_ann, waiting};

#[tokio::test]
async fn a_dry_run_reads_and_shows_what_it_would_write() {
    let world = World::new().await;
    let input = ann();
    let args = ["run", "sync-contact", "--input", &input, "--dry-run"];
    let told = world.clio(&args).await.expect_code(0).json();
    assert_eq!(told["dry_run"], true);
    let request = &told["would_send"][0];
    assert_eq!(request["method"], "POST");
    assert!(
        request["url"]
            .as_str()
            .unwrap()
            .contains("/api/v4/contacts.json")
    );
    assert_eq!(request["body"]["data"]["first_name"], "Ann");
    assert_eq!(world.writes(), 0);
    assert!(world.count("GET", "/contacts") >= 1);
    let rows = log(&world, &[]).await;
    assert_eq!(rows[0]["status"], "dry_run");
    assert!(rows[0].get("writes").is_none(), "{rows:#?}");
    assert!(waiting(&world).await.is_empty());
    // What needs no write has a result.
    run_ann(&world).await.expect_code(0);
    let told = world.clio(&args).await.expect_code(0).json();
    assert_eq!(told["would_send"], json!([]));
    assert_eq!(told["result"]["disposition"], "linked");
    world.finish();
}

#[tokio::test]
async fn a_dry_sync_changes_nothing_here_or_there() {
    let world = World::new().await;
    let path = case(&world).await;
    let told = world
        .clio(&["sync", &path, "--dry-run", "--json"])
        .await
        .expect_code(0)
        .json();
    assert_eq!(told["contact"]["status"], "would_send");
    assert_eq!(told["matter"]["status"], "would_follow");
    assert_eq!(told["documents"][0]["status"], "would_follow");
    assert_eq!(told["would_send"][0]["method"], "POST");
    assert_eq!(world.writes(), 0);
    let shown = world
        .clio(&["sync", &path, "--dry-run"])
        .await
        .expect_code(0)
        .stdout;
    assert!(
        shown.contains("would send: ") && shown.contains("Lee"),
        "{shown}"
    );

    // Of a case that stands, only the new document would be sent.
    world.clio(&["sync", &path]).await.expect_code(0);
    let text = std::fs::read_to_string(&path).unwrap();
    world.file("more.pdf", "more");
    let more = r#""documents":[{"source_id":"more","file":"more.pdf","approved":true},"#;
    std::fs::write(&path, text.replace(r#""documents":["#, more)).unwrap();
    world.control.clear_trace();
    let told = world
        .clio(&["sync", &path, "--dry-run", "--json"])
        .await
        .expect_code(0)
        .json();
    assert_eq!(told["matter"]["status"], "linked");
    assert_eq!(told["documents"][0]["status"], "would_send");
    assert_eq!(told["documents"][1]["status"], "linked");
    assert_eq!(world.writes(), 0);
    world.finish();
}

#[tokio::test]
async fn a_dry_run_does_not_hide_what_a_rule_denies() {
    let world = World::new().await;
    let input = ann();
    let args = ["run", "sync-contact", "--input", &input, "--dry-run"];
    let args = [&args[..], &["--allow", "GET /api/v4/users/who_am_i.json"]].concat();
    let envelope = world.clio(&args).await.expect_code(1).json();
    assert_eq!(envelope["error"]["permanent"]["code"], "denied_by_policy");
    assert!(!envelope["denied"].as_array().unwrap().is_empty());
}
