//! A gigabyte goes through, and the runner's memory does not grow with it.

#[cfg(target_os = "linux")]
use std::time::Duration;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_gibibyte_uploads_with_the_runner_below_100_mib() {
    use serde_json::json;

    const GIBIBYTE: u64 = 1 << 30;
    const MIB: u64 = 1 << 20;

    let (world, matter) = crate::documents::world_with_matter().await;
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
    let mut child = world.spawn(&args);
    let id = child.id().unwrap();
    let mut peak = 0;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(10)) => {
                peak = peak.max(peak_memory(id).unwrap_or(0));
            }
        }
    };
    assert!(status.success(), "{status}");
    eprintln!("peak memory of the runner: {} MiB", peak / MIB);
    assert!(peak > MIB, "nothing was measured");
    assert!(peak < 100 * MIB, "{} MiB", peak / MIB);

    let snapshot = world.control.snapshot();
    let version = snapshot.documents[0].versions.last().unwrap();
    assert!(version.fully_uploaded);
    assert_eq!(version.size, Some(GIBIBYTE));
    world.finish();
}

/// The most memory that a process held so far, in bytes.
#[cfg(target_os = "linux")]
pub(crate) fn peak_memory(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
