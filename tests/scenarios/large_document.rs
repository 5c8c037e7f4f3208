//! A gigabyte goes through, and the runner's memory does not grow with it.

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_gibibyte_uploads_with_the_runner_below_100_mib() {
    use serde_json::json;

    const GIBIBYTE: u64 = 1 << 30;
    const MIB: u64 = 1 << 20;

    let (world, matter) = crate::upload_document::world_with_matter().await;
    let path = world.file("large.bin", "");
    // Sparse: it takes no room on the disk, and is read as zeros.
    std::fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(GIBIBYTE)
        .unwrap();
    let folder = path.parent().unwrap().to_str().unwrap();
    let input = json!({
        "source_id": "intake:large",
        "parent": {"matter": matter},
        "name": "Large.bin",
        "content": {"source": {"file": "large.bin"}, "media_type": "application/octet-stream"},
        "provenance": "from_person",
    });
    let args = [
        "run",
        "upload-document",
        "--files",
        folder,
        "--input",
        &input.to_string(),
    ];
    let peak = world.peak_memory(&args).await;
    eprintln!("peak memory of the runner: {} MiB", peak / MIB);
    assert!(peak > MIB, "nothing was measured");
    assert!(peak < 100 * MIB, "{} MiB", peak / MIB);

    let snapshot = world.control.snapshot();
    let version = snapshot.documents[0].versions.last().unwrap();
    assert!(version.fully_uploaded);
    assert_eq!(version.size, Some(GIBIBYTE));
    world.finish();
}
