//! The same sources give the same bytes, wherever they lie and whatever was
//! built before: so that what is published can be checked against its sources.
//!
//! The sources are copied to another folder, with a target folder elsewhere, and
//! the build of the catalog runs there from one end to the other.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Mirrors the workspace's sources. Cargo reads the manifests of all packages,
/// also of those that it does not build.
fn mirror_sources(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in ["Cargo.lock", "Cargo.toml", "LICENSE", "rust-toolchain.toml"] {
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

/// The files below a folder, by their paths in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn another_checkout_gives_the_same_bytes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // Kept between runs, so that only what changed is built again.
    let elsewhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reproducible");
    let checkout = elsewhere.join("a/much/longer/path/to/a/checkout");
    mirror_sources(&here, &checkout);
    // The mark of a target folder: without it this one's would be used.
    let out = elsewhere.join("target/out");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).unwrap();
    fs::write(
        elsewhere.join("target/CACHEDIR.TAG"),
        "Signature: 8a477f597d28d172789f06886806bc55",
    )
    .unwrap();

    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(env!("CLIO_CATALOG_BUILD"))
        .current_dir(checkout.join("components/catalog"))
        .env("CARGO_MANIFEST_DIR", checkout.join("components/catalog"))
        .env("OUT_DIR", &out)
        .env("CARGO", env!("CARGO"))
        .env("RUSTC", rustc)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{told}");

    let (first, second) = (files(Path::new(env!("OUT_DIR"))), files(&out));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second));
    for action in clio_catalog::actions() {
        assert!(second[&format!("{}.wasm", action.name)] == action.component());
        assert!(second[&format!("{}.portable.wasm", action.name)] == action.portable());
    }
    for (name, bytes) in &first {
        assert!(second[name] == *bytes, "{name} differs");
    }
}
