//! The bytes that the catalog hands out: they can be read back, carry their
//! description, are small, and name no path of the machine that built them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;

use clio_catalog::{Action, actions};
use wasmparser::{Parser, Payload, Validator};

/// Both builds of every action, each with a name to show.
fn builds() -> Vec<(String, &'static Action, &'static [u8])> {
    assert!(!actions().is_empty());
    actions()
        .iter()
        .flat_map(|action| {
            [
                (action.name.to_owned(), action, action.component()),
                (
                    format!("{}.portable", action.name),
                    action,
                    action.portable(),
                ),
            ]
        })
        .collect()
}

/// The custom sections of a component's outermost level.
fn sections(component: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 0 => {
                found.push((section.name().to_owned(), section.data().to_vec()));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn every_build_is_a_valid_component() {
    for (name, _, bytes) in builds() {
        Validator::new()
            .validate_all(bytes)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_build_reads_back_as_wit_with_its_interface() {
    for (name, action, _) in builds() {
        // Printed from the finished bytes by the build.
        let wit = fs::read_to_string(Path::new(env!("OUT_DIR")).join(format!("{name}.wit")))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let description: serde_json::Value = serde_json::from_str(action.description).unwrap();
        let interface = description["interface"].as_str().unwrap();
        for exported in [interface, "clio:actions/types@0.1.0"] {
            assert!(
                wit.contains(&format!("export {exported};")),
                "{name} does not export {exported}:\n{wit}"
            );
        }
        let imports_ours = wit.contains("import clio:actions/");
        let asks_clio = !description["requests"].as_array().unwrap().is_empty();
        let offline = !asks_clio && description["content"] == false;
        let credentials = !offline && !name.ends_with(".portable");
        assert_eq!(imports_ours, credentials, "{name}:\n{wit}");
    }
}

#[test]
fn every_build_carries_its_description_last() {
    for (name, action, bytes) in builds() {
        let sections = sections(bytes);
        let (last, data) = sections.last().unwrap();
        assert_eq!(last, "clio:action", "{name}");
        assert_eq!(data, action.description.as_bytes(), "{name}");
        let several = sections.iter().filter(|(it, _)| it == "clio:action");
        assert_eq!(several.count(), 1, "{name}");
        // It makes `wasm-tools component wit` refuse a component.
        assert!(
            sections.iter().all(|(it, _)| it != "package-docs"),
            "{name}"
        );
    }
}

/// The most bytes of a component, and how many more a portable build may have. The
/// build has the same limits, and why.
const MOST_BYTES: usize = 384 * 1024;
const MOST_BYTES_WITH_FORMATS: [(&str, usize); 2] = [
    ("fill-document", 720 * 1024),
    ("inspect-document", 512 * 1024),
];
const MORE_OF_A_PORTABLE: usize = 32 * 1024;

#[test]
fn every_build_is_small() {
    for action in actions() {
        let mut larger = MOST_BYTES_WITH_FORMATS.into_iter();
        let larger = larger.find(|(name, _)| *name == action.name);
        let most = larger.map_or(MOST_BYTES, |(_, most)| most);
        let (bytes, portable) = (action.component().len(), action.portable().len());
        assert!(bytes <= most, "{} has {bytes} bytes", action.name);
        let most = most + MORE_OF_A_PORTABLE;
        assert!(portable <= most, "{} has {portable} bytes", action.name);
    }
}

#[test]
fn every_build_says_to_registries_what_it_is() {
    for (name, action, bytes) in builds() {
        let sections = sections(bytes);
        let said = |section: &str| {
            let mut found = sections.iter().filter(|(it, _)| it == section);
            let (Some((_, data)), None) = (found.next(), found.next()) else {
                panic!("{name} has not one section `{section}`");
            };
            String::from_utf8(data.clone()).unwrap()
        };
        let description: serde_json::Value = serde_json::from_str(action.description).unwrap();
        assert_eq!(said("version"), description["version"].as_str().unwrap());
        assert_eq!(
            said("description"),
            description["summary"].as_str().unwrap()
        );
        assert_eq!(said("licenses"), "Apache-2.0");
        // A package's label has no dot.
        let package = format!("clio:{}", name.replace('.', "-"));
        assert!(said("component-name").ends_with(&package), "{name}");
        // It would be another one for each commit.
        assert!(sections.iter().all(|(it, _)| it != "revision"), "{name}");
    }
}

#[test]
fn no_build_names_a_path_of_the_machine_that_built_it() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workspace = fs::canonicalize(workspace).unwrap();
    let mut paths = vec![
        workspace.to_str().unwrap().to_owned(),
        env!("OUT_DIR").to_owned(),
    ];
    // Where cargo keeps crates, and rustup toolchains.
    paths.extend(std::env::home_dir().map(|home| format!("{}/", home.display())));
    for (name, _, bytes) in builds() {
        for path in &paths {
            let found = bytes
                .windows(path.len())
                .any(|window| window == path.as_bytes());
            assert!(!found, "{name} names {path}");
        }
    }
}

#[test]
fn an_action_is_found_by_its_name() {
    for action in actions() {
        let found = clio_catalog::action(action.name).unwrap();
        assert!(found.is(action.component()));
    }
    assert!(clio_catalog::action("no-such-action").is_none());
    assert!(clio_catalog::action("").is_none());
}
