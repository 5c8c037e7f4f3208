//! An account is an account, and not a name: what is queued, running or kept for
//! one never reaches another, whatever the name of its connection leads to.

use std::time::Duration;

use clio_sandbox::{Effect, Fault, Sandbox, Times, TokenSpec};
use clio_tests::{World, decide, empty};
use serde_json::{Value, json};

use super::{INPUT, access_token, case, listed, run, saved, token_requests};

/// A firm that a name is led to: at another origin, or another account of the
/// same one.
struct Other(Option<Sandbox>);

impl Other {
    async fn new(one_origin: bool) -> Self {
        Self(match one_origin {
            true => None,
            false => {
                let sandbox = Sandbox::start(empty()).await.unwrap();
                sandbox.control().add_practice_area("Family");
                Some(sandbox)
            }
        })
    }

    async fn relink(&self, world: &World, name: &str) {
        let sandbox = match &self.0 {
            Some(sandbox) => sandbox,
            None => {
                world.control.set_account(31, "Other LLP");
                &world.sandbox
            }
        };
        let connected = world.connect_at(sandbox, name, &["--relink"]).await;
        connected.expect_code(0);
    }

    /// How many requests there were to it, where they can be told apart.
    fn requests(&self) -> usize {
        let sandbox = self.0.as_ref();
        sandbox.map_or(0, |sandbox| sandbox.control().trace().len())
    }

    fn clear_trace(&self) {
        if let Some(sandbox) = &self.0 {
            sandbox.control().clear_trace();
        }
    }
}

/// The account behind a connection, as the journal and the queue name it.
fn account(world: &World, name: &str) -> String {
    let saved = saved(world, name);
    format!("{}#{}", saved.origin, saved.account.unwrap().id)
}

/// Leads the name back to the account that it first led to.
async fn back(world: &World, name: &str, first: &clio_host::vault::SavedAccount) {
    let id = first.id.parse().unwrap();
    world
        .control
        .set_account(id, first.name.as_deref().unwrap());
    world.connect_as(name, &["--relink"]).await.expect_code(0);
}

async fn rows(world: &World, more: &[&str]) -> Vec<Value> {
    let args = [&["log", "--json"], more].concat();
    let rows = world.clio(&args).await.expect_code(0).json();
    rows.as_array().unwrap().clone()
}

/// CASES S2
#[tokio::test]
async fn what_waits_for_one_account_is_never_sent_to_another() {
    for one_origin in [false, true] {
        let world = World::new().await;
        let other = Other::new(one_origin).await;
        let case = case(&world);
        world.connect_as("firm", &[]).await.expect_code(0);
        let (former, first) = (
            account(&world, "firm"),
            saved(&world, "firm").account.unwrap(),
        );
        let down = Fault::next("POST", "/contacts", Effect::status(503)).times(Times::Forever);
        world.control.fault(down);
        let sync = ["sync", &case, "--connection", "firm"];
        world.clio(&sync).await.expect_code(75);
        run(&world, "firm").await.expect_code(75);
        other.relink(&world, "firm").await;
        world.control.clear_faults();
        world.control.clear_trace();
        other.clear_trace();

        let listed = world.clio(&["retry", "--json"]).await.expect_code(0).json();
        assert_eq!(listed[0]["account"], former, "{listed:#}");
        assert_eq!(listed[1]["account"], former, "{listed:#}");
        let id = listed[0]["id"].as_str().unwrap();
        let refused = world.clio(&["retry", id]).await.expect_code(64);
        let latter = account(&world, "firm");
        assert_ne!(former, latter);
        for named in [&former, &latter] {
            assert!(refused.stderr.contains(named.as_str()), "{refused:#?}");
        }
        world.clio(&["retry", "--failed"]).await.expect_code(64);
        assert_eq!((world.control.trace().len(), other.requests()), (0, 0));
        let audit = rows(&world, &["--action", "retry"]).await;
        assert_eq!(audit.len(), 3, "{audit:#?}");
        assert_eq!(audit[0]["code"], "another_account");
        assert_eq!(audit[0]["account"], former);

        // The same case, run anew, is the other account's own; what waits stays.
        world.clio(&sync).await.expect_code(0);
        let listed = world.clio(&["retry", "--json"]).await.expect_code(0).json();
        assert_eq!(listed.as_array().unwrap().len(), 2, "{listed:#}");

        // Led back, it is sent where it belongs.
        back(&world, "firm", &first).await;
        assert_eq!(account(&world, "firm"), former);
        world.clio(&["retry", "--failed"]).await.expect_code(0);
        let audit = rows(&world, &["--action", "sync-contact", "--last", "1"]).await;
        assert_eq!(audit[0]["account"], former);
        world.clio(&["log", "--verify"]).await.expect_code(0);
        world.finish();
    }
}

