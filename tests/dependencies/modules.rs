//! Which module of a crate may import which.
//!
//! A crate without a direction ends as one lump: nothing in it can be read, or
//! tested, or moved, alone. So a table lists the modules of a crate in layers
//! from below to above, and the sources are held against it: each
//! `crate::…` and each `super::…` that leaves its own top-level module is an
//! import, wherever in a file it stands. What only tests import does not count.
//!
//! A new module fails until it stands in its crate's table.

mod command;
mod runner;
mod runtime;
mod sandbox;
mod scan;
mod server;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use self::scan::{Import, Scan};

/// The top-level modules of one crate, and where their imports may point.
struct House<'a> {
    /// From below to above: a name for the layer, and its modules, each in one
    /// layer alone. A module may import those of lower layers, and those of its
    /// own layer where that makes no circle.
    layers: &'a [(&'a str, &'a [&'a str])],
    /// Arrows that must not be, whatever the layers say: who, and whom not.
    forbidden: &'a [(&'a str, &'a str)],
}

/// Holds the sources of a crate against its table.
fn check(sources: &str, house: &House<'_>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let faults = faults(&scan::scan(&root.join(sources)), house);
    assert!(
        faults.is_empty(),
        "in {sources}:\n{}\nthe table of layers is in tests/dependencies/modules",
        faults.join("\n")
    );
}

/// What does not fit the table, a line each.
fn faults(found: &Scan, house: &House<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut level: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, (_, modules)) in house.layers.iter().enumerate() {
        for module in *modules {
            if level.insert(module, n).is_some() {
                faults.push(format!("`{module}` stands in the table twice"));
            }
            if !found.modules.contains(*module) {
                faults.push(format!("`{module}` stands in the table, and is no module"));
            }
        }
    }
    for module in &found.modules {
        if !level.contains_key(&**module) {
            faults.push(format!("the module `{module}` stands in no layer"));
        }
    }
    let layer = |module: &str| level.get(module).copied();
    let mut within: Vec<&Import> = Vec::new();
    for import in &found.imports {
        let Import { from, to, place } = import;
        if house.forbidden.contains(&(from, to)) {
            faults.push(format!("{place}: `{from}` must not import `{to}`"));
        }
        match (layer(from), layer(to)) {
            (Some(own), Some(other)) if own < other => faults.push(format!(
                "{place}: `{from}` ({}) imports `{to}` ({}), which lies above it",
                house.layers[own].0, house.layers[other].0
            )),
            (Some(own), Some(other)) if own == other => within.push(import),
            (_, None) if !found.modules.contains(to) => faults.push(format!(
                "{place}: `{from}` imports `{to}`, which is no module and is handed on by none"
            )),
            _ => {}
        }
    }
    for import in &within {
        if reaches(&within, &import.to, &import.from) {
            let Import { from, to, place } = import;
            faults.push(format!(
                "{place}: `{from}` imports `{to}`, which leads back to `{from}` in the same layer"
            ));
        }
    }
    faults
}

/// Whether imports lead from one module to another.
fn reaches(imports: &[&Import], from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut next = vec![from];
    while let Some(module) = next.pop() {
        if module == to {
            return true;
        }
        for import in imports.iter().filter(|import| import.from == module) {
            if seen.insert(&import.to) {
                next.push(&import.to);
            }
        }
    }
    false
}

/// A crate of some files, and what is wrong with it.
fn told(files: &[(&str, &str)], house: &House<'_>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    faults(&scan::scan(folder.path()), house)
}

const TWO: House<'_> = House {
    layers: &[("data", &["low", "other"]), ("work", &["high"])],
    forbidden: &[("high", "other")],
};

#[test]
fn imports_that_point_down_are_in_order() {
    let files = [
        (
            "lib.rs",
            "mod high;\nmod low;\nmod other;\npub use low::Thing;",
        ),
        (
            "low.rs",
            "use crate::other::{self, Any};\npub struct Thing;",
        ),
        ("other/mod.rs", "mod part;\npub(crate) struct Any;"),
        ("other/part.rs", "use super::Any;\n// use crate::high;\n"),
        (
            "high.rs",
            "use crate::Thing;\nfn f() { let _ = \"crate::nowhere\"; }",
        ),
        ("high/tests.rs", "use crate::other::Any;"),
    ];
    assert_eq!(told(&files, &TWO), [""; 0]);
}

#[test]
fn an_import_upward_is_told_with_its_line_however_it_is_written() {
    for upward in [
        "use crate::high::x;",
        "use crate::{other::Any, high::{x, y}};",
        "use crate::Handed;",
        "fn f() -> crate::high::X { todo!() }",
        "fn f<'a>(_: &'a str) { let _ = ('\"', crate::high::X) }",
        "use super::super::high;",
    ] {
        let files = [
            ("lib.rs", "pub use crate::high::Handed;"),
            ("low/mod.rs", "mod deep;"),
            ("low/deep.rs", &format!("//! A file.\n\n{upward}")),
            ("other.rs", ""),
            ("high.rs", ""),
        ];
        let expected = "low/deep.rs:3: `low` (data) imports `high` (work), which lies above it";
        assert_eq!(told(&files, &TWO), [expected], "{upward}");
    }
}

#[test]
fn what_only_tests_import_does_not_count() {
    let files = [
        (
            "low.rs",
            "#[cfg(test)]\n#[allow(unused)]\nuse crate::high::a;\n\
             #[cfg(all(test, unix))]\nmod tests { use crate::high::b; }\n\
             #[cfg(test)]\nfn f() -> [u8; 1] { crate::high::c(); [0; 1] }",
        ),
        ("low/more_tests.rs", "use crate::high::d;"),
        ("other.rs", ""),
        ("high.rs", ""),
    ];
    assert_eq!(told(&files, &TWO), [""; 0]);
    let real = [
        ("low.rs", "#[cfg(unix)]\nuse crate::high::a;"),
        ("other.rs", ""),
        ("high.rs", ""),
    ];
    assert_eq!(told(&real, &TWO).len(), 1);
}

#[test]
fn a_circle_within_a_layer_is_told() {
    let files = [
        ("low.rs", "use crate::other::x;"),
        ("other.rs", "\nuse crate::low::y;"),
        ("high.rs", ""),
    ];
    let expected = [
        "low.rs:1: `low` imports `other`, which leads back to `low` in the same layer",
        "other.rs:2: `other` imports `low`, which leads back to `other` in the same layer",
    ];
    assert_eq!(told(&files, &TWO), expected);
}

#[test]
fn a_forbidden_arrow_and_a_module_that_is_not_listed_are_told() {
    let files = [
        ("low.rs", ""),
        ("high.rs", "use crate::other::x;"),
        ("new/mod.rs", "use crate::gone::x;"),
    ];
    let expected = [
        "`other` stands in the table, and is no module",
        "the module `new` stands in no layer",
        "high.rs:1: `high` must not import `other`",
        "high.rs:1: `high` imports `other`, which is no module and is handed on by none",
        "new/mod.rs:1: `new` imports `gone`, which is no module and is handed on by none",
    ];
    let mut told = told(&files, &TWO);
    told.retain(|fault| fault != expected[3]);
    assert_eq!(told, [expected[0], expected[1], expected[2], expected[4]]);
}
