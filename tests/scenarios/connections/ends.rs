//! Ending a connection, connecting again, and looking after one.

use clio_host::Host;
use clio_sandbox::{App, Effect, Fault};
use clio_tests::World;

use super::{access_token, case, listed, run, saved, vault};

#[tokio::test]
async fn a_connection_ends_at_clio_and_here_and_the_same_account_makes_nothing_twice() {
    let world = World::new().await;
    let case = case(&world);
    world.connect_as("firm", &[]).await.expect_code(0);
    let sync = ["sync", &case, "--connection", "firm", "--json"];
    world.clio(&sync).await.expect_code(0);
    let token = access_token(&world, "firm");

    world.clio(&["disconnect", "firm"]).await.expect_code(0);
    assert_eq!(world.control.count("POST", "/oauth/deauthorize"), 1);
    let answer = world.connect(&token);
    let host = Host::builder().build().unwrap();
    let refused = host
        .call(&answer)
        .run(clio_host::actions::check_connection::CheckRequest { areas: Vec::new() })
        .await;
    assert_eq!(refused.unwrap_err().problem().unwrap().status, Some(401));
    assert!(saved(&world, "firm").credentials.is_none());
    assert_eq!(listed(&world).await[0]["status"], "disconnected");
    let output = world.clio(&sync).await.expect_code(77);
    assert!(output.stderr.contains("clio connect firm"), "{output:#?}");
    world.clio(&["disconnect", "firm"]).await.expect_code(64);

    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.clear_trace();
    world.clio(&sync).await.expect_code(0);
    assert_eq!(world.writes(), 0, "{:?}", world.requests());
    world.finish();
}

#[tokio::test]
async fn a_connection_stays_while_clio_cannot_be_told_that_it_ends() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.fault(Fault::next(
        "POST",
        "/oauth/deauthorize",
        Effect::Maintenance,
    ));
    let output = world.clio(&["disconnect", "firm"]).await.expect_code(75);
    assert!(output.stderr.contains("still connected"), "{output:#?}");
    run(&world, "firm").await.expect_code(0);
    let audit = world.clio(&["log", "--json", "--last", "2"]).await.json();
    assert_eq!(audit[0]["action"], "disconnect");
    assert_eq!(audit[0]["code"], "consent_stands");
    assert_eq!(audit[0]["status"], "failed");
    world.finish();
}

/// CASES S7
#[tokio::test]
async fn a_consent_that_stands_is_not_said_to_be_taken_back() {
    for effect in [Effect::Maintenance, Effect::Reset, Effect::status(403)] {
        let world = World::new().await;
        world.connect_as("firm", &[]).await.expect_code(0);
        let down = Fault::next("POST", "/oauth/deauthorize", effect);
        world.control.fault(down);
        let output = world
            .clio(&["disconnect", "firm", "--anyway"])
            .await
            .expect_code(1);
        assert!(!output.stdout.contains("taken back"), "{output:#?}");
        for told in ["deleted here", "not taken back", "settings in Clio"] {
            assert!(output.stderr.contains(told), "{output:#?}");
        }
        assert!(saved(&world, "firm").credentials.is_none());
        let audit = world.clio(&["log", "--json", "--last", "1"]).await.json();
        assert_eq!(audit[0]["code"], "consent_stands");
        assert_eq!(audit[0]["status"], "done");
        world.finish();
    }
}

/// CASES S7: what Clio says is told, not what was meant.
#[tokio::test]
async fn what_became_of_the_consent_is_what_clio_says() {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.revoke_grants();
    let gone = world.clio(&["disconnect", "firm"]).await.expect_code(0);
    assert!(gone.stdout.contains("knew no such consent"), "{gone:#?}");
    assert!(!gone.stdout.contains("was taken back"), "{gone:#?}");

    // Without a token that Clio takes it cannot be asked.
    world.connect_as("firm", &[]).await.expect_code(0);
    let expire = |refresh: bool| {
        let change = move |contents: &mut clio_host::vault::Contents| {
            let saved = contents.connections.get_mut("firm").unwrap();
            let credentials = saved.credentials.as_mut().unwrap();
            credentials.expires_ms = Some(1);
            if !refresh {
                credentials.refresh_token = None;
            }
        };
        vault(&world).update(change).unwrap();
    };
    expire(false);
    world.clio(&["disconnect", "firm"]).await.expect_code(1);
    let ended = world.clio(&["disconnect", "firm", "--anyway"]).await;
    assert!(!ended.expect_code(1).stdout.contains("taken back"));
    world.finish();
}

