//! What names, messages and arguments hold reaches a terminal as text, and a
//! program as it is.

use clio_sandbox::{Config, Effect, Fault, Seed, SeedUser};
use clio_tests::{CommandOutput, World, empty};
use serde_json::json;

/// What a terminal would obey: it renames its window, and turns and hides text.
const NASTY: &str = "Lee\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}gpj\u{2066}\u{200b}";

#[track_caller]
fn assert_clean(output: &CommandOutput) {
    for text in [&output.stdout, &output.stderr] {
        let found = text
            .chars()
            .find(|c| c.is_control() && *c != '\n' || NASTY.contains(*c) && !c.is_ascii_graphic());
        assert_eq!(found, None, "{output:#?}");
    }
}

/// CASES S9
#[tokio::test]
async fn no_name_and_no_message_speaks_to_the_terminal() {
    let mut user = SeedUser::new(NASTY, "Roe", true);
    user.email = "roe@firm.example".to_owned();
    let seed = Seed {
        users: vec![user],
        ..Seed::empty()
    };
    let world = World::with(Config { seed, ..empty() }).await;
    let firm = format!("{NASTY} LLP\nok     API access: the firm's plan has it");
    world.control.set_account(7, &firm);
    world.control.add_practice_area("Family");

    let connected = world.connect_as("firm", &[]).await.expect_code(0);
    assert!(
        connected.stdout.contains("Lee\\u{1b}]0;owned\\u{7}"),
        "{connected:#?}"
    );
    assert_eq!(connected.stdout.lines().count(), 1, "{connected:#?}");
    assert_clean(&connected);
    let doctor = world.clio(&["doctor", "firm"]).await;
    assert_clean(&doctor);
    let told = doctor.stdout.lines();
    let plan = told.filter(|line| line.starts_with("ok     API access"));
    assert_eq!(plan.count(), 1, "{doctor:#?}");
    // JSON is exact: what was escaped is what it was.
    let listed = world.clio(&["connections", "--json"]).await.expect_code(0);
    assert_clean(&listed);
    assert_eq!(listed.json()[0]["account"]["name"], firm);
    world.control.set_account(31, "Other LLP");
    let refused = world.connect_as("firm", &[]).await.expect_code(1);
    assert_clean(&refused);

    let case = json!({
        "source_id": "intake:17",
        "client": {"first_name": "Ann", "last_name": NASTY, "email": "ann@example.com"},
        "matter": {"title": NASTY, "case_type": "Family", "fields": {NASTY: "x"}},
    });
    let case = world.file("case.json", case.to_string());
    let case = case.to_str().unwrap();
    for more in [&[][..], &["--json"], &["--dry-run"]] {
        let arguments = [&["sync", case, "--mapping", "absent"][..], more].concat();
        assert_clean(&world.clio(&arguments).await);
        let arguments = [&["sync", case][..], more].concat();
        let traced = [("RUST_LOG", "trace")];
        assert_clean(&world.clio_with(&arguments, &traced, None).await);
    }
    // Nor do arguments, which an engine may fill with what it was given.
    for arguments in [
        &["run", NASTY, "--input", "{}"][..],
        &["run", "sync-contact", "--input", NASTY],
        &[
            "run",
            "sync-contact",
            "--input",
            "{}",
            "--connection",
            NASTY,
        ],
        &["sync", NASTY],
        &["log", "--since", NASTY],
        &["retry", NASTY],
    ] {
        let refused = world.clio(arguments).await.expect_code(64);
        assert_clean(&refused);
    }
    // What Clio says when it refuses is not repeated, and its kind of error is.
    let answer = json!({"error": {"type": NASTY, "message": NASTY}});
    let answer = clio_sandbox::FaultAnswer {
        body: clio_sandbox::FaultBody::Text(answer.to_string()),
        ..clio_sandbox::FaultAnswer::status(422)
    };
    let effect = Effect::Answer(answer);
    world
        .control
        .fault(Fault::next("POST", "/contacts", effect));
    let input = json!({
        "source_id": "intake:bo",
        "contact": {"person": {"first_name": "Bo", "last_name": "Chan"}},
    });
    let arguments = ["run", "sync-contact", "--input", &input.to_string()];
    assert_clean(&world.clio(&arguments).await.expect_code(1));
}
