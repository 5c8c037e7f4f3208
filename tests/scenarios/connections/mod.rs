//! Connecting an account: consent, tokens that are renewed and withdrawn, and
//! what stays when a connection ends.

mod accounts;
mod consent;
mod ends;
mod renewal;
mod vault;

use std::path::PathBuf;

use clio_host::vault::{SavedConnection, Vault, VaultSettings};
use clio_tests::{CommandOutput, World};
use serde_json::{Value, json};

const INPUT: &str = r#"{"source_id": "marked:1", "contact": {"person": {"first_name": "Ann",
    "last_name": "Lee"}}, "emails": [{"address": "ann@example.com"}]}"#;

fn vault(world: &World) -> Vault {
    Vault::new(VaultSettings::in_folder(&world.home().join("vault"))).unwrap()
}

fn saved(world: &World, name: &str) -> SavedConnection {
    vault(world).read().unwrap().connections[name].clone()
}

fn access_token(world: &World, name: &str) -> String {
    let credentials = saved(world, name).credentials.unwrap();
    credentials.access_token.expose().to_owned()
}

fn token_requests(world: &World) -> usize {
    world.control.count("POST", "/oauth/token")
}

async fn run(world: &World, name: &str) -> CommandOutput {
    world
        .clio(&[
            "run",
            "sync-contact",
            "--connection",
            name,
            "--input",
            INPUT,
        ])
        .await
}

async fn listed(world: &World) -> Value {
    world
        .clio(&["connections", "--json"])
        .await
        .expect_code(0)
        .json()
}

/// A case with one client, matter and document.
fn case(world: &World) -> String {
    world.control.add_practice_area("Family");
    world.file(
        "retainer.pdf",
        include_bytes!("../../data/case/retainer.pdf"),
    );
    let case = json!({
        "source_id": "intake:case-17",
        "client": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"},
        "matter": {"title": "Lee v. Harbor", "case_type": "Family"},
        "documents": [{"source_id": "retainer", "file": "retainer.pdf", "approved": true}],
    });
    world
        .file("case.json", case.to_string())
        .to_str()
        .unwrap()
        .to_owned()
}

/// Every file under the command's home but its cache.
fn files(world: &World) -> Vec<PathBuf> {
    fn walk(folder: &std::path::Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found)
            } else {
                found.push(path)
            }
        }
    }
    let mut found = Vec::new();
    walk(world.home(), &mut found);
    found
}

#[track_caller]
fn nowhere(world: &World, secrets: &[&str], outputs: &[&CommandOutput]) {
    for path in files(world) {
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "a secret stands in {}", path.display());
        }
    }
    for output in outputs {
        for secret in secrets {
            assert!(!output.stdout.contains(secret), "{output:#?}");
            assert!(!output.stderr.contains(secret), "{output:#?}");
        }
    }
}
