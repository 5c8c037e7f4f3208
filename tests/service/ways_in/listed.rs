//! The ways in, out of the sources: what makes calls, what takes cases, what the
//! service is asked, what is typed, and what a model is offered.
//!
//! Whoever adds one adds it here, and says by which way of this test it is covered,
//! or why it brings no document.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::desk::{Asked, Brings, Desk, MATTER};
use super::ways::{self, Way};

/// Where a host is asked to make a call.
const CALLS: [(&str, &str); 14] = [
    ("cli/src/commands/demo/case.rs", "a sandbox of its own"),
    ("cli/src/commands/setup.rs", "custom fields"),
    ("runner/src/choices/mod.rs", "reads"),
    ("runner/src/connect/mod.rs", "reads"),
    ("runner/src/doctor/markers.rs", "reads"),
    ("runner/src/doctor/mod.rs", "reads"),
    (
        "runner/src/run/call.rs",
        "Command, Component, Mcp, ServiceCall, retry",
    ),
    ("runner/src/run/place.rs", "reads"),
    ("runner/src/sync/rehearsal.rs", "a way out to nobody"),
    ("runner/src/sync/run.rs", "Sync, ServiceCase, Watched"),
    ("server/src/api/downloads.rs", "reads"),
    ("server/src/events/mod.rs", "reads"),
    ("server/src/hooks/receive.rs", "makes no request"),
    ("server/src/hooks/subscribe.rs", "subscriptions"),
];

/// Where a call is made of what somebody asked.
const MADE: [(&str, &str); 4] = [
    ("cli/src/commands/mcp/server.rs", "Mcp"),
    ("cli/src/commands/run/mod.rs", "Command, Component, retry"),
    ("runner/src/run/drafter.rs", "reads what a drafter is told"),
    ("server/src/work/call.rs", "ServiceCall"),
];

/// Where a case is taken into Clio.
const CASES: [(&str, &str); 2] = [
    ("cli/src/commands/sync.rs", "Sync, retry"),
    ("server/src/work/case.rs", "ServiceCase, Watched"),
];

/// What changes something when it is posted to the service's API.
const ROUTES: [(&str, &str); 6] = [
    (
        "/v1/connections/{connection}/calls/{function}",
        "ServiceCall",
    ),
    ("/v1/connections/{connection}/cases", "ServiceCase"),
    (
        "/v1/connections/{connection}/runs/retry",
        "what was asked before",
    ),
    (
        "/v1/connections/{connection}/uploads",
        "ServiceCall: bytes for a call",
    ),
    ("/v1/runs/{id}/cancel", "ends a run"),
    ("/v1/runs/{id}/retry", "what was asked before"),
];

/// A draft is added and decided on there; nothing is uploaded.
const OF_DRAFTS: &str = "/v1/connections/{connection}/drafts";

/// The verbs of the command.
const VERBS: [(&str, &str); 26] = [
    ("Actions", "no account"),
    ("Backup", "no account"),
    ("Check", "runs nothing"),
    ("Completions", "no account"),
    ("Connect", "reads"),
    ("Connections", "no account"),
    ("Demo", "a sandbox of its own"),
    ("Describe", "runs nothing"),
    ("Disconnect", "no document"),
    ("Doctor", "reads"),
    ("Export", "no account"),
    ("Key", "no account"),
    ("Log", "no account"),
    ("Man", "no account"),
    ("Mappings", "reads"),
    ("Mcp", "Mcp"),
    ("NewAction", "no account"),
    ("Restore", "no account"),
    ("Retry", "retry"),
    ("Review", "uploads nothing"),
    ("Run", "Command, Component"),
    ("Sandbox", "no account"),
    ("Serve", "ServiceCall, ServiceCase, Watched"),
    ("Setup", "custom fields"),
    ("Sync", "Sync"),
    ("Vault", "no account"),
];

/// The sources of a crate that are no tests, by their paths below `host`.
fn sources(krate: &str) -> Vec<(String, String)> {
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host");
    let mut folders = vec![host.join(krate).join("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let text = text
                    .split("#[cfg(test)]\nmod tests {")
                    .next()
                    .unwrap()
                    .to_owned();
                let name = path
                    .strip_prefix(&host)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, text));
            }
        }
    }
    found
}

fn all_sources() -> Vec<(String, String)> {
    ["cli", "runner", "server"]
        .into_iter()
        .flat_map(sources)
        .collect()
}

/// The files in which one of these texts stands.
fn with(texts: &[&str]) -> BTreeSet<String> {
    let stands = |text: &String| texts.iter().any(|it| text.contains(it));
    let files = all_sources().into_iter();
    files
        .filter(|(_, text)| stands(text))
        .map(|(name, _)| name)
        .collect()
}

