//! The contract in `wit/`: every item of it is documented, and the check that
//! says so finds what is missing.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../build/docs.rs"]
mod docs;

use std::path::Path;

use wit_parser::{PackageId, Resolve, SourceMap};

fn undocumented(source: &str) -> Vec<String> {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("sample.wit", source).unwrap();
    docs::undocumented(&resolve, package)
}

/// The package in `wit/`, with its dependencies.
fn contract() -> (Resolve, PackageId) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut resolve = Resolve::default();
    let group = |folder: &Path| {
        let mut sources = SourceMap::default();
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|it| it == "wit"))
            .collect();
        files.sort();
        for file in &files {
            let name = file.to_str().unwrap();
            sources.push_str(name, std::fs::read_to_string(file).unwrap());
        }
        sources
    };
    // Each dependency is a file and a package of its own.
    let mut waiting: Vec<_> = std::fs::read_dir(folder.join("deps"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    waiting.sort();
    while !waiting.is_empty() {
        let before = waiting.len();
        // A package is taken once all that it uses are there.
        waiting.retain(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            let mut attempt = resolve.clone();
            match attempt.push_source(file.to_str().unwrap(), &text) {
                Ok(_) => {
                    resolve = attempt;
                    false
                }
                Err(_) => true,
            }
        });
        assert!(waiting.len() < before, "cannot read {waiting:?}");
    }
    let parsed = group(&folder).parse().map_err(|(_, error)| error).unwrap();
    let package = resolve.push_group(parsed).unwrap();
    (resolve, package)
}

#[test]
fn every_item_of_the_contract_is_documented() {
    let (resolve, package) = contract();
    assert!(resolve.packages[package].worlds.len() >= 6);
    let missing = docs::undocumented(&resolve, package);
    assert!(missing.is_empty(), "no docs: {missing:?}");
}

#[test]
fn the_check_finds_each_kind_of_item() {
    let missing = undocumented(
        "package a:b;
        world w {}
        interface i {
            f: func();
            type alias = string;
            record r { member: u8 }
            variant v { one, two(u8) }
            flags g { on }
            enum e { /// Said.
                said, unsaid }
        }",
    );
    assert_eq!(
        missing,
        [
            "w",
            "i",
            "i.f",
            "i.alias",
            "i.r",
            "i.r.member",
            "i.v",
            "i.v.one",
            "i.v.two",
            "i.g",
            "i.g.on",
            "i.e",
            "i.e.unsaid",
        ]
    );
}

#[test]
fn an_enum_may_leave_all_its_cases_to_their_names() {
    let missing = undocumented(
        "package a:b;
        /// Types.
        interface i {
            /// Labels.
            enum label { work, home }
        }",
    );
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_is_used_from_elsewhere_needs_no_docs_of_its_own() {
    let missing = undocumented(
        "package a:b;
        /// Types.
        interface shared {
            /// An id.
            type id = u64;
        }
        /// Others.
        interface other {
            use shared.{id, id as other-id};
        }",
    );
    assert!(missing.is_empty(), "{missing:?}");
}
