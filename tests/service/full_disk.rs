//! The disk is full: who asks is told so without a path, the log says what to do, and
//! all goes on once there is room.

use std::path::Path;
use std::process::{Command, Stdio};

use clio_tests::{Serving, World};
use serde_json::json;

use crate::api_calls::{ann, call};

/// A small disk in the place of a folder. Dropped, it goes.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn at(folder: &'a Path) -> Self {
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=16m,mode=700", "clio"]);
        let mounted = mount.arg(folder).status().expect("mount runs");
        assert!(mounted.success(), "only root mounts");
        Self(folder)
    }

    /// Writes until there is no room.
    fn fill(&self) {
        let full = std::fs::write(self.0.join("filler"), vec![7; 32 * 1024 * 1024]);
        let full = full.expect_err("it has an end");
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test]
#[ignore = "mounts a small disk, which takes root; cargo test --release --test service -- --ignored full_disk"]
async fn a_full_disk_is_told_and_all_goes_on_once_there_is_room() {
    let world = World::new().await;
    let disk = Disk::at(world.home());
    world.connect_as("firm", &[]).await.expect_code(0);
    let key = world.key(&["read", "write"], &["firm"]).await;
    let logged = tempfile::NamedTempFile::new().unwrap();
    let log = Stdio::from(logged.reopen().unwrap());
    let serving = Serving::logged(world.home(), &[], &[], log).await;
    let ready = async || serving.send("GET", "/ready", &[], b"").await;
    ready().await.expect_status(200);

    disk.fill();
    let not = ready().await.expect_status(503).json();
    assert_eq!(not["detail"], "the disk of the service is full");
    let path = "/v1/connections/firm/calls/sync-contact.sync";
    let home = world.home().display().to_string();
    let mut refused = 0;
    for number in 0..200 {
        let mut input = ann();
        input["source_id"] = json!(format!("intake:{number}"));
        let answer = call(&serving, path, &key, &[("Prefer", "respond-async")], &input).await;
        if answer.status == 202 {
            continue;
        }
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 500, "{told}");
        assert!(!told.contains(&home) && !told.contains("backup"), "{told}");
        refused += 1;
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3);
    let log = std::fs::read_to_string(logged.path()).unwrap();
    assert!(log.contains("the disk is full"), "{log}");
    assert!(log.contains("make room"), "{log}");
    assert!(!log.contains("restore it from a backup"), "{log}");

    std::fs::remove_file(world.home().join("filler")).unwrap();
    ready().await.expect_status(200);
    let answer = call(&serving, path, &key, &[], &ann()).await;
    answer.expect_status(200);
    assert_eq!(serving.end().await, Some(0));
    world.clio(&["log", "--verify"]).await.expect_code(0);
}
