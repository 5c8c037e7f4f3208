//! Names, addresses, field values, document names and tokens stand in no file
//! that the command keeps, in no log line and in no error.
//!
//! Every value that a client could recognise carries a mark, in each action and
//! in a whole case, in successes and in failures. Then every byte is searched.

use std::path::Path;
use std::time::Duration;

use clio_sandbox::{Effect, Fault, FaultAnswer, NewContact, RateLimit, TokenSpec};
use clio_tests::{CommandOutput, World};
use serde_json::{Value, json};

/// What marks a value. Searched for in any case.
pub(crate) const MARK: &str = "zqxmark";

/// An input of every action, each with marks wherever it takes a text of a
/// client's.
fn inputs(client: u64, matter: u64) -> Vec<(&'static str, Value)> {
    let content = json!({"source": {"inline": "enFYTUFSSw=="}, "media_type": "text/plain"});
    vec![
        (
            "sync-contact",
            json!({
                "source_id": "intake:zqxmark-source",
                "contact": {"person": {"first_name": "Zqxmark", "last_name": "ZqxmarkLast",
                    "middle_name": "zqxmarkm", "title": "Zqxmark Title"}},
                "emails": [{"address": "zqxmark@zqxmark.example"}],
                "phones": [{"number": "+49 zqxmark 5"}],
                "addresses": [{"street": "1 Zqxmark Street", "city": "Zqxmarkton"}],
            }),
        ),
        (
            "sync-contact",
            json!({"source_id": "intake:zqxmark-firm",
                "contact": {"company": {"name": "Zqxmark Ltd"}}}),
        ),
        (
            "create-matter",
            json!({"source_id": "intake:zqxmark-case", "client": client,
                "title": "Zqxmark v. Zqxmark", "case_number": "zqxmark-17"}),
        ),
        (
            "upload-document",
            json!({"source_id": "intake:zqxmark-doc", "parent": {"matter": matter},
                "name": "zqxmark.txt", "content": content, "provenance": "from_person"}),
        ),
        (
            "find-documents",
            json!({"scope": {"matter": matter}, "source_ids": ["intake:zqxmark-doc"]}),
        ),
        (
            "detect-documents",
            json!({"scope": {"matter": matter}, "start": "beginning"}),
        ),
        ("setup-markers", json!({"name": "zqxmark-field"})),
        ("check-connection", json!({})),
        ("custom-fields", json!({"of": {"contact": client}})),
        (
            "update-matter",
            json!({"matter": matter, "description": "Zqxmark v. Harbor"}),
        ),
        (
            "pull-matters",
            json!({"link": {"reference": "intake:zqxmark"}, "limit": 7}),
        ),
        (
            "lookup",
            json!({"kind": {"contacts": {}}, "search": "zqxmark-contact"}),
        ),
        (
            "webhooks",
            json!({"url": "https://zqxmark-hook.example/", "model": "matter", "fields": "id",
                "events": []}),
        ),
        // The first document of an account.
        (
            "read-document",
            json!({"of": {"document": 7_000_000_001_u64}}),
        ),
        // The first template of an account.
        (
            "generate-document",
            json!({"source_id": "intake:zqxmark-letter", "matter": matter, "template": 650_001,
                "filename": "zqxmark letter", "formats": ["pdf"]}),
        ),
    ]
}

pub(crate) fn search(bytes: &[u8], wanted: &str, place: &str) {
    let wanted = wanted.as_bytes();
    let found = bytes
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted));
    if let Some(at) = found {
        let around = &bytes[at.saturating_sub(80)..(at + 80).min(bytes.len())];
        panic!("a mark in {place}: …{}…", String::from_utf8_lossy(around));
    }
}

/// Searches every file below a folder, but for the case that the test wrote.
pub(crate) fn search_files(folder: &Path, token: &str) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("case") {
                files += search_files(&path, token);
            }
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for wanted in [MARK, token] {
            search(&bytes, wanted, &path.display().to_string());
        }
        files += 1;
    }
    files
}

/// Searches what stands on stderr: all of it is logs and errors.
pub(crate) fn search_logs(output: &CommandOutput, token: &str) {
    assert!(!output.stderr.is_empty(), "trace logs something");
    for wanted in [MARK, token] {
        search(output.stderr.as_bytes(), wanted, "the logs");
    }
}

pub(crate) async fn run(world: &World, action: &str, input: &Value) -> CommandOutput {
    let args = ["run", action, "--input", "-"];
    world
        .clio_with(&args, &[("RUST_LOG", "trace")], Some(&input.to_string()))
        .await
}

