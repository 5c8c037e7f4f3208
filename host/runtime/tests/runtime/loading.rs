//! Which components are taken, and what the refusal says.

use clio_host::{LoadError, Policy};

use crate::components::{builder, component, component_importing, host, running};

#[test]
fn an_import_that_is_not_given_is_refused_by_name() {
    let host = host();
    let table = [
        ("wasi:sockets/ip-name-lookup", "wasi:sockets/"),
        ("wasi:filesystem/preopens", "wasi:filesystem/"),
        ("wasi:random/random", "wasi:random/random@0.2.12"),
    ];
    for (interface, named) in table {
        // A core import of any function of it keeps the import in the component.
        let (function, signature) = match interface {
            "wasi:random/random" => ("get-random-u64", "(func (result i64))"),
            "wasi:filesystem/preopens" => ("get-directories", "(func (param i32))"),
            _ => ("resolve-addresses", "(func (param i32 i32 i32 i32))"),
        };
        let bytes = component_importing(
            &format!("import {interface}@0.2.12;"),
            "run: func();",
            &format!(
                r#"(import "{interface}@0.2.12" "{function}" {signature})
                   {}
                   (func (export "test:guest/guest@0.1.0#run"))"#,
                crate::components::MEMORY
            ),
        );
        let error = host.load(&bytes).unwrap_err();
        assert!(
            matches!(error, LoadError::Inspect(_)),
            "{interface}: {error}"
        );
        assert!(error.to_string().contains(named), "{interface}: {error}");
    }
}

#[test]
fn a_component_without_a_function_is_refused() {
    let error = host()
        .load(&wat::parse_str("(component)").unwrap())
        .unwrap_err();
    assert!(matches!(error, LoadError::NoFunction), "{error}");
}

#[test]
fn a_component_without_a_description_is_described_by_its_types() {
    let bytes = component(
        "record size { wide: u32, high: option<u64> } area: func(of: size) -> result<u64, string>;",
        r#"(memory (export "memory") 1)
           (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
           (func (export "test:guest/guest@0.1.0#area") (param i32 i32 i64) (result i32)
               (i32.const 0))"#,
    );
    let action = host().load(&bytes).unwrap();
    assert!(!action.is_described());
    let description = action.description();
    assert_eq!(description.interface, "test:guest/guest@0.1.0");
    assert_eq!(
        (description.name.as_str(), description.version.as_str()),
        ("guest", "0.1.0")
    );
    let function = description.functions.first().unwrap();
    assert_eq!(function.input["required"], serde_json::json!(["wide"]));
    assert_eq!(function.error, serde_json::json!({"type": "string"}));
    assert!(description.requests.is_empty() && !description.content);
}

#[test]
fn an_action_that_is_not_in_the_catalog_is_named_with_those_that_are() {
    let error = host().load_action("sync-contcat").unwrap_err();
    assert!(error.to_string().contains("sync-contcat"), "{error}");
    assert!(error.to_string().contains("sync-contact"), "{error}");
}

#[test]
fn a_policy_with_a_bad_origin_does_not_start_a_host() {
    let mut policy = Policy::default();
    policy.content_origins = vec!["http://files.example".into()];
    let error = builder().policy(policy).build().unwrap_err();
    assert!(error.to_string().contains("https"), "{error}");
}

#[test]
fn compiled_code_is_taken_from_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("compiled");
    let host = builder().cache_dir(Some(cache.clone())).build().unwrap();
    host.load(&running("")).unwrap();
    drop(host);
    let files = walk(&cache);
    assert!(!files.is_empty(), "nothing was kept");
    builder()
        .cache_dir(Some(cache.clone()))
        .build()
        .unwrap()
        .load(&running(""))
        .unwrap();
    assert_eq!(walk(&cache), files, "the second host compiled anew");
}

/// The files of compiled code. The engine keeps statistics beside them.
fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else if path.extension().is_none() {
            found.push(path);
        }
    }
    found.sort();
    found
}
