//! Components that are not of this project, run by the command: what they may
//! do goes by their bytes, and what it takes to load them is bounded.

use std::time::{Duration, Instant};

use clio_host::ComponentDigest;
use clio_tests::World;
use clio_tests::components::{altered, many_functions, nested_branches};
use serde_json::json;

use crate::policy::policy;

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
    let bytes = altered(ours.component());
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
    let portable = clio_catalog::action("sync-contact").unwrap().portable();
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

// CASES S5
#[tokio::test]
async fn a_component_that_compiles_for_minutes_ends_when_the_operator_says() {
    let world = World::new().await;
    for (bounds, says, bytes) in [
        (
            "compile_seconds = 2",
            "longer than 2s",
            nested_branches(990, 200),
        ),
        ("compile_mib = 256", "256 MiB", many_functions(200_000)),
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
