//! Clio's error sentences repeat what was submitted, so they stand in no
//! result, no log and no journal.

use clio_sandbox::{Effect, Fault, FaultAnswer, FaultBody, Times};
use clio_tests::World;
use serde_json::{Value, json};

use crate::journal_marks::{MARK, run, search, search_files, search_logs};

/// Has every look answered by an error that repeats a client's data in these
/// members, and asserts that nothing of it is passed on.
async fn is_passed_on_nowhere(error: &Value) {
    let world = World::new().await;
    let token = world.sandbox.token().to_owned();
    let input = json!({
        "source_id": "intake:ann",
        "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
        "emails": [{"address": "ann@example.com"}],
    });
    for method in ["GET", "POST"] {
        for status in [400, 403, 404, 409, 422] {
            let body = FaultBody::Text(json!({"error": error}).to_string());
            let answer = FaultAnswer::status(status).body(body);
            let fault = Fault::next(method, "/contacts", Effect::Answer(answer));
            world.control.fault(fault.times(Times::Forever));
            let output = run(&world, "sync-contact", &input).await;
            assert_ne!(output.code, 0, "{method} {status}");
            search_logs(&output, &token);
            search(output.stdout.as_bytes(), MARK, "an error");
            world.control.clear_faults();
        }
    }
    let log = world.clio(&["log", "--json", "--all"]).await.expect_code(0);
    search(log.stdout.as_bytes(), MARK, "the log");
    assert!(search_files(world.home(), &token) >= 3);
    world.finish();
}

/// Trap: Clio's sentence, which repeats what was sent, is passed on.
/// Take out: `components/clio-api/src/answer.rs`: `let message = format!("Clio did not carry out “{what}” (HTTP {status}{named}). {next}");`
/// Replace with: `let message = format!("Clio did not carry out “{what}” (HTTP {status}{named}). {next} {}", String::from_utf8_lossy(&response.body));`
#[tokio::test]
async fn a_sentence_of_clios_that_repeats_what_was_sent_is_passed_on_nowhere() {
    let sentence = "Email zqxmark@example.com is taken by Zqxmark Lee";
    is_passed_on_nowhere(&json!({"type": "ArgumentError", "message": sentence})).await;
}

/// Trap: Clio's sentence, which repeats what was sent, is passed on.
/// Take out: `components/clio-api/src/answer.rs`: `type_name(body.error.kind),`
/// Replace with: `body.error.kind,`
#[tokio::test]
async fn a_type_that_is_no_name_of_an_error_is_passed_on_nowhere() {
    is_passed_on_nowhere(&json!({"type": "Zqxmark Lee", "message": "Invalid"})).await;
}