/// CASES S2: the name does not count, neither when it is another one.
#[tokio::test]
async fn what_waits_is_the_accounts_under_whatever_name() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let down = Fault::next("POST", "/contacts", Effect::status(503)).times(Times::Forever);
    world.control.fault(down);
    run(&world, "firm").await.expect_code(75);
    world.control.clear_faults();
    world.connect_as("second", &[]).await.expect_code(0);
    // The same thing for the same account takes its place.
    run(&world, "second").await.expect_code(0);
    let left = world.clio(&["retry", "--json"]).await.expect_code(0).json();
    assert_eq!(left, json!([]));
    world.finish();
}

/// CASES S2: a token of the environment does not say whose account it opens.
#[tokio::test]
async fn what_waits_for_a_token_is_not_sent_with_another() {
    let world = World::new().await;
    let down = Fault::next("POST", "/contacts", Effect::status(503)).times(Times::Forever);
    world.control.fault(down);
    let args = ["run", "sync-contact", "--input", INPUT];
    world.clio(&args).await.expect_code(75);
    world.control.clear_faults();
    world.control.clear_trace();
    let token = world.control.issue_token(TokenSpec::default());
    let with_other = [("CLIO_ACCESS_TOKEN", token.as_str())];
    let retry = ["retry", "--failed"];
    let refused = world.clio_with(&retry, &with_other, None).await;
    let refused = refused.expect_code(64);
    assert!(refused.stderr.contains("access token"), "{refused:#?}");
    let other = Sandbox::start(empty()).await.unwrap();
    let elsewhere = [
        ("CLIO_ACCESS_TOKEN", other.token()),
        ("CLIO_ORIGIN", other.origin()),
    ];
    let refused = world.clio_with(&retry, &elsewhere, None).await;
    let refused = refused.expect_code(64);
    assert!(refused.stderr.contains(other.origin()), "{refused:#?}");
    assert_eq!(world.control.trace().len(), 0);
    assert_eq!(other.control().trace().len(), 0);
    world.clio(&retry).await.expect_code(0);
    world.finish();
}

/// CASES S3
#[tokio::test]
async fn a_relinked_name_ends_the_call_that_runs_and_no_token_changes_hands() {
    for (one_origin, revoked) in [(false, true), (true, true), (false, false)] {
        let world = World::new().await;
        let other = Other::new(one_origin).await;
        world.connect_as("firm", &[]).await.expect_code(0);
        if revoked {
            world.control.revoke(&access_token(&world, "firm"));
        }
        world.control.clear_trace();
        // Long enough for a person's consent in between.
        let by = Duration::from_secs(10);
        world
            .control
            .fault(Fault::next("GET", "/contacts", Effect::Delay { by }));
        let relinked = async {
            world.wait_for_requests(1).await;
            other.relink(&world, "firm").await;
            let waits = world.control.trace()[0].status;
            assert_eq!(waits, None, "the call ended before the name was relinked");
            world.control.clear_trace();
            other.clear_trace();
            access_token(&world, "firm")
        };
        let (ended, token) = tokio::join!(run(&world, "firm"), relinked);
        let ended = ended.expect_code(77);
        let error = &ended.json()["error"]["permanent"];
        assert_eq!(error["code"], "not_connected", "{ended:#?}");
        let told = error["message"].as_str().unwrap();
        assert!(told.contains("another account"), "{ended:#?}");
        // Neither tokens nor data went anywhere, and what is the other account's
        // is as it was.
        assert_eq!((token_requests(&world), other.requests()), (0, 0));
        assert_eq!(world.writes(), 0, "{:?}", world.requests());
        assert_eq!(access_token(&world, "firm"), token);
        assert_eq!(listed(&world).await[0]["status"], "connected");
        world.finish();
    }
}

/// CASES S3: nor is the name that ends meanwhile used on.
#[tokio::test]
async fn a_disconnected_name_ends_the_call_that_runs() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.clear_trace();
    let by = Duration::from_secs(5);
    world
        .control
        .fault(Fault::next("GET", "/contacts", Effect::Delay { by }));
    let ends = async {
        world.wait_for_requests(1).await;
        // Clio does not hear of it, so the token would still work.
        let deauthorize = ("POST", "/oauth/deauthorize");
        let down = Fault::next(deauthorize.0, deauthorize.1, Effect::Maintenance);
        world.control.fault(down);
        let ended = world.clio(&["disconnect", "firm", "--anyway"]).await;
        ended.expect_code(1);
    };
    let (ended, ()) = tokio::join!(run(&world, "firm"), ends);
    let ended = ended.expect_code(77);
    assert_eq!(ended.json()["error"]["permanent"]["code"], "not_connected");
    assert_eq!(
        world.writes(),
        1,
        "the deauthorize alone: {:?}",
        world.requests()
    );
    assert!(world.control.snapshot().contacts.is_empty());
    world.finish();
}

#[tokio::test]
async fn a_consent_that_was_begun_earlier_does_not_take_the_name_from_another_account() {
    let world = World::new().await;
    // Begun while the name is free, and ended when it is not.
    let early = world.connecting("firm", &["--no-browser"]).await;
    let location = decide(&early.url, "approve").await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let kept = access_token(&world, "firm");
    world.control.set_account(31, "Other LLP");
    let refused = early.paste(&location).await.expect_code(1);
    assert!(refused.stderr.contains("--relink"), "{refused:#?}");
    assert_eq!(access_token(&world, "firm"), kept);
    let audit = rows(&world, &["--action", "connect", "--status", "failed"]).await;
    assert_eq!(audit[0]["code"], "another_account", "{audit:#?}");
    world.finish();
}

