//! That a guest without a test does not compile, shown with the compiler.

use std::path::Path;
use std::process::Command;

/// Compiles a program that demands tests of these guests, while there is a case
/// for `known` alone. Returns the compiler's messages.
fn compile(guests: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let demand = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile/demand.rs");
    let source = format!(
        "#![allow(dead_code)]
         #[macro_use] #[path = {demand:?}] mod demand;
         mod cases {{ pub(crate) fn known() {{}} }}
         fn attempt(_: &str, _: fn()) {{}}
         demand! {{ {guests} }}"
    );
    let file = folder.path().join("demanding.rs");
    std::fs::write(&file, source).unwrap();
    let output = Command::new(env!("CLIO_TESTS_RUSTC"))
        .args(["--edition", "2024", "--test", "--emit", "metadata"])
        .arg("--out-dir")
        .arg(folder.path())
        .arg(&file)
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

#[test]
fn a_guest_without_its_test_does_not_compile() {
    compile("known").unwrap();
    let message = compile("known forgotten").unwrap_err();
    assert!(message.contains("E0425"), "{message}");
    assert!(message.contains("forgotten"), "{message}");
}
