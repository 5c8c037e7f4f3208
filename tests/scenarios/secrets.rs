//! The token is nowhere that a component, a reader of logs or a caller could
//! find it.

use std::sync::{Arc, Mutex};

use clio_host::Action;
use clio_sandbox::{Effect, Fault, TokenSpec};
use clio_tests::memory::{EXPORT, with_memory_shown};
use clio_tests::{World, host};
use serde_json::{Value, json};

use crate::stories::story;

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Calls a function with JSON and returns its result, and the memory that its
/// component left.
async fn run(
    world: &World,
    action: &Action,
    function: Option<&str>,
    input: Value,
) -> (Result<Value, Value>, Vec<u8>) {
    let memory = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&memory);
    let result = world
        .call()
        .inspect(EXPORT, move |bytes| *taken.lock().unwrap() = bytes)
        .invoke(action, function, input)
        .await
        .map_err(|error| json!([error.to_json(), error.to_string(), format!("{error:?}")]));
    let memory = std::mem::take(&mut *memory.lock().unwrap());
    (result, memory)
}

/// The texts in a value.
fn texts(value: &Value) -> Box<dyn Iterator<Item = String> + '_> {
    match value {
        Value::String(text) => Box::new(std::iter::once(text.clone())),
        Value::Array(items) => Box::new(items.iter().flat_map(texts)),
        Value::Object(members) => Box::new(members.values().flat_map(texts)),
        _ => Box::new(std::iter::empty()),
    }
}

/// An action whose memory can be looked into.
fn load(action: &str) -> Action {
    let built = clio_catalog::action(action).unwrap().component();
    host().load(&with_memory_shown(built)).unwrap()
}

#[tokio::test]
async fn no_token_is_in_the_memory_of_any_component() {
    for action in clio_catalog::actions() {
        let world = World::new().await;
        let token = world.sandbox.token();
        let loaded = load(action.name);
        let looked = async |function: Option<&str>, input: Value| {
            let (result, memory) = run(&world, &loaded, function, input.clone()).await;
            assert!(
                memory.len() >= 1 << 16,
                "{}: {} bytes of memory",
                action.name,
                memory.len()
            );
            // What did pass through is found: the look works.
            let told = result.as_ref().map_or_else(Value::clone, Value::clone);
            let mut passed = vec![world.sandbox.origin().to_owned()];
            passed.extend(texts(&input).chain(texts(&told)));
            passed.retain(|text| text.len() > 2 && !contains(action.component(), text));
            assert!(
                passed.iter().any(|text| contains(&memory, text)),
                "{}: nothing is found",
                action.name
            );
            assert!(
                !contains(&memory, token),
                "{} has held the token",
                action.name
            );
            result.unwrap_or_else(|error| panic!("{}: {error}", action.name))
        };
        story(&world, action.name, looked).await;
        world.finish();
    }
}

#[tokio::test]
async fn no_token_is_in_an_error_or_in_the_memory_after_one() {
    let world = World::new().await;
    let token = world.sandbox.token();
    let action = load("sync-contact");
    let input = json!({
        "source_id": "intake:ann",
        "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@example.com"}],
    });
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
            let (result, memory) = run(&world, &action, None, input.clone()).await;
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
    for action in clio_catalog::actions() {
        let world = World::new().await;
        let token = world.control.issue_token(TokenSpec::default());
        let printed = async |function: Option<&str>, input: Value| {
            let verb = function.map_or_else(
                || action.name.to_owned(),
                |function| format!("{}.{function}", action.name),
            );
            let output = world
                .clio_with(
                    &["run", &verb, "--input", "-"],
                    &[("RUST_LOG", "trace"), ("CLIO_ACCESS_TOKEN", &token)],
                    Some(&input.to_string()),
                )
                .await
                .expect_code(0);
            // They make no request, so there is nothing to log.
            let silent = ["receive-webhook", "inspect-document"].contains(&action.name);
            assert!(
                silent || output.stderr.contains("TRACE") || output.stderr.contains("DEBUG"),
                "nothing was logged"
            );
            for text in [&output.stdout, &output.stderr] {
                assert!(!text.contains(&token), "{verb} prints the token");
            }
            for secret in ["ann@example.com", "Ann", "X-Amz-Signature="] {
                assert!(
                    !output.stderr.contains(secret),
                    "{verb} logs {secret}: {}",
                    output.stderr
                );
            }
            serde_json::from_str(&output.stdout).unwrap()
        };
        story(&world, action.name, printed).await;
        world.finish();
    }
}
