//! The same sources give the same bytes, wherever they lie and whatever was
//! built before: so that a published component can be checked against its
//! sources.

#![allow(clippy::unwrap_used, clippy::expect_used)]
// The build uses all of these modules; this test only what builds.
#![allow(dead_code)]

#[path = "../build/binary.rs"]
mod binary;
#[path = "../build/guests.rs"]
mod guests;
#[path = "../build/manifest.rs"]
mod manifest;
#[path = "../build/nested.rs"]
mod nested;
#[path = "../build/target.rs"]
mod target;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use guests::Workspace;

/// Mirrors the workspace's sources. Cargo reads the manifests of all packages,
/// also of those that it does not build.
fn mirror_sources(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in ["Cargo.lock", "Cargo.toml", "rust-toolchain.toml"] {
        mirror_file(&from.join(name), &to.join(name));
    }
    for name in ["wit", "components", "host", "tests"] {
        mirror_folder(&from.join(name), &to.join(name));
    }
}

fn mirror_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(to).unwrap() {
        let entry = entry.unwrap();
        if from.join(entry.file_name()).exists() {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            fs::remove_dir_all(entry.path()).unwrap();
        } else {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let is_output = name == OsStr::new("node_modules") || name == OsStr::new("target");
        if entry.file_type().unwrap().is_file() {
            mirror_file(&entry.path(), &to.join(name));
        } else if entry.file_type().unwrap().is_dir() && !is_output {
            mirror_folder(&entry.path(), &to.join(name));
        }
    }
}

/// Leaves a file that is the same already, so that cargo sees no change.
fn mirror_file(from: &Path, to: &Path) {
    let bytes = fs::read(from).unwrap();
    if fs::read(to).ok().as_ref() != Some(&bytes) {
        fs::write(to, bytes).unwrap();
    }
}

#[test]
fn another_checkout_gives_the_same_bytes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // Kept between runs, so that only what changed is built again.
    let elsewhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reproducible");
    let checkout = elsewhere.join("a/much/longer/path/to/a/checkout");
    mirror_sources(&here, &checkout);
    // The mark of a target folder: without it this one's would be used.
    let target = elsewhere.join("target");
    fs::create_dir_all(&target).unwrap();
    fs::write(
        target.join("CACHEDIR.TAG"),
        "Signature: 8a477f597d28d172789f06886806bc55",
    )
    .unwrap();
    let workspace =
        Workspace::new(&checkout.join("components/catalog"), &target.join("out")).unwrap();

    let actions = workspace.actions().unwrap();
    assert_eq!(actions.len(), clio_catalog::actions().len());
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    workspace
        .build(&actions, OsStr::new(env!("CARGO")), &rustc)
        .unwrap();
    for action in clio_catalog::actions() {
        let again = workspace.component(action.name).unwrap();
        assert!(again.len() < action.component().len());
        // The catalog appends the description to what was built.
        assert!(
            again == action.component()[..again.len()],
            "{} differs",
            action.name
        );
    }
}