#[tokio::test]
async fn what_is_done_to_a_connection_stands_in_the_audit_with_its_account() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let former = account(&world, "firm");
    world.clio(&["setup", "firm", "--yes"]).await.expect_code(0);
    world.control.set_account(31, "Other LLP");
    world.connect_as("firm", &[]).await.expect_code(1);
    let relinked = world.connect_as("firm", &["--relink"]).await;
    let relinked = relinked.expect_code(0);
    assert!(relinked.stderr.contains("still stands"), "{relinked:#?}");
    let latter = account(&world, "firm");
    run(&world, "firm").await.expect_code(0);
    world.clio(&["vault", "rotate"]).await.expect_code(0);
    world.clio(&["disconnect", "firm"]).await.expect_code(0);

    let rows = rows(&world, &[]).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or("").to_owned();
            (text("action"), text("code"), text("account"))
        })
        .collect();
    let row = |action: &str, code: &str, account: &str| {
        (action.to_owned(), code.to_owned(), account.to_owned())
    };
    let calls = row("setup-markers", "", &former);
    assert_eq!(
        told,
        [
            row("connect", "", &former),
            calls.clone(),
            calls.clone(),
            calls,
            row("setup", "", &former),
            row("connect", "another_account", &latter),
            row("relink", "", &latter),
            row("sync-contact", "", &latter),
            row("vault-rotate", "", ""),
            row("disconnect", "", &latter),
        ]
    );
    assert_eq!(rows[6]["former_account"], former);
    let ids = rows[4]["ids"].as_array().unwrap();
    assert_eq!(ids.len(), 2, "{rows:#?}");
    let table = world.clio(&["log", "--table"]).await.expect_code(0).stdout;
    assert!(
        table.contains(&former) && table.contains(&latter),
        "{table}"
    );
    world.clio(&["log", "--verify"]).await.expect_code(0);
    // And it is vouched for like any other row.
    let file = world.home().join("journal/journal.db");
    let bytes = std::fs::read(&file).unwrap();
    let at = bytes
        .windows(6)
        .rposition(|part| part == b"relink")
        .unwrap();
    let mut bytes = bytes;
    bytes[at..at + 6].copy_from_slice(b"rellnk");
    std::fs::write(&file, bytes).unwrap();
    world.clio(&["log", "--verify"]).await.expect_code(1);
    world.finish();
}

/// CASES S2: what is read on is read on in the account that it was begun in.
#[tokio::test]
async fn a_cursor_of_one_account_is_refused_for_another() {
    let world = World::new().await;
    for name in ["Family", "Injury", "Estate"] {
        world.control.add_practice_area(name);
    }
    world.connect_as("firm", &[]).await.expect_code(0);
    let first = saved(&world, "firm").account.unwrap();
    let look = async |cursor: Option<&Value>, connection: &[&str]| {
        let input = json!({"kind": "practice_areas", "limit": 1, "cursor": cursor}).to_string();
        let arguments = [&["run", "lookup", "--input", &input][..], connection].concat();
        world.clio(&arguments).await
    };
    let firm = ["--connection", "firm"];
    let page = look(None, &firm).await.expect_code(0).json();
    let cursor = &page["cursor"];
    let next = look(Some(cursor), &firm).await.expect_code(0).json();
    assert_ne!(page["options"], next["options"]);

    let detect = async |start: Value, connection: &[&str]| {
        let input = json!({"scope": "account", "start": start}).to_string();
        let arguments = [
            &["run", "detect-documents", "--input", &input][..],
            connection,
        ]
        .concat();
        world.clio(&arguments).await
    };
    let seen = detect(json!("now"), &firm).await.expect_code(0).json();
    let goes_on = json!({"cursor": seen["cursor"]});
    detect(goes_on.clone(), &firm).await.expect_code(0);

    world.control.set_account(31, "Other LLP");
    world.connect_as("firm", &["--relink"]).await.expect_code(0);
    world.control.clear_trace();
    for refused in [
        look(Some(cursor), &firm).await,
        look(Some(cursor), &[]).await,
        detect(goes_on.clone(), &firm).await,
        detect(goes_on.clone(), &[]).await,
    ] {
        let refused = refused.expect_code(64);
        let error = refused.json()["error"]["permanent"].clone();
        assert_eq!(error["code"], "invalid_input");
        assert!(error["field"].as_str().unwrap().ends_with("/cursor"));
    }
    assert_eq!(world.requests(), [""; 0]);
    back(&world, "firm", &first).await;
    detect(goes_on, &firm).await.expect_code(0);
    // A token of the environment has cursors of its own.
    let page = look(None, &[]).await.expect_code(0).json();
    look(Some(&page["cursor"]), &[]).await.expect_code(0);
    look(Some(&page["cursor"]), &firm).await.expect_code(64);
    world.finish();
}
