//! `clio describe --component` and `clio check`: what a file is, told without
//! running it, without an account and without a home.

use super::*;

const MATH: &str = "acme:tools/math@0.1.0";

/// A component that adds two numbers, with more of it in front of its end.
fn adder(more: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (core module $m
                (func (export "add") (param i32 i32) (result i32)
                    local.get 0 local.get 1 i32.add))
            (core instance $i (instantiate $m))
            (func $add (param "a" u32) (param "b" u32) (result u32)
                (canon lift (core func $i "add")))
            (instance $math (export "add" (func $add)))
            (export "{MATH}" (instance $math))
            {more})"#
    );
    wat::parse_str(text).unwrap()
}

/// The adder with a description of which one member is another one.
fn described(member: &str, value: Value) -> Vec<u8> {
    let number = json!({"type": "integer", "minimum": 0, "maximum": u32::MAX});
    let mut description = json!({
        "format": 1, "name": "math", "version": "0.1.0", "summary": "Adds.", "interface": MATH,
        "functions": [{
            "name": "add",
            "input": {"type": "object", "properties": {"a": {"$ref": "#/$defs/n"}, "b": number},
                "required": ["a", "b"], "additionalProperties": false, "$defs": {"n": number}},
            "output": number, "error": false,
        }],
        "requests": [{"method": "GET", "path": "/api/v4/contacts.json"}],
    });
    *description.pointer_mut(member).unwrap() = value;
    let text = description
        .to_string()
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    adder(&format!(r#"(@custom "clio:action" "{text}")"#))
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, bytes: &[u8]) -> String {
        let file = self.0.path().join("component.wasm");
        fs::write(&file, bytes).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Runs the command with no environment at all.
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_clio"))
            .args(arguments)
            .env_clear()
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn checked(&self, bytes: &[u8], code: i32) -> Value {
        let output = self.run(&["check", &self.put(bytes)]);
        ended(&output, code);
        serde_json::from_str(&stdout(&output)).unwrap()
    }
}

#[track_caller]
fn one_problem(report: &Value, holds: &str) {
    let problems = report["problems"].as_array().unwrap();
    let [problem] = problems.as_slice() else {
        panic!("{problems:?}");
    };
    assert!(problem.as_str().unwrap().contains(holds), "{problem}");
}

#[test]
fn every_action_passes_and_its_description_agrees_with_its_types() {
    let folder = Folder::new();
    let mut builds: Vec<_> = clio_catalog::actions()
        .iter()
        .filter(|action| action.name != "receive-webhook")
        .map(|action| (action, action.component(), "base"))
        .collect();
    // What imports nothing is portable as it is. Of portable builds one stands for
    // all: their types are the same.
    for name in ["receive-webhook", "check-connection"] {
        let action = clio_catalog::action(name).unwrap();
        builds.push((action, action.portable(), "portable"));
    }
    for (action, bytes, build) in builds {
        let report = folder.checked(bytes, 0);
        assert_eq!(report["runs"], true);
        assert_eq!(report["component"], action.name);
        assert_eq!(report["build"], build);
        assert_eq!(report["bytes"], bytes.len());
        assert_eq!(report["description"]["agrees"], true, "{report}");
        let described: Value = serde_json::from_str(action.description).unwrap();
        let asked = described["requests"].as_array().unwrap().len();
        assert_eq!(report["requests"].as_array().unwrap().len(), asked);
        let imports = report["imports"].as_array().unwrap();
        assert!(imports.iter().all(|import| import["given"] == true));
    }
}

#[test]
fn a_component_of_somebody_elses_is_described_by_its_types() {
    let folder = Folder::new();
    let file = folder.put(&adder(""));
    let output = folder.run(&["describe", "--component", &file]);
    ended(&output, 0);
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["interface"], MATH);
    assert_eq!(told["imports"], json!([]));
    assert_eq!(told["functions"][0]["name"], "add");
    let input = &told["functions"][0]["input"];
    assert_eq!(input["required"], json!(["a", "b"]));
    assert!(jsonschema::is_valid(input, &json!({"a": 1, "b": 2})));
    assert!(!jsonschema::is_valid(input, &json!({"a": -1, "b": 2})));

    let report = folder.checked(&adder(""), 0);
    assert_eq!(report["runs"], true);
    assert_eq!(report["description"], Value::Null);
    let label = report["component"].as_str().unwrap();
    assert!(label.starts_with("sha256:"), "{label}");
}

#[test]
fn what_the_catalog_holds_is_described_alike_from_its_file() {
    let folder = Folder::new();
    for action in clio_catalog::actions() {
        for bytes in [action.component(), action.portable()] {
            let output = folder.run(&["describe", "--component", &folder.put(bytes)]);
            ended(&output, 0);
            assert_eq!(
                stdout(&output),
                stdout(&folder.run(&["describe", action.name]))
            );
        }
    }
}

#[test]
fn a_description_is_compared_with_the_types() {
    let folder = Folder::new();
    let report = folder.checked(&described("/summary", json!("Adds two numbers.")), 0);
    assert_eq!(report["description"]["agrees"], true, "{report}");
    assert_eq!(report["requests"], json!(["GET /api/v4/contacts.json"]));
    let output = folder.run(&["describe", "--component", "component.wasm"]);
    ended(&output, 0);
    assert!(stdout(&output).contains("Adds two numbers."));

    let input = "/functions/0/input";
    for (member, value, holds) in [
        (
            "/interface".to_owned(),
            json!("acme:tools/maths@0.1.0"),
            "does not export acme:tools/maths",
        ),
        (
            "/functions/0/name".to_owned(),
            json!("sum"),
            "does not describe `add`",
        ),
        (
            format!("{input}/properties/b"),
            json!({"type": "string"}),
            "at `/b`",
        ),
        (
            format!("{input}/properties/a/$ref"),
            json!("#/$defs/absent"),
            "at `/a`",
        ),
        // In circles.
        (
            format!("{input}/$defs/n"),
            json!({"$ref": "#/$defs/n"}),
            "at `/a`",
        ),
        (
            format!("{input}/required"),
            json!(["a"]),
            "the input of `add`",
        ),
        (
            format!("{input}/properties"),
            json!({"a": {"type": "integer"}}),
            "the input of `add`",
        ),
        (
            "/functions/0/output".to_owned(),
            json!({"type": "null"}),
            "the output of `add`",
        ),
    ] {
        let report = folder.checked(&described(&member, value), 1);
        assert_eq!(report["runs"], true, "{report}");
        assert_eq!(report["description"]["agrees"], false);
        let problems = report["problems"].to_string();
        assert!(problems.contains(holds), "{member}: {problems}");
    }

    // One that cannot be read at all.
    let report = folder.checked(&described("/format", json!(2)), 1);
    assert_eq!(report["runs"], false);
    one_problem(&report, "format 2");
    ended(
        &folder.run(&["describe", "--component", "component.wasm"]),
        1,
    );
}

#[test]
fn imports_that_this_host_does_not_give_are_named_and_the_rest_is_told() {
    let folder = Folder::new();
    let sockets = adder(r#"(import "wasi:sockets/tcp@0.2.0" (instance))"#);
    let report = folder.checked(&sockets, 1);
    assert_eq!(report["runs"], false);
    assert_eq!(
        report["imports"],
        json!([{"name": "wasi:sockets/tcp@0.2.0", "given": false}])
    );
    assert_eq!(report["functions"][0]["callable"], true);
    one_problem(&report, "wasi:sockets/tcp@0.2.0");
    assert_eq!(report["build"], "portable");
    let log = r#"(import "acme:tools/log@0.1.0" (instance (export "write" (func))))"#;
    let other = folder.checked(&adder(log), 1);
    assert_eq!(other["build"], Value::Null, "{other}");
    one_problem(&other, "acme:tools/log@0.1.0");
    // An interface without functions asks for nothing.
    let types = folder.checked(&adder(r#"(import "acme:tools/log@0.1.0" (instance))"#), 0);
    assert_eq!(
        types["imports"],
        json!([{"name": "acme:tools/log@0.1.0", "given": true}])
    );
    folder.put(&sockets);
    let output = folder.run(&["describe", "--component", "component.wasm"]);
    ended(&output, 0);
    assert!(stdout(&output).contains("wasi:sockets/tcp@0.2.0"));
}

#[test]
fn a_function_that_takes_no_plain_data_is_named() {
    let folder = Folder::new();
    let odd = wat::parse_str(
        r#"(component
            (core module $m (func (export "take") (param i32)))
            (core instance $i (instantiate $m))
            (type $r (resource (rep i32)))
            (component $inner
                (import "r" (type $r (sub resource)))
                (import "f" (func $f (param "r" (own $r))))
                (export $e "r" (type $r))
                (export "take" (func $f) (func (param "r" (own $e)))))
            (func $take (param "r" (own $r)) (canon lift (core func $i "take")))
            (instance $it (instantiate $inner (with "r" (type $r)) (with "f" (func $take))))
            (export "acme:tools/odd@0.1.0" (instance $it)))"#,
    )
    .unwrap();
    let report = folder.checked(&odd, 1);
    assert_eq!(report["functions"][0]["callable"], false, "{report}");
    one_problem(&report, "`take` of acme:tools/odd@0.1.0");
}

#[test]
fn what_is_no_component_is_told_for_what_it_is() {
    let folder = Folder::new();
    let whole = clio_catalog::action("check-connection")
        .unwrap()
        .component();
    let cut = &whole[..whole.len() / 2];
    let large = vec![0; (32 << 20) + 1];
    for (bytes, holds) in [
        (&b""[..], "no WebAssembly component"),
        (b"PK\x03\x04", "no WebAssembly component"),
        (b"\0asm\x01\0\0\0", "a core WebAssembly module"),
        (cut, "no WebAssembly component"),
        (&large, "33554432 are the most"),
        (
            &wat::parse_str("(component)").unwrap(),
            "exports no interface",
        ),
    ] {
        let report = folder.checked(bytes, 1);
        assert_eq!(report["runs"], false, "{report}");
        one_problem(&report, holds);
    }
    for bytes in [&b"PK\x03\x04"[..], b"\0asm\x01\0\0\0", cut] {
        let file = folder.put(bytes);
        ended(&folder.run(&["describe", "--component", &file]), 1);
    }
}

#[test]
fn a_file_that_is_too_long_or_none_is_told_at_once() {
    let folder = Folder::new();
    let file = folder.put(b"");
    // No block of it is on the disk.
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    let told = |arguments: &[&str], holds: &str| {
        let output = folder.run(arguments);
        ended(&output, 64);
        assert!(stderr(&output).contains(holds), "{}", stderr(&output));
    };
    told(&["check", &file], "longer than 64 MiB");
    told(&["describe", "--component", &file], "longer than 64 MiB");
    told(&["check", "absent.wasm"], "absent.wasm cannot be read");
    told(&["check", "."], "cannot be read");
}
