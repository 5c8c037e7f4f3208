//! What the project is built of: where it comes from, under which licences,
//! and how often; and that the modules of each crate import one way.
//!
//! It reads what cargo itself says of the lock file, for all platforms. It does
//! not know advisories: their database is no package of a registry, and a build
//! reaches nothing else. `cargo audit` and `cargo deny check advisories` read
//! the same lock file where the database can be had.
#![allow(clippy::unwrap_used, clippy::expect_used)] // what a test cannot set up fails it

mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use spdx::{Expression, ParseMode};

/// The one place that packages come from.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Licences under which a program may be passed on whole, in source or binary,
/// when their texts are passed on with it.
const LICENCES: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    // The roots of the web's certificates, as data.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

/// What decides over keys, bytes on the wire, sandboxes and stored data. Of two
/// versions one would be forgotten when the other is mended.
const ONCE: [&str; 21] = [
    "chacha20poly1305",
    "cranelift-codegen",
    "hkdf",
    "hmac",
    "http",
    "hyper",
    "keyring",
    "libsqlite3-sys",
    "oauth2",
    "ring",
    "rusqlite",
    "rustls",
    "rustls-webpki",
    "secrecy",
    "serde_json",
    "sha2",
    "tokio",
    "url",
    "wasmtime",
    "wasmtime-wasi",
    "wasmtime-wasi-http",
];

/// A second version that has no part in it, and whose it is.
const APART: [(&str, &str, &str); 1] = [
    // Digests what `clio mcp` does not serve: skills.
    ("sha2", "0.11.", "rmcp"),
];

/// A second implementation of TLS, or one that takes its version from the
/// machine.
const NEVER: [&str; 5] = [
    "aws-lc-sys",
    "boring-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    source: Option<String>,
    license: Option<String>,
}

/// What cargo says when asked with these arguments.
fn cargo(arguments: &[&str]) -> Vec<u8> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(cargo)
        .args(arguments)
        .arg("--locked")
        .current_dir(root)
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo {arguments:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn packages() -> Vec<Package> {
    let told = cargo(&["metadata", "--format-version", "1"]);
    let metadata: Metadata = serde_json::from_slice(&told).unwrap();
    let (ours, others): (Vec<_>, Vec<_>) = metadata
        .packages
        .into_iter()
        .partition(|package| metadata.workspace_members.contains(&package.id));
    assert!(!ours.is_empty() && others.len() > 100, "cargo told nothing");
    others
}

/// The packages that a program is built of which embeds the library.
fn built_in(features: &[&str]) -> BTreeSet<String> {
    let what = ["tree", "--package", "clio-host", "--target", "all"];
    let how = ["--edges", "normal", "--prefix", "none"];
    let told = String::from_utf8(cargo(&[&what[..], &how, features].concat())).unwrap();
    let names = told.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

/// The packages that depend on a version of one directly.
fn users(name: &str, version: &str) -> Vec<String> {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"));
    let lock = lock.unwrap();
    let dependency = format!("\"{name} {version}");
    let packages = lock
        .split("[[package]]")
        .filter(|it| it.contains(&dependency));
    let names = packages.filter_map(|it| it.lines().find_map(|it| it.strip_prefix("name = ")));
    names
        .map(|name| name.trim_matches('"').to_owned())
        .collect()
}

#[test]
fn a_host_with_connections_of_its_own_builds_no_oauth_vault_or_keyring() {
    let (whole, least) = (built_in(&[]), built_in(&["--no-default-features"]));
    for name in ["chacha20poly1305", "chrono", "hkdf", "keyring", "oauth2"] {
        assert!(whole.contains(name), "{name} has gone for everybody");
        assert!(!least.contains(name), "{name}");
    }
    assert!(least.contains("wasmtime"));
}

#[test]
fn every_package_comes_from_the_one_registry() {
    let strangers: Vec<_> = packages()
        .into_iter()
        .filter(|package| package.source.as_deref() != Some(SOURCE))
        .map(|package| (package.name, package.source))
        .collect();
    assert_eq!(strangers, []);
}

#[test]
fn every_package_may_be_passed_on() {
    let fits = |package: &Package| {
        let Some(text) = &package.license else {
            return false;
        };
        let expression = Expression::parse_mode(text, ParseMode::LAX)
            .unwrap_or_else(|error| panic!("{}: {error}", package.name));
        expression.evaluate(|wanted| LICENCES.contains(&wanted.to_string().as_str()))
    };
    let others: Vec<_> = packages()
        .into_iter()
        .filter(|package| !fits(package))
        .map(|package| (package.name, package.version, package.license))
        .collect();
    assert_eq!(others, []);
}

#[test]
fn what_guards_secrets_and_sandboxes_is_there_once() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        let known = versions.entry(package.name).or_default();
        known.insert(package.version);
    }
    for (name, version, of) in APART {
        let apart = |one: &String| one.starts_with(version);
        let known = versions.get_mut(name).unwrap();
        assert!(known.iter().any(apart), "{name} of {of} has gone");
        known.retain(|one| !apart(one));
        assert_eq!(users(name, version), [of]);
    }
    for name in ONCE {
        let known = versions.get(name).map_or(0, BTreeSet::len);
        assert_eq!(known, 1, "{name}: {:?}", versions.get(name));
    }
    for name in NEVER {
        assert_eq!(versions.get(name), None, "{name}");
    }
}
