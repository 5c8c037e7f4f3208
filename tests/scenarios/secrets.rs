//! The token is nowhere that a component, a reader of logs or a caller could
//! find it.

use std::sync::{Arc, Mutex};

use clio_host::Action;
use clio_sandbox::{Effect, Fault, TokenSpec};
use clio_tests::memory::{EXPORT, with_memory_shown};
use clio_tests::{World, host};
use serde_json::{Value, json};

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Runs an action with JSON and returns its result, and the memory that its
/// component left.
async fn run(world: &World, action: &Action, input: Value) -> (Result<Value, Value>, Vec<u8>) {
    let memory = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&memory);
    let result = world
        .call()
        .inspect(EXPORT, move |bytes| *taken.lock().unwrap() = bytes)
        .invoke(action, None, input)
        .await
        .map_err(|error| json!([error.to_json(), error.to_string(), format!("{error:?}")]));
    let memory = std::mem::take(&mut *memory.lock().unwrap());
    (result, memory)
}

/// An input for each action. `marked` is in each, so that a look that finds
/// nothing at all is told from one that finds no token.
fn inputs(client: u64, matter: u64) -> Vec<(&'static str, Value)> {
    vec![
        (
            "sync-contact",
            json!({
                "source_id": "marked:contact",
                "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
                "emails": [{"address": "ann@example.com"}],
            }),
        ),
        (
            "create-matter",
            json!({"source_id": "marked:matter", "client": client, "title": "Lee"}),
        ),
        (
            "upload-document",
            json!({
                "source_id": "marked:document",
                "parent": {"matter": matter},
                "name": "a.txt",
                "content": {"source": {"inline": "c29tZSBieXRlcw=="}},
                "provenance": "from_person",
            }),
        ),
        (
            "find-documents",
            json!({"scope": {"matter": matter}, "source_ids": ["marked:document"]}),
        ),
        (
            "detect-documents",
            json!({"scope": {"matter": matter}, "start": {"since": "2026-01-01T00:00:00Z"}}),
        ),
        ("setup-markers", json!({"name": "marked: field"})),
        ("check-connection", json!({})),
        ("custom-fields", json!({"of": {"matter": matter}})),
        (
            "update-matter",
            json!({"matter": matter, "description": "marked: description"}),
        ),
        (
            "pull-matters",
            json!({"link": {"reference": "marked:"}, "filter": {"created_since": "2026-01-01T00:00:00Z"}}),
        ),
        (
            "lookup",
            json!({"kind": {"matters": {"statuses": []}}, "search": "marked: text"}),
        ),
        (
            "webhooks",
            json!({"url": "https://marked.example/", "model": "matter", "fields": "id", "events": []}),
        ),
        (
            "receive-webhook",
            json!({
                "headers": [{"name": "X-Hook-Secret", "value": "marked: secret"}],
                "body": "{}",
                "subscriptions": [{"model": "matter", "state": "pending"}],
                "last_known": [],
            }),
        ),
        // The first document of an account, which is uploaded above.
        (
            "read-document",
            json!({"of": {"document": 7_000_000_001_u64}}),
        ),
        // The first template of an account.
        (
            "generate-document",
            json!({"source_id": "marked:letter", "matter": matter, "template": 650_001,
                "filename": "Letter", "formats": ["pdf"]}),
        ),
    ]
}

#[tokio::test]
async fn no_token_is_in_the_memory_of_any_component() {
    let world = World::new().await;
    let matter = world.add_matter();
    world.control.add_template("marked.docx", b"Dear");
    let client = world.control.snapshot().contacts[0].id;
    let token = world.sandbox.token();
    let inputs = inputs(client, matter);
    for action in clio_catalog::actions() {
        let listed = inputs.iter().any(|(name, _)| *name == action.name);
        assert!(listed, "{} has no input in `inputs`", action.name);
    }
    for (name, input) in inputs {
        let built = clio_catalog::action(name).unwrap().component;
        let action = host().load(&with_memory_shown(built)).unwrap();
        let (result, memory) = run(&world, &action, input).await;
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            memory.len() >= 1 << 16,
            "{name}: {} bytes of memory",
            memory.len()
        );
        // What did pass through is found: the look works.
        let passed = [
            world.sandbox.origin(),
            "marked:",
            "X-RateLimit-Limit",
            "x-ratelimit-limit",
        ];
        assert!(
            passed.iter().any(|text| contains(&memory, text)),
            "{name}: nothing is found"
        );
        assert!(!contains(&memory, token), "{name} has held the token");
    }
    world.finish();
}

#[tokio::test]
async fn no_token_is_in_an_error_or_in_the_memory_after_one() {
    let world = World::new().await;
    let token = world.sandbox.token();
    let action = host()
        .load(&with_memory_shown(
            clio_catalog::action("sync-contact").unwrap().component,
        ))
        .unwrap();
    let input = inputs(1, 1).remove(0).1;
    for fault in [
        Effect::status(401),
        Effect::status(403),
        Effect::status(422),
        Effect::Reset,
    ] {
        for method in ["GET", "POST"] {
            let fault = Fault::next(method, "/contacts", fault.clone());
            world
                .control
                .fault(fault.times(clio_sandbox::Times::Forever));
            let (result, memory) = run(&world, &action, input.clone()).await;
            let error = result.unwrap_err();
            assert!(!error.to_string().contains(token), "{error}");
            assert!(!contains(&memory, token));
            world.control.clear_faults();
        }
    }
    world.finish();
}

#[tokio::test]
async fn the_command_prints_no_token_even_when_it_logs_everything() {
    let world = World::new().await;
    let token = world.control.issue_token(TokenSpec::default());
    let matter = world.add_matter();
    world.control.add_template("marked.docx", b"Dear");
    let client = world.control.snapshot().contacts[0].id;
    for (name, input) in inputs(client, matter) {
        let output = world
            .clio_with(
                &["run", name, "--input", "-"],
                &[("RUST_LOG", "trace"), ("CLIO_ACCESS_TOKEN", &token)],
                Some(&input.to_string()),
            )
            .await
            .expect_code(0);
        // It makes no request, so there is nothing to log.
        let silent = name == "receive-webhook";
        assert!(
            silent || output.stderr.contains("TRACE") || output.stderr.contains("DEBUG"),
            "nothing was logged"
        );
        for text in [&output.stdout, &output.stderr] {
            assert!(!text.contains(&token), "{name} prints the token");
        }
        for secret in ["ann@example.com", "Ann", "X-Amz-Signature="] {
            assert!(
                !output.stderr.contains(secret),
                "{name} logs {secret}: {}",
                output.stderr
            );
        }
    }
    world.finish();
}
