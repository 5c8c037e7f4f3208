//! The licences of what is linked, collected from cargo's messages: what counts as
//! linked, and that nothing goes without its text.

#![allow(clippy::unwrap_used, clippy::expect_used)]
// The build uses all of the second module; this test the target's name.
#![allow(dead_code)]

#[path = "../build/licences.rs"]
mod licences;
#[path = "../build/target.rs"]
mod target;

use std::fs;
use std::path::Path;

use serde_json::json;

/// A package in a folder, with its licence and the files that it brings.
fn package(root: &Path, name: &str, licence: Option<&str>, files: &[(&str, &str)]) {
    let folder = root.join(name);
    fs::create_dir(&folder).unwrap();
    let licence = licence.map_or(String::new(), |it| format!("license = \"{it}\"\n"));
    let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.2.3\"\n{licence}");
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    for (file, text) in files {
        fs::write(folder.join(file), text).unwrap();
    }
}

/// Cargo's message that it built a package, from where, into which folder.
fn built(root: &Path, name: &str, from: &str, into: &str) -> String {
    json!({
        "reason": "compiler-artifact",
        "package_id": format!("{from}#{name}@1.2.3"),
        "manifest_path": root.join(name).join("Cargo.toml"),
        "filenames": [format!("/target/{into}/deps/lib{name}.rlib")],
        "more": {"that": "is passed over"},
    })
    .to_string()
}

const REGISTRY: &str = "registry+https://registry.example";
const LINKED: &str = "wasm32-wasip2/component";

#[test]
fn what_is_linked_is_listed_once_for_each_text_and_what_only_builds_is_not() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let text = "Do what\r\nyou like.\r\n";
    package(
        root,
        "one",
        Some("MIT"),
        &[("LICENSE-MIT", text), ("lib.rs", "code")],
    );
    package(
        root,
        "two",
        Some("MIT"),
        &[("license", "Do what you\nlike.\n")],
    );
    package(root, "macros", None, &[]);
    package(root, "ours", None, &[]);
    let messages = [
        built(root, "two", REGISTRY, LINKED),
        built(root, "one", REGISTRY, LINKED),
        built(root, "macros", REGISTRY, "component"),
        built(root, "ours", "path+file:///ours", LINKED),
        json!({"reason": "build-finished", "success": true}).to_string(),
    ];
    let written = licences::text(messages.join("\n").as_bytes()).unwrap();
    assert!(
        written.contains("\none 1.2.3: MIT\ntwo 1.2.3: MIT\ncore, "),
        "{written}"
    );
    // Two copies of one text differ in how they are broken into lines.
    let both = "one 1.2.3 (LICENSE-MIT), two 1.2.3 (license)";
    assert!(written.contains(both), "{written}");
    assert_eq!(written.matches("Do what").count(), 1, "{written}");
    for absent in ["macros", "ours", "code", "\r"] {
        assert!(!written.contains(absent), "{absent}: {written}");
    }
}

#[test]
fn a_package_without_a_licence_or_its_text_stops_the_build() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    package(root, "silent", None, &[("LICENSE", "text")]);
    package(root, "bare", Some("MIT"), &[]);
    for (name, why) in [
        ("silent", "silent 1.2.3 names no licence"),
        ("bare", "bare 1.2.3 brings no text of its licence, MIT"),
    ] {
        let message = built(root, name, REGISTRY, LINKED);
        let error = licences::text(message.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), why);
    }
    // As when cargo has changed what it tells.
    assert!(licences::text(b"").is_err());
    assert!(licences::text(b"no JSON").is_err());
}
