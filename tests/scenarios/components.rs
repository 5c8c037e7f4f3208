//! Components that are not of this project, run by the command: what they may
//! do goes by their bytes, and what it takes to load them is bounded.

use std::time::{Duration, Instant};

use clio_host::ComponentDigest;
use clio_tests::World;
use serde_json::json;
use wasm_encoder as enc;

use crate::policy::policy;

/// A component with a custom section more: it does the same, says the same of
/// itself, and is somebody else's.
fn altered(component: &[u8]) -> Vec<u8> {
    let mut bytes = component.to_vec();
    let word = enc::CustomSection {
        name: "word".into(),
        data: b"x".as_slice().into(),
    };
    enc::ComponentSection::append_to_component(&word, &mut bytes);
    bytes
}

fn contact() -> String {
    json!({
        "source_id": "intake:case-17/client",
        "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@example.com"}],
    })
    .to_string()
}

// CASES S4
#[tokio::test]
async fn a_strangers_description_grants_nothing_without_the_operators_word() {
    let world = World::new().await;
    let matter = world.add_matter();
    let ours = clio_catalog::action("upload-document").unwrap();
    let bytes = altered(ours.component);
    let digest = ComponentDigest::of(&bytes);
    let file = world.file("theirs.wasm", &bytes);
    let input = json!({
        "source_id": "intake:case-17/retainer",
        "parent": {"matter": matter},
        "name": "Retainer.pdf",
        "content": {"source": {"inline": "cGRm"}, "media_type": "application/pdf"},
        "provenance": "from_person",
    })
    .to_string();
    let arguments = ["run", "--component", file.to_str().unwrap(), "--input", "-"];

    // The name of an action does not make it that action.
    policy(&world, "[actions.upload-document]\nallow = []\n");
    let failed = world.clio_with(&arguments, &[], Some(&input)).await;
    let failed = failed.expect_code(1);
    let denied = failed.json()["denied"].to_string();
    assert!(denied.contains("grants = true"), "{denied}");
    assert!(denied.contains(&digest.to_string()), "{denied}");
    assert!(world.storage().is_empty());

    // What is said of its digest is.
    policy(&world, &format!("[components.'{digest}']\nallow = []\n"));
    let failed = world.clio_with(&arguments, &[], Some(&input)).await;
    let denied = failed.expect_code(1).json()["denied"].to_string();
    assert!(denied.contains("[components."), "{denied}");

    policy(&world, &format!("[components.'{digest}']\ngrants = true\n"));
    let done = world.clio_with(&arguments, &[], Some(&input)).await;
    done.expect_code(0);
    assert_eq!(world.storage().len(), 1);

    // The audit knows it by its bytes.
    let log = world.clio(&["log", "--json"]).await.expect_code(0);
    assert!(log.stdout.contains(&digest.to_string()), "{}", log.stdout);
    assert!(!log.stdout.contains("upload-document"), "{}", log.stdout);
}

// CASES A9
#[tokio::test]
async fn a_portable_build_runs_in_the_command() {
    let world = World::new().await;
    let portable = clio_catalog::action("sync-contact").unwrap().portable;
    for (name, bytes) in [
        ("ours.wasm", portable.to_vec()),
        ("theirs.wasm", altered(portable)),
    ] {
        let file = world.file(name, bytes);
        let arguments = ["run", "--component", file.to_str().unwrap(), "--input", "-"];
        let done = world.clio_with(&arguments, &[], Some(&contact())).await;
        assert!(done.expect_code(0).json()["id"].is_number());
    }
    assert_eq!(world.control.snapshot().contacts.len(), 1);
    world.finish();
}

/// One function with many nested blocks, each of which branches to all those
/// around it: a megabyte.
fn nested_branches() -> Vec<u8> {
    use enc::Instruction::{Block, BrTable, Drop, End, I32Add, I32Const, LocalGet, LocalSet};
    const DEPTH: u32 = 990;
    const LOCALS: u32 = 200;
    let mut function = enc::Function::new([(LOCALS, enc::ValType::I32)]);
    for _ in 0..DEPTH {
        function.instruction(&Block(enc::BlockType::Empty));
    }
    for n in 0..DEPTH {
        let local = 1 + n % LOCALS;
        for code in [LocalGet(local), I32Const(n as i32), I32Add, LocalSet(local)] {
            function.instruction(&code);
        }
        let targets: Vec<u32> = (0..DEPTH - n).collect();
        function.instruction(&LocalGet(0));
        function.instruction(&BrTable(targets.into(), 0));
        function.instruction(&End);
    }
    for local in 1..=LOCALS {
        function.instruction(&LocalGet(local));
        function.instruction(&Drop);
    }
    function.instruction(&End);
    let (mut types, mut functions, mut code) = (
        enc::TypeSection::new(),
        enc::FunctionSection::new(),
        enc::CodeSection::new(),
    );
    types.ty().function([enc::ValType::I32], []);
    functions.function(0);
    code.function(&function);
    let mut module = enc::Module::new();
    module.section(&types).section(&functions).section(&code);
    let mut component = enc::Component::new();
    component.section(&enc::ModuleSection(&module));
    component.finish()
}

/// Very many functions with nothing in them.
fn many_functions() -> Vec<u8> {
    let (mut types, mut functions, mut code) = (
        enc::TypeSection::new(),
        enc::FunctionSection::new(),
        enc::CodeSection::new(),
    );
    types.ty().function([], []);
    for _ in 0..200_000 {
        functions.function(0);
        let mut function = enc::Function::new([]);
        function.instruction(&enc::Instruction::End);
        code.function(&function);
    }
    let mut module = enc::Module::new();
    module.section(&types).section(&functions).section(&code);
    let mut component = enc::Component::new();
    component.section(&enc::ModuleSection(&module));
    component.finish()
}

// CASES S5
#[tokio::test]
async fn a_component_that_compiles_for_minutes_ends_when_the_operator_says() {
    let world = World::new().await;
    for (bounds, says, bytes) in [
        ("compile_seconds = 2", "longer than 2s", nested_branches()),
        ("compile_mib = 256", "256 MiB", many_functions()),
    ] {
        let file = world.file("bomb.wasm", bytes);
        let arguments = [
            "run",
            "--component",
            file.to_str().unwrap(),
            "--input",
            "{}",
        ];
        policy(&world, &format!("[limits]\n{bounds}\n"));
        let began = Instant::now();
        let failed = world.clio(&arguments).await.expect_code(70);
        let told = failed.json()["error"]["execution_failed"].clone();
        assert_eq!(told["cause"], "instantiation");
        assert!(told["message"].as_str().unwrap().contains(says), "{told}");
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    world.finish();
}

// CASES S6
#[tokio::test]
async fn an_input_of_very_many_values_is_not_read() {
    let world = World::new().await;
    let input = format!("[{}0]", r#"{"":0},"#.repeat((16 << 20) / 7 - 1));
    let file = world.file("many.json", input);
    let at = format!("@{}", file.display());
    let failed = world.clio(&["run", "sync-contact", "--input", &at]).await;
    let failed = failed.expect_code(64);
    assert!(failed.stderr.contains("200000 values"), "{}", failed.stderr);
    world.finish();
}
