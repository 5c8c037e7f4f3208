//! `clio run read-document --output FILE`: whole into the file, whatever the
//! size, or not at all.

use std::path::{Path, PathBuf};

use clio_sandbox::{Config, ContentCaps, Effect, Fault, NewDocument, Place, Times};
use clio_tests::{CommandOutput, World, empty, sha256_hex};
use serde_json::json;

const MIB: usize = 1 << 20;

/// A world whose storage keeps large documents.
async fn world() -> World {
    World::with(Config {
        content: ContentCaps {
            each: 256 << 20,
            total: 512 << 20,
        },
        ..empty()
    })
    .await
}

fn add(world: &World, bytes: &[u8]) -> u64 {
    let matter = world.add_matter();
    let new = NewDocument::complete("a.bin", bytes);
    world.add(Place::Matter(matter), new)
}

fn folder(world: &World) -> PathBuf {
    let keep = world.file("keep.txt", "");
    keep.parent().unwrap().to_owned()
}

async fn read(world: &World, document: u64, file: &Path, more: &str) -> CommandOutput {
    let input = format!("{{\"of\": {{\"document\": {document}}}{more}}}");
    let file = file.to_str().unwrap();
    let args = ["run", "read-document", "--input", &input, "--output", file];
    world.clio(&args).await
}

/// How many files lie in a folder, those that are hidden among them.
fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn few_bytes_and_many_come_whole() {
    let world = world().await;
    let folder = folder(&world);
    for (name, bytes) in [
        ("none", Vec::new()),
        ("few", b"some bytes".to_vec()),
        ("many", vec![7; 3 * MIB + 1]),
    ] {
        let document = add(&world, &bytes);
        let file = folder.join(name);
        // What stood there is replaced.
        std::fs::write(&file, "before").unwrap();
        let told = read(&world, document, &file, "").await.expect_code(0);
        let told = told.json();
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{name}");
        assert_eq!(told["size"], bytes.len(), "{told}");
        let content = &told["content"]["file"];
        assert_eq!(content["sha256"], sha256_hex(&bytes), "{told}");
        assert_eq!(content["path"], file.to_str().unwrap());
        assert!(!told.to_string().contains("X-Amz-"), "{told}");
    }
    assert_eq!(files(&folder), 4);
    world.finish();
}

#[tokio::test]
async fn few_bytes_by_url_come_whole_too() {
    let world = world().await;
    let document = add(&world, b"some bytes");
    let file = folder(&world).join("by-url");
    let told = read(&world, document, &file, ", \"content\": \"url\"").await;
    told.expect_code(0);
    assert_eq!(std::fs::read(&file).unwrap(), b"some bytes");
    world.finish();
}

#[tokio::test]
async fn what_breaks_leaves_the_file_that_stood_there() {
    let world = world().await;
    let document = add(&world, &vec![7; 3 * MIB]);
    let folder = folder(&world);
    let file = folder.join("a.bin");
    std::fs::write(&file, "before").unwrap();
    for effect in [
        Effect::CutAfter { bytes: 2 * MIB },
        Effect::status(403),
        Effect::status(503),
        Effect::Reset,
    ] {
        let fault = Fault::storage("GET", effect.clone());
        world.control.fault(fault.times(Times::Forever));
        let told = read(&world, document, &file, "").await;
        world.control.clear_faults();
        assert_ne!(told.code, 0, "{effect:?}: {told:#?}");
        let problem = &told.json()["error"]["transient"];
        assert_eq!(problem["code"], "unavailable", "{effect:?}: {told:#?}");
        assert_eq!(std::fs::read(&file).unwrap(), b"before", "{effect:?}");
        assert_eq!(files(&folder), 2, "{effect:?}");
    }
    world.finish();
}

#[tokio::test]
async fn what_has_no_bytes_is_told_and_writes_no_file() {
    let world = world().await;
    let document = add(&world, b"some bytes");
    let folder = folder(&world);
    let file = folder.join("a.bin");
    let told = read(&world, document, &file, ", \"content\": \"metadata\"").await;
    assert!(told.expect_code(64).stderr.contains("--output"));
    let nowhere = folder.join("absent").join("a.bin");
    read(&world, document, &nowhere, "").await.expect_code(64);
    read(&world, document, &folder, "").await.expect_code(64);
    assert_eq!(files(&folder), 1);

    world.control.clear_trace();
    let input = json!({"name": "Field"}).to_string();
    let file = file.to_str().unwrap();
    let args = ["run", "setup-markers", "--input", &input, "--output", file];
    world.clio(&args).await.expect_code(64);
    assert!(world.requests().is_empty());
    world.finish();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_quarter_of_a_gibibyte_comes_with_the_runner_below_100_mib() {
    let world = world().await;
    let document = add(&world, &vec![7; 256 * MIB]);
    let file = folder(&world).join("large.bin");
    let input = json!({"of": {"document": document}}).to_string();
    let path = file.to_str().unwrap();
    let args = ["run", "read-document", "--input", &input, "--output", path];
    let peak = world.peak_memory(&args).await;
    eprintln!("peak memory of the runner: {} MiB", peak >> 20);
    assert!(peak > MIB as u64, "nothing was measured");
    assert!(peak < 100 * MIB as u64, "{} MiB", peak >> 20);
    assert_eq!(file.metadata().unwrap().len(), 256 * MIB as u64);
    world.finish();
}