/// CASES S7: a token that was fetched to take the consent back is kept first.
#[tokio::test]
async fn a_consent_can_be_taken_back_at_the_second_try() {
    let world = World::under(clio_sandbox::Switches {
        rotate_refresh_tokens: true,
        ..clio_sandbox::Switches::default()
    })
    .await;
    world.connect_as("firm", &[]).await.expect_code(0);
    let expired = |contents: &mut clio_host::vault::Contents| {
        let saved = contents.connections.get_mut("firm").unwrap();
        saved.credentials.as_mut().unwrap().expires_ms = Some(1);
    };
    vault(&world).update(expired).unwrap();
    let down = Fault::next("POST", "/oauth/deauthorize", Effect::Maintenance);
    world.control.fault(down);
    world.clio(&["disconnect", "firm"]).await.expect_code(75);
    run(&world, "firm").await.expect_code(0);
    let ended = world.clio(&["disconnect", "firm"]).await.expect_code(0);
    assert!(ended.stdout.contains("was taken back"), "{ended:#?}");
    world.finish();
}

#[tokio::test]
async fn another_account_under_the_same_name_is_noticed_and_refused() {
    let world = World::new().await;
    let case = case(&world);
    let sync = ["sync", &case, "--connection", "firm", "--json"];
    world.connect_as("firm", &[]).await.expect_code(0);
    world.clio(&sync).await.expect_code(0);
    world.clio(&["disconnect", "firm"]).await.expect_code(0);
    world.control.set_account(31, "Other LLP");
    let output = world.connect_as("firm", &[]).await.expect_code(1);
    assert!(output.stderr.contains("--relink"), "{output:#?}");
    assert!(saved(&world, "firm").credentials.is_none());
    assert_eq!(
        saved(&world, "firm").account.unwrap().name.as_deref(),
        Some("Sandbox LLP")
    );

    world.connect_as("firm", &["--relink"]).await.expect_code(0);
    assert_eq!(saved(&world, "firm").account.unwrap().id, "31");
    // What is remembered of the former account's records is not used: they are
    // looked for anew, and found, since the sandbox is one and the same.
    let report = world.clio(&sync).await.expect_code(0).json();
    assert_eq!(report["matter"]["status"], "linked", "{report}");
    world.finish();
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong_and_the_next_step() {
    let world = World::new().await;
    let absent = world.clio(&["doctor", "firm"]).await.expect_code(77);
    assert!(
        absent.stdout.contains("clio connect firm --region"),
        "{absent:#?}"
    );
    world.connect_as("firm", &[]).await.expect_code(0);
    let fine = world
        .clio(&["doctor", "firm", "--json"])
        .await
        .expect_code(0)
        .json();
    let findings = fine["findings"].as_array().unwrap();
    assert!(
        findings.iter().all(|finding| finding["ok"] == true),
        "{fine:#}"
    );
    for what in [
        "vault",
        "region",
        "API access",
        "who am I",
        "permission contacts",
    ] {
        assert!(
            findings.iter().any(|finding| finding["what"] == what),
            "{what}: {fine:#}"
        );
    }

    // Without API access in the plan.
    let mut switches = world.control.switches();
    switches.api_access = false;
    world.control.set_switches(switches.clone());
    let plan = world.clio(&["doctor", "firm"]).await.expect_code(77);
    assert!(plan.stdout.contains("EasyStart"), "{plan:#?}");
    switches.api_access = true;
    world.control.set_switches(switches);

    // A consent without documents.
    let app = world.sandbox.app();
    let mut narrow = App::new(&app.client_id, &app.client_secret);
    narrow.permissions = clio_sandbox::Permissions::only([
        (clio_sandbox::Area::Contacts, clio_sandbox::Access::Write),
        (clio_sandbox::Area::Matters, clio_sandbox::Access::Write),
    ]);
    world.control.register_app(narrow);
    world.connect_as("firm", &[]).await.expect_code(0);
    let narrow = world
        .clio(&["doctor", "firm", "--json"])
        .await
        .expect_code(77)
        .json();
    let wrong: Vec<_> = narrow["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["ok"] == false)
        .map(|finding| {
            (
                finding["what"].as_str().unwrap(),
                finding["next"].is_string(),
            )
        })
        .collect();
    assert_eq!(
        wrong,
        [
            ("permission custom_fields", true),
            ("permission documents", true),
            ("permission users", true),
            ("permission webhooks", true)
        ],
        "{narrow:#}"
    );

    // All that a case needs, and no more: told, and no failure.
    let mut lesser = App::new(&app.client_id, &app.client_secret);
    lesser.permissions = clio_sandbox::Permissions::only([
        (clio_sandbox::Area::Contacts, clio_sandbox::Access::Write),
        (clio_sandbox::Area::Matters, clio_sandbox::Access::Write),
        (clio_sandbox::Area::Documents, clio_sandbox::Access::Write),
    ]);
    world.control.register_app(lesser);
    world.connect_as("firm", &[]).await.expect_code(0);
    let lesser = world.clio(&["doctor", "firm"]).await.expect_code(0);
    let told = lesser.stdout.lines();
    let less = told.filter(|line| line.starts_with("less   permission "));
    assert_eq!(less.count(), 3, "{lesser:#?}");
    world.finish();
}
