//! A folder that is watched: what is dropped into it is in Clio within seconds, and
//! what became of it stands beside it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clio_tests::{World, case_of};
use serde_json::Value;

const PDF: &[u8] = include_bytes!("../data/case/retainer.pdf");

/// A firm with a folder that is watched.
async fn watching() -> (World, PathBuf) {
    let world = World::without_rate_limit().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.clear_trace();
    let folder = world.home().join("intake");
    std::fs::create_dir(&folder).unwrap();
    let settings = format!(
        "[connections.firm]\nwatch = {:?}\n",
        folder.to_str().unwrap()
    );
    std::fs::write(world.home().join("serve.toml"), settings).unwrap();
    (world, folder)
}

/// What stands in a result, once it fits.
async fn result(path: &Path, fits: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let told = std::fs::read(path).ok();
        let told = told.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        match told {
            Some(told) if fits(&told) => return told,
            told => assert!(began.elapsed() < Duration::from_secs(40), "{told:#?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |told| told["status"] == status
}

#[tokio::test]
async fn what_is_dropped_is_in_clio_within_seconds_and_stays_where_it_lies() {
    let (world, folder) = watching().await;
    let serving = world.serve(&[]).await;
    let began = Instant::now();
    // One with its documents beside it, one with a folder of its own. What writes them
    // does so in any order.
    let case = |id: &str, name: &str| case_of(id, name, &["retainer.pdf"]).to_string();
    std::fs::write(folder.join("intake-1.json"), case("intake:1", "Lee")).unwrap();
    std::fs::write(folder.join("retainer.pdf"), PDF).unwrap();
    let own = folder.join("second");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("retainer.pdf"), PDF).unwrap();
    std::fs::write(own.join("case.json"), case("intake:2", "Chan")).unwrap();
    let first = result(&folder.join("intake-1.result.json"), is("done")).await;
    // Who may read the folder may read what became of the case.
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
    let readers = mode(&folder) & 0o044;
    assert_ne!(readers, 0);
    assert_eq!(mode(&folder.join("intake-1.result.json")) & 0o044, readers);
    let second = result(&own.join("case.result.json"), is("done")).await;
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(first["result"]["documents"][0]["status"], "created");
    assert_eq!(second["result"]["source_id"], "intake:2");
    assert_eq!(world.control.snapshot().documents.len(), 2);
    assert!(folder.join("intake-1.json").exists());

    // Another start finds what it did, and does nothing again.
    serving.end().await;
    world.control.clear_trace();
    let serving = world.serve(&[]).await;
    // A third one is taken after the others were looked at.
    std::fs::write(
        folder.join("third.json"),
        case_of("intake:3", "Roe", &[]).to_string(),
    )
    .unwrap();
    result(&folder.join("third.result.json"), is("done")).await;
    let key = world.key(&["read"], &["firm"]).await;
    assert_eq!(serving.cases("firm", &key).await.len(), 3);
    // An edited case file is another case file.
    let edited = case("intake:1", "Lee").replace("Lee v. Harbor", "Lee v. Harbor and others");
    std::fs::write(folder.join("intake-1.json"), edited).unwrap();
    let run = first["run"].clone();
    let path = folder.join("intake-1.result.json");
    let again = |told: &Value| told["status"] == "done" && told["run"] != run;
    let again = result(&path, again).await;
    assert_eq!(again["result"]["matter"]["status"], "linked", "{again:#}");
    assert_eq!(
        again["result"]["matter"]["not_carried_over"][0],
        "/matter/title"
    );
    world.finish();
}

#[tokio::test]
async fn what_is_not_whole_is_not_taken_and_is_told() {
    let (world, folder) = watching().await;
    let _serving = world.serve(&[]).await;
    // Neither its document nor the end of its text are there.
    let text = case_of("intake:1", "Lee", &["retainer.pdf"]).to_string();
    let path = folder.join("intake-1.json");
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    let told = result(&folder.join("intake-1.result.json"), is("not_taken")).await;
    assert!(
        told["error"]["next"]
            .as_str()
            .unwrap()
            .contains("looked at again")
    );
    std::fs::write(&path, &text).unwrap();
    let missing = |told: &Value| told.to_string().contains("/documents/0/file");
    result(&folder.join("intake-1.result.json"), missing).await;
    assert_eq!(world.api().len(), 0, "{:?}", world.requests());
    // A document that grows is not taken before it has grown.
    let whole = [PDF, PDF, PDF].concat();
    for end in (0..=whole.len()).step_by(whole.len().div_ceil(4).max(1)) {
        std::fs::write(folder.join("retainer.pdf"), &whole[..end]).unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    std::fs::write(folder.join("retainer.pdf"), &whole).unwrap();
    result(&folder.join("intake-1.result.json"), is("done")).await;
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.documents.len(), 1);
    let size = snapshot.documents[0].versions[0].size;
    assert_eq!(size, Some(whole.len() as u64));
    world.finish();
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_leads_out_of_the_folder() {
    let (world, folder) = watching().await;
    let outside = world.home().join("elsewhere");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("retainer.pdf"), PDF).unwrap();
    let case = case_of("intake:1", "Lee", &["retainer.pdf"]).to_string();
    std::fs::write(outside.join("case.json"), &case).unwrap();
    // A folder, a case file and a document that are links.
    std::os::unix::fs::symlink(&outside, folder.join("linked")).unwrap();
    std::os::unix::fs::symlink(outside.join("case.json"), folder.join("linked.json")).unwrap();
    let own = folder.join("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("case.json"), &case).unwrap();
    std::os::unix::fs::symlink(outside.join("retainer.pdf"), own.join("retainer.pdf")).unwrap();
    let _serving = world.serve(&[]).await;
    let told = result(&own.join("case.result.json"), is("not_taken")).await;
    assert!(told.to_string().contains("leads out"), "{told:#}");
    assert!(!outside.join("case.result.json").exists());
    assert!(!folder.join("linked.result.json").exists());
    assert_eq!(world.api().len(), 0, "{:?}", world.requests());
}
