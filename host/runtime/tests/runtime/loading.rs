//! Which components are taken, and what the refusal says.

use clio_host::{LoadError, Policy};

use crate::components::{builder, component, component_importing, host, running};

#[test]
fn an_import_that_is_not_given_is_refused_by_name() {
    let host = host();
    let interface = "wasi:sockets/ip-name-lookup@0.2.12";
    // A core import of any function of it keeps the import in the component.
    let bytes = component_importing(
        &format!("import {interface};"),
        "run: func();",
        &format!(
            r#"(import "{interface}" "resolve-addresses" (func (param i32 i32 i32 i32)))
               {}
               (func (export "test:guest/guest@0.1.0#run"))"#,
            crate::components::MEMORY
        ),
    );
    let error = host.load(&bytes).unwrap_err();
    assert!(matches!(error, LoadError::Inspect(_)), "{error}");
    assert!(error.to_string().contains("wasi:sockets/"), "{error}");
}

const AREA: &str = r#"(memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "test:guest/guest@0.1.0#area") (param i32 i32 i64) (result i32)
        (i32.const 0))"#;

#[test]
fn what_a_toolchain_exports_for_itself_is_no_function_of_the_action() {
    let exporting = |interfaces: &[&str]| {
        let exports = interfaces
            .iter()
            .map(|name| format!(r#"(export "{name}" (instance $exported))"#));
        let wat = format!(
            r#"(component
                (core module $m (func (export "run")))
                (core instance $i (instantiate $m))
                (func $run (canon lift (core func $i "run")))
                (instance $exported (export "run" (func $run)))
                {})"#,
            exports.collect::<String>()
        );
        host().load(&wat::parse_str(wat).unwrap()).unwrap()
    };
    let action = exporting(&["exports", "test:guest/guest@0.1.0"]);
    assert_eq!(action.functions().collect::<Vec<_>>(), ["run"]);
    assert_eq!(action.description().interface, "test:guest/guest@0.1.0");
    assert_eq!(exporting(&["exports"]).functions().count(), 1);
}

/// What a description in a component's code says, and what its types say.
#[test]
fn a_description_may_leave_out_what_the_types_say() {
    let describing = |functions: &str| {
        let description = format!(
            r#"{{"format":1,"name":"n","version":"0.2.0","summary":"s","requests":[],
            "interface":"test:guest/guest@0.1.0","functions":[{functions}]}}"#
        );
        let text = description.replace('"', "\\\"").replace('\n', "");
        let section = format!(r#"{AREA} (@custom "clio:action" "{text}")"#);
        component(
            "area: func(of: u32, high: option<u64>) -> result<u64, string>;",
            &section,
        )
    };
    let told = r#"{"name":"area","documentation":"d","output":{"type":"integer"}}"#;
    let action = host().load(&describing(told)).unwrap();
    assert!(action.is_described());
    let [area] = action.description().functions.as_slice() else {
        panic!("{:?}", action.description());
    };
    assert_eq!(area.documentation, "d");
    assert_eq!(area.output, serde_json::json!({"type": "integer"}));
    assert_eq!(area.input["required"], serde_json::json!(["of"]));
    assert_eq!(area.error, serde_json::json!({"type": "string"}));
}

/// An interface of types alone asks the host for nothing, so anybody's may be
/// imported. That of a function or of a resource may not.
#[test]
fn an_interface_of_types_alone_may_be_imported() {
    let typed = component(
        "use clio:actions/types@0.1.0.{matter-status};
         next: func(after: matter-status) -> matter-status;",
        r#"(func (export "test:guest/guest@0.1.0#next") (param i32) (result i32)
            (i32.add (local.get 0) (i32.const 1)))"#,
    );
    let action = host().load(&typed).unwrap();
    assert_eq!(action.imports(), ["clio:actions/types@0.1.0"]);
    let described = &action.description().functions[0];
    assert!(described.input.to_string().contains("closed"));
    for held in [
        r#"(export "token" (func (result string)))"#,
        r#"(export "account" (type (sub resource)))"#,
    ] {
        let wat = format!(
            r#"(component (import "acme:shared/names@1.0.0" (instance {held}))
                (core module $m (func (export "run")))
                (core instance $i (instantiate $m))
                (func $run (canon lift (core func $i "run")))
                (instance $exported (export "run" (func $run)))
                (export "test:guest/guest@0.1.0" (instance $exported)))"#
        );
        let error = host().load(&wat::parse_str(wat).unwrap()).unwrap_err();
        assert!(matches!(error, LoadError::Inspect(_)), "{error}");
        assert!(error.to_string().contains("acme:shared/names"), "{error}");
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
        AREA,
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

/// Whatever a disk made of it: the component is compiled again, and the file is
/// whole again. Of ours and of others.
#[test]
fn damaged_code_is_compiled_again_and_never_run() {
    let dir = tempfile::tempdir().unwrap();
    let host = || {
        builder()
            .cache_dir(Some(dir.path().to_owned()))
            .build()
            .unwrap()
    };
    let load = || {
        let host = host();
        host.load(&running("")).unwrap();
        host.load_action("receive-webhook").unwrap();
    };
    load();
    let files = walk(dir.path());
    assert_eq!(files.len(), 2);
    let whole: Vec<_> = files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    for part in 1..8 {
        for (file, whole) in files.iter().zip(&whole) {
            let mut damaged = whole.clone();
            let at = damaged.len() * part / 8;
            damaged[at] ^= 0x10;
            std::fs::write(file, damaged).unwrap();
        }
        load();
        for (file, whole) in files.iter().zip(&whole) {
            assert!(std::fs::read(file).unwrap() == *whole, "{part}");
        }
    }
}

/// The files of compiled code.
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
