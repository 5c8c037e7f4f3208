//! What is handed out beside the components: it is whole, and says what is so.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use clio_catalog::{ACTIONS_JSON, actions, files};
use serde_json::{Value, json};

fn file(path: &str) -> &'static [u8] {
    let found = files().iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("no {path}")).bytes
}

fn text(path: &str) -> &'static str {
    std::str::from_utf8(file(path)).unwrap()
}

/// The packages that the components link, as cargo resolves them, each with its
/// licence. Those of the workspace have a path in theirs.
fn linked() -> BTreeMap<String, String> {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--target", "wasm32-wasip2"])
        .args([
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "none",
            "--no-dedupe",
        ])
        .args(["--format", "{p}|{l}", "--package", "credentials-from-env"]);
    for action in actions() {
        command.args(["--package", action.name]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    told.lines()
        .filter_map(|line| line.split_once('|'))
        .filter(|(package, _)| !package.contains('('))
        .map(|(package, licence)| (package.replace(" v", " "), licence.to_owned()))
        .collect()
}

#[test]
fn the_licence_of_everything_linked_is_there_with_its_text() {
    let licences = text("LICENSES-OF-DEPENDENCIES");
    let (list, texts) = licences
        .split_once("\ncore, alloc and compiler_builtins")
        .unwrap();
    let listed: BTreeMap<String, String> = list
        .lines()
        .skip(2)
        .map(|line| line.split_once(": ").unwrap())
        .map(|(package, licence)| (package.to_owned(), licence.to_owned()))
        .collect();
    let linked = linked();
    assert!(linked.len() > 10, "{linked:?}");
    assert_eq!(listed, linked);
    for package in linked.keys() {
        assert!(texts.contains(&format!("{package} (")), "{package}");
    }
    // One of each kind.
    for words in [
        "Permission is hereby granted",
        "UNICODE LICENSE V3",
        "Neither the name of",
    ] {
        assert!(texts.contains(words), "{words}");
    }
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../LICENSE");
    assert_eq!(file("LICENSE"), std::fs::read(ours).unwrap());
}

/// The names of the members that any of these objects has.
fn members<'a>(objects: impl Iterator<Item = &'a Value>) -> BTreeSet<&'a String> {
    objects
        .flat_map(|it| it.as_object().unwrap().keys())
        .collect()
}

#[test]
fn the_schema_of_the_descriptions_takes_them_and_nothing_else() {
    let schema: Value = serde_json::from_str(text("actions.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let whole: Value = serde_json::from_str(ACTIONS_JSON).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&whole)
        .map(|it| it.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");

    // It names what the descriptions hold, and nothing that none of them has.
    let all = whole.as_array().unwrap();
    let of = |name: &str| -> Vec<&Value> {
        all.iter()
            .flat_map(|it| it[name].as_array().unwrap())
            .collect()
    };
    for (name, objects) in [
        ("action", all.iter().collect()),
        ("function", of("functions")),
        ("request", of("requests")),
        ("grant", of("grants")),
        ("hints", all.iter().map(|it| &it["hints"]).collect()),
    ] {
        let properties = &schema["$defs"][name]["properties"];
        assert_eq!(
            members([properties].into_iter()),
            members(objects.into_iter()),
            "{name}"
        );
    }

    let upload = all
        .iter()
        .position(|it| it["name"] == "upload-document")
        .unwrap();
    let refused = |pointer: &str, value: Option<Value>| {
        let mut changed = whole.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = changed.pointer_mut(&format!("/{upload}{parent}")).unwrap();
        match value {
            Some(value) => parent[name] = value,
            None => drop(parent.as_object_mut().unwrap().remove(name).unwrap()),
        }
        assert!(!validator.is_valid(&changed), "{pointer}");
    };
    for member in [
        "format",
        "name",
        "interface",
        "functions",
        "hints",
        "requests",
        "content",
    ] {
        refused(&format!("/{member}"), None);
    }
    refused("/functions/0/input", None);
    refused("/requests/0/path", None);
    refused("/grants/0/allows", None);
    refused("/more", Some(json!(1)));
    refused("/format", Some(json!(2)));
    refused("/functions", Some(json!([])));
    refused("/functions/0/input", Some(json!({"type": "no such type"})));
    refused("/requests/0/method", Some(json!("get")));
    refused("/requests/0/path", Some(json!("/oauth/token")));
    refused("/grants/0/allows", Some(json!("DELETE")));
    refused("/grants/0/header", Some(json!("location")));
    refused("/hints/read_only", Some(json!("no")));
}

#[test]
fn the_contract_is_there_whole_as_text_and_as_a_package() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut there = 0;
    for folder in ["", "deps/"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.ends_with(".wit") {
                let exported = file(&format!("wit/{folder}{name}"));
                assert_eq!(exported, std::fs::read(&path).unwrap(), "{name}");
                there += 1;
            }
        }
    }
    let exported = files().iter().filter(|file| file.path.ends_with(".wit"));
    assert_eq!(exported.count(), there);

    // Registries name a package by what stands in it.
    let encoded = file("wit/clio-actions.wasm");
    wasmparser::Validator::new().validate_all(encoded).unwrap();
    let ours = actions().iter().map(|action| action.name);
    for interface in ours.chain(["types", "credentials"]) {
        let version = env!("CARGO_PKG_VERSION");
        let name = format!("clio:actions/{interface}@{version}");
        let found = encoded.windows(name.len()).any(|it| it == name.as_bytes());
        assert!(found, "{name}");
    }
}
