//! README's table of the actions says what their files say.

#![allow(clippy::unwrap_used, clippy::expect_used)]
// The build reads every member; this table a few.
#![allow(dead_code)]

#[path = "../build/manifest.rs"]
mod manifest;

use std::fs;
use std::path::Path;

use manifest::Manifest;
use serde_json::Value;

#[test]
fn the_table_of_actions_is_made_of_their_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut table = String::new();
    for action in clio_catalog::actions() {
        let file = root
            .join("components")
            .join(action.name)
            .join("action.toml");
        let manifest = Manifest::parse(&fs::read_to_string(file).unwrap(), action.name).unwrap();
        let description: Value = serde_json::from_str(action.description).unwrap();
        let functions = description["functions"].as_array().unwrap().iter();
        let functions: Vec<String> = functions
            .map(|it| format!("`{}.{}`", action.name, it["name"].as_str().unwrap()))
            .collect();
        let (name, functions) = (action.name, functions.join(", "));
        let (summary, requests) = (&manifest.summary, &manifest.usual_requests);
        table += &format!("| `{name}` | {functions} | {summary} | {requests} |\n");
    }
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    assert!(
        readme.contains(&table),
        "README's table should be:\n{table}"
    );
}