/// Trap: the journal keeps names, addresses, titles and values.
/// Take out: `host/runner/src/journal/outbox.rs`: `let sealed = self.sealer.seal(&purpose(&claim.id), &plain)?;`
/// Replace with: `let sealed = plain.clone();`
/// Trap: a log holds what was searched for.
/// Take out: `host/runtime/src/egress/api.rs`: `let shown = self.describe(request.method(), &destination);`
/// Replace with: `let shown = format!("{} {}", request.method(), request.uri());`
#[tokio::test]
async fn no_mark_is_in_the_journal_the_logs_or_an_error() {
    let world = World::new().await;
    // Every action five times over is more than one minute's budget.
    world.control.set_rate_limit(RateLimit {
        limit: 10_000,
        window: Duration::from_secs(60),
    });
    let token = world.sandbox.token().to_owned();
    let client = world
        .control
        .add_contact(NewContact::person("Zqxmark", "Before"));
    let matter = world.add_matter();
    world.add_document(matter, "zqxmark before.pdf");
    world.control.add_template("zqxmark.docx", b"zqxmark");

    for (action, input) in inputs(client, matter) {
        let output = run(&world, action, &input).await.expect_code(0);
        search_logs(&output, &token);
    }
    // The same with every kind of failure.
    let answer = FaultAnswer::status(502);
    for effect in [
        Effect::status(422),
        Effect::Reset,
        Effect::AppliedThen(answer),
    ] {
        for (action, input) in inputs(client, matter) {
            let text = input.to_string().replace("zqxmark-", "zqxmark-again-");
            let text = text.replace("\"Zqxmark", "\"Zqxmark Other");
            let input: Value = serde_json::from_str(&text).unwrap();
            world.control.fault(Fault {
                method: None,
                ..Fault::next("", "**", effect.clone())
            });
            let output = run(&world, action, &input).await;
            world.control.clear_faults();
            search_logs(&output, &token);
            if output.code != 0 {
                search(output.stdout.as_bytes(), MARK, "an error");
                search(output.stdout.as_bytes(), &token, "an error");
            }
        }
    }
    // Without an account, every input stays in the outbox.
    let expired = world.control.issue_token(TokenSpec::default());
    world.control.revoke(&expired);
    for (action, input) in inputs(client, matter) {
        let text = input.to_string();
        let args = ["run", action, "--input", &text];
        let variables = [
            ("CLIO_ACCESS_TOKEN", expired.as_str()),
            ("RUST_LOG", "trace"),
        ];
        let output = world
            .clio_with(&args, &variables, None)
            .await
            .expect_code(77);
        search_logs(&output, &expired);
        search(output.stdout.as_bytes(), MARK, "an error");
    }
    let waiting = world.clio(&["retry", "--json"]).await.expect_code(0);
    assert!(
        waiting.json().as_array().unwrap().len() >= 4,
        "{waiting:#?}"
    );
    search(waiting.stdout.as_bytes(), MARK, "the list of what waits");
    for args in [&["log", "--json", "--all"][..], &["log", "--table"]] {
        let log = world.clio(args).await.expect_code(0);
        assert!(log.stdout.contains("upload-document"));
        search(log.stdout.as_bytes(), MARK, "the log");
    }
    let files = search_files(world.home(), &token);
    assert!(files >= 3, "{files} files");
    search_files(world.home(), &expired);
}

/// Trap: the audit keeps names of files.
/// Take out: `host/runtime/src/egress/stream.rs`: `path: to.origin.to_string(),`
/// Replace with: `path: format!("{}{}", to.origin, to.path),`
#[tokio::test]
async fn no_mark_of_a_case_is_kept() {
    let world = World::new().await;
    world.control.add_practice_area("Zqxmark Law");
    world.file("zqxmark.pdf", "zqxmark content");
    let case = json!({
        "source_id": "intake:zqxmark-17",
        "client": {"first_name": "Zqxmark", "last_name": "Lee", "email": "zqxmark@example.com"},
        "matter": {"title": "Zqxmark v. Lee", "case_type": "Zqxmark Law"},
        "documents": [{"source_id": "zqxmark", "file": "zqxmark.pdf", "approved": true}],
    });
    let path = world.file("case.json", case.to_string());
    let args = ["sync", path.to_str().unwrap(), "--quiet"];
    world.control.fault(Fault::storage("PUT", Effect::Reset));
    for _ in 0..2 {
        // A case's own report names its records by the caller's identifiers.
        let output = world.clio_with(&args, &[("RUST_LOG", "trace")], None).await;
        let logs = output
            .stderr
            .replace("intake:zqxmark-17", "")
            .replace("/zqxmark:", ":");
        search(logs.as_bytes(), MARK, "the logs");
        search_files(world.home(), world.sandbox.token());
    }
}