fn rows(table: &[(&str, &str)]) -> BTreeSet<String> {
    table.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn each_place_that_makes_calls_has_a_row() {
    let calls = with(&[".call(&", ".call(self.connection)", ".call(connection)"]);
    assert_eq!(calls, rows(&CALLS));
    assert_eq!(with(&["call::made("]), rows(&MADE));
    assert_eq!(with(&["sync::case("]), rows(&CASES));
    // One place makes the hosts of all of them, and gives them the reviews.
    assert_eq!(
        with(&["Host::builder()"]),
        rows(&[("runner/src/runner.rs", "")])
    );
    let all = all_sources();
    let runner = &all
        .iter()
        .find(|(name, _)| name == "runner/src/runner.rs")
        .unwrap()
        .1;
    assert!(
        runner.contains(".reviews("),
        "the runner's host keeps no reviews"
    );
}

#[test]
fn each_route_that_changes_something_has_a_row() {
    let mut posted = BTreeSet::new();
    for (name, text) in sources("server") {
        if !name.starts_with("server/src/api/") {
            continue;
        }
        for (at, _) in text.match_indices(".route(") {
            let rest = text[at + ".route(".len()..].trim_start();
            let Some(rest) = rest.strip_prefix('"') else {
                continue;
            };
            let (path, rest) = rest.split_once('"').unwrap();
            let methods = rest.split(".route(").next().unwrap();
            let methods = methods.split(';').next().unwrap();
            let changes = ["post(", "put(", "patch(", "any("];
            if changes.iter().any(|it| methods.contains(it)) && !path.starts_with(OF_DRAFTS) {
                posted.insert(path.to_owned());
            }
        }
    }
    assert_eq!(posted, rows(&ROUTES));
}

#[test]
fn each_verb_has_a_row() {
    let all = sources("cli");
    let dispatch = &all
        .iter()
        .find(|(name, _)| name == "cli/src/commands/mod.rs")
        .unwrap()
        .1;
    let named = dispatch.split("Command::").skip(1);
    let verbs: BTreeSet<String> = named
        .map(|rest| {
            rest.chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect()
        })
        .collect();
    assert_eq!(verbs, rows(&VERBS));
}

/// Of what a model is offered only one tool says where a document comes from, and
/// none takes an approval.
#[tokio::test(flavor = "multi_thread")]
async fn no_tool_approves() {
    let desk = Desk::new().await;
    let told = ways::tool(&desk, "tools/list", serde_json::json!({})).await;
    let tools = told["result"]["tools"].as_array().unwrap().clone();
    let mut uploads = Vec::new();
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        let input = tool["inputSchema"].to_string();
        assert!(!input.contains("approver"), "{name}");
        assert!(!name.contains("approve"), "{name}");
        if tool["inputSchema"]["properties"]
            .get("provenance")
            .is_some()
        {
            uploads.push(name);
        }
    }
    assert_eq!(uploads, ["upload_document"]);
    assert!(tools.iter().any(|tool| tool["name"] == "request_review"));
    desk.end().await;
}

/// It adds, and says how the draft stands whenever it is asked again, to the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_is_asked_for_again_is_told_how_it_stands() {
    let desk = Desk::new().await;
    let inline = |text: &str| serde_json::json!({"inline": BASE64_STANDARD.encode(text)});
    let mut ask = serde_json::json!({"name": "request_review", "arguments": {
        "matter": MATTER, "name": "Petition.txt", "source": inline("Travis County"),
        "template": inline("{{ court }}")}});
    let asked = async |ask: &serde_json::Value| {
        let told = ways::tool(&desk, "tools/call", ask.clone()).await;
        told["result"]["structuredContent"].clone()
    };
    let first = asked(&ask).await;
    assert_eq!(first["status"], "waiting", "{first}");
    let id = first["id"].as_str().unwrap().to_owned();
    // The person sees what it was made of.
    let show = ["review", "show", &id, "--json", "--connection", "firm"];
    let shown = desk.world.clio(&show).await.expect_code(0).json();
    assert_eq!(shown["template_text"], "{{ court }}");

    desk.approve(&id);
    let again = asked(&ask).await;
    assert_eq!(
        (&again["id"], &again["status"]),
        (&first["id"], &"approved".into())
    );
    let upload = Asked::new(Brings::Draft(id.clone()));
    let tried = Way::Command
        .tried(&desk, vec![("the draft", upload, "")])
        .await;
    assert!(tried[0].1.done, "{tried:?}");
    let again = asked(&ask).await;
    assert_eq!(
        (&again["id"], &again["status"]),
        (&first["id"], &"uploaded".into())
    );
    assert_eq!(
        again["document"].as_u64(),
        desk.found(&id).document,
        "{again}"
    );

    let reject = [
        "review",
        "reject",
        &id,
        "--as",
        "A. Lee",
        "--connection",
        "firm",
    ];
    let late = desk.world.clio(&reject).await.expect_code(1);
    assert!(late.stderr.contains("it stands in Clio"), "{}", late.stderr);

    // Another place is another draft, and a template that says nothing is refused.
    ask["arguments"]["matter"] = (MATTER + 1).into();
    assert_eq!(asked(&ask).await["status"], "waiting");
    ask["arguments"]["template"] = serde_json::json!({"inline": "/w=="});
    let refused = asked(&ask).await;
    let told = refused["message"].as_str().unwrap_or_default();
    assert!(told.contains("no text that can be read"), "{refused}");
    desk.end().await;
}
