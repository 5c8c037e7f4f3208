//! `clio setup`: the marker fields are made once a person agreed, are
//! remembered for the account, and are used from then on.

use std::time::Duration;

use clio_sandbox::{
    Access, App, Area, CustomFieldState, Effect, Fault, FaultAnswer, NewCustomField, Permissions,
    RateLimit, Times,
};
use clio_tests::{CommandOutput, World};
use serde_json::{Value, json};

const NAME: &str = "Source ID (Clio actions)";

async fn connected() -> World {
    let world = World::new().await;
    world.connect_as("firm", &[]).await.expect_code(0);
    world.control.clear_trace();
    world
}

async fn set_up(world: &World) -> Value {
    world
        .clio(&["setup", "firm", "--yes", "--json"])
        .await
        .expect_code(0)
        .json()
}

fn fields(world: &World) -> Vec<CustomFieldState> {
    world.control.snapshot().custom_fields
}

/// A person whom nothing but a marker finds again.
fn bo() -> Value {
    json!({"source_id": "intake:bo", "contact": {"person": {"first_name": "Bo", "last_name": "Chan"}}})
}

async fn run(world: &World, input: &Value) -> CommandOutput {
    let input = input.to_string();
    let args = ["run", "sync-contact", "--connection", "firm", "--input"];
    world.clio(&[&args[..], &[&input]].concat()).await
}

async fn finding(world: &World, code: i32) -> Value {
    let told = world
        .clio(&["doctor", "firm", "--json"])
        .await
        .expect_code(code);
    let findings = told.json()["findings"].as_array().unwrap().clone();
    let markers = findings.iter().find(|it| it["what"] == "markers");
    markers.unwrap_or_else(|| panic!("{findings:#?}")).clone()
}

#[tokio::test]
async fn nothing_is_made_before_somebody_agreed_and_nothing_twice() {
    let world = connected().await;
    let output = world.clio(&["setup", "firm"]).await.expect_code(64);
    assert!(output.stderr.contains("--yes"), "{output:#?}");
    assert!(output.stderr.contains(NAME), "{output:#?}");
    assert!(output.stdout.is_empty(), "{output:#?}");
    assert_eq!(world.requests(), ["GET /custom_fields"; 2]);

    world.control.clear_trace();
    let told = set_up(&world).await;
    assert_eq!(told["contact"]["status"], "created", "{told}");
    assert_eq!(told["matter"]["status"], "created", "{told}");
    assert_eq!(
        world.requests()[2..],
        [
            "GET /custom_fields",
            "POST /custom_fields",
            "POST /custom_fields"
        ]
    );
    let made = fields(&world);
    let kinds: Vec<_> = made
        .iter()
        .map(|field| {
            (
                field.name.as_str(),
                field.parent_type.as_str(),
                field.field_type.as_str(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (NAME, "Contact", "text_line"),
            (NAME, "Matter", "text_line")
        ]
    );
    assert_eq!(told["contact"]["id"], made[0].id);
    assert_eq!(told["matter"]["id"], made[1].id);

    world.control.clear_trace();
    // Where nothing is to be made, nobody needs to agree.
    let again = world.clio(&["setup", "firm"]).await.expect_code(0);
    assert!(again.stdout.contains("linked"), "{again:#?}");
    assert_eq!(world.writes(), 0);
    assert_eq!(fields(&world).len(), 2);
    world.finish();
}

#[tokio::test]
async fn a_run_uses_the_field_of_the_account_unless_the_input_names_one() {
    let world = connected().await;
    let told = set_up(&world).await;
    let first = run(&world, &bo()).await.expect_code(0).json();
    assert_eq!(first["disposition"], "created");
    world.control.advance(Duration::from_secs(86_400));
    let again = run(&world, &bo()).await.expect_code(0).json();
    assert_eq!(again["matched_by"], "marker", "{again}");
    assert_eq!(again["id"], first["id"]);

    let input =
        json!({"source_id": "intake:m", "client": first["id"], "title": "Chan"}).to_string();
    let args = [
        "run",
        "create-matter",
        "--connection",
        "firm",
        "--input",
        &input,
    ];
    world.clio(&args).await.expect_code(0);
    let matter = &world.control.snapshot().matters[0];
    assert_eq!(json!(matter.values[0].field), told["matter"]["id"]);
    assert_eq!(matter.values[0].value.as_deref(), Some("intake:m"));

    let own = world
        .control
        .add_custom_field(NewCustomField::new("Own", "Contact", "text_line"));
    let mut input = bo();
    input["source_id"] = "intake:other".into();
    input["contact"]["person"]["first_name"] = "Bob".into();
    input["marker_field"] = own.into();
    run(&world, &input).await.expect_code(0);
    let contacts = world.control.snapshot().contacts;
    assert_eq!(contacts[1].values[0].field, own);
    world.finish();
}

#[tokio::test]
async fn a_dry_run_shows_the_marker_that_would_be_sent() {
    let world = connected().await;
    let told = set_up(&world).await;
    let input = bo().to_string();
    let args = [
        "run",
        "sync-contact",
        "--connection",
        "firm",
        "--dry-run",
        "--input",
        &input,
    ];
    let dry = world.clio(&args).await.expect_code(0).json();
    let values = &dry["would_send"][0]["body"]["data"]["custom_field_values"];
    assert_eq!(
        values[0]["custom_field"]["id"], told["contact"]["id"],
        "{dry}"
    );
    assert!(world.control.snapshot().contacts.is_empty());

    let args = [
        "run",
        "setup-markers",
        "--dry-run",
        "--input",
        "{\"name\": \"Other\"}",
    ];
    let dry = world.clio(&args).await.expect_code(0).json();
    assert_eq!(
        dry["would_send"][0]["body"]["data"]["name"], "Other",
        "{dry}"
    );
    assert_eq!(fields(&world).len(), 2);
    world.finish();
}

#[tokio::test]
async fn fields_stay_with_the_account_and_not_with_the_name() {
    let world = connected().await;
    let told = set_up(&world).await;
    run(&world, &bo()).await.expect_code(0);
    world.control.advance(Duration::from_secs(86_400));

    // A connection that ended and was made anew finds them.
    world.clio(&["disconnect", "firm"]).await.expect_code(0);
    world.connect_as("firm", &[]).await.expect_code(0);
    let again = run(&world, &bo()).await.expect_code(0).json();
    assert_eq!(again["matched_by"], "marker", "{again}");
    // Another name for the same account does, too.
    world.connect_as("second", &[]).await.expect_code(0);
    let second = world.clio(&["setup", "second", "--json"]).await;
    assert_eq!(
        second.expect_code(0).json()["contact"]["id"],
        told["contact"]["id"]
    );

    // The name leads to another account: its fields are not known.
    world.control.set_account(31, "Other LLP");
    world.connect_as("firm", &["--relink"]).await.expect_code(0);
    world.control.clear_trace();
    let mut other = bo();
    other["source_id"] = "intake:other".into();
    run(&world, &other).await.expect_code(0);
    let looks = world.api();
    assert!(
        looks
            .iter()
            .all(|it| !format!("{it:?}").contains("custom_field_values")),
        "{looks:#?}"
    );
    let marked = |source: &str| {
        let contacts = world.control.snapshot().contacts;
        let values = contacts.into_iter().flat_map(|contact| contact.values);
        values
            .filter(|it| it.value.as_deref() == Some(source))
            .count()
    };
    assert_eq!((marked("intake:bo"), marked("intake:other")), (1, 0));
    assert!(
        finding(&world, 0).await["says"]
            .as_str()
            .unwrap()
            .contains("not set up")
    );
    world.finish();
}

#[tokio::test]
async fn the_account_of_the_environment_is_set_up_without_a_name() {
    let world = World::new().await;
    world.clio(&["setup", "--yes"]).await.expect_code(0);
    let input = bo().to_string();
    let args = ["run", "sync-contact", "--input", &input];
    world.clio(&args).await.expect_code(0);
    world.control.advance(Duration::from_secs(86_400));
    let again = world.clio(&args).await.expect_code(0).json();
    assert_eq!(again["matched_by"], "marker", "{again}");
    world.finish();
}

#[tokio::test]
async fn lost_answers_and_a_kill_leave_one_field_of_each() {
    let lost = || Effect::AppliedThen(FaultAnswer::status(502));
    for effect in [lost(), Effect::AnswerLost, Effect::CutAfter { bytes: 9 }] {
        let world = connected().await;
        let fault = Fault::next("POST", "/custom_fields", effect);
        world.control.fault(fault.times(Times::N(2)));
        let told = set_up(&world).await;
        assert_eq!(told["matter"]["status"], "created", "{told}");
        assert_eq!(fields(&world).len(), 2);
        world.finish();
    }
    for killed_at in 0..2 {
        let world = connected().await;
        let held = Effect::HoldAnswer {
            by: Duration::from_secs(20),
        };
        world
            .control
            .fault(Fault::next("POST", "/custom_fields", held).after(killed_at));
        let mut child = world.spawn(&["setup", "firm", "--yes"]);
        while world.control.writes() <= killed_at as usize {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        child.kill().await.unwrap();
        assert_eq!(fields(&world).len(), killed_at as usize + 1);
        let told = set_up(&world).await;
        assert_eq!(told["contact"]["status"], "linked", "{told}");
        assert_eq!(fields(&world).len(), 2, "killed after write {killed_at}");
        world.finish();
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let world = World::new().await;
    let app = world.sandbox.app();
    let mut narrow = App::new(&app.client_id, &app.client_secret);
    narrow.permissions = Permissions::only([
        (Area::Contacts, Access::Write),
        (Area::CustomFields, Access::Read),
    ]);
    world.control.register_app(narrow);
    world.connect_as("firm", &[]).await.expect_code(0);
    let output = world
        .clio(&["setup", "firm", "--yes"])
        .await
        .expect_code(77);
    assert!(output.stderr.contains("“Custom fields”"), "{output:#?}");
    assert!(fields(&world).is_empty());
    // What was not made is not remembered.
    run(&world, &bo()).await.expect_code(0);
    world.finish();
}

#[tokio::test]
async fn a_field_of_another_type_is_in_the_way_until_another_name_is_given() {
    let world = connected().await;
    world
        .control
        .add_custom_field(NewCustomField::new(NAME, "Matter", "numeric"));
    let output = world.clio(&["setup", "firm", "--yes"]).await.expect_code(1);
    assert!(output.stderr.contains("--field-name"), "{output:#?}");
    assert_eq!(fields(&world).len(), 1, "nothing is half-made");
    let args = ["setup", "firm", "--yes", "--field-name", "Intake id"];
    world.clio(&args).await.expect_code(0);
    assert_eq!(fields(&world)[2].name, "Intake id");
    world.finish();
}

#[tokio::test]
async fn a_field_that_was_deleted_is_told_by_a_run_and_the_doctor_and_made_anew() {
    let world = connected().await;
    // So many looks are more than one minute's budget.
    world.control.set_rate_limit(RateLimit {
        limit: 10_000,
        window: Duration::from_secs(60),
    });
    let before = finding(&world, 0).await;
    assert_eq!(before["ok"], true);
    assert!(
        before["next"].as_str().unwrap().contains("clio setup firm"),
        "{before}"
    );
    let told = set_up(&world).await;
    assert_eq!(finding(&world, 0).await["ok"], true);
    run(&world, &bo()).await.expect_code(0);

    // Renamed, it works on.
    let contact = told["contact"]["id"].as_u64().unwrap();
    world.control.rename_custom_field(contact, "Where from");
    assert_eq!(finding(&world, 0).await["ok"], true);
    assert_eq!(set_up(&world).await["contact"]["id"], contact);

    world.control.delete_custom_field(contact);
    let gone = finding(&world, 1).await;
    assert_eq!(gone["ok"], false);
    assert!(
        gone["next"].as_str().unwrap().contains("clio setup firm"),
        "{gone}"
    );
    let mut other = bo();
    other["source_id"] = "intake:other".into();
    let output = run(&world, &other).await.expect_code(1);
    let problem = &output.json()["error"]["permanent"];
    assert_eq!(problem["field"], "/marker_field", "{problem}");
    assert!(output.stderr.contains("clio setup"), "{output:#?}");
    assert_eq!(world.control.snapshot().contacts.len(), 1);

    let anew = set_up(&world).await;
    assert_eq!(anew["contact"]["status"], "created", "{anew}");
    assert_eq!(anew["matter"]["id"], told["matter"]["id"]);
    assert_eq!(finding(&world, 0).await["ok"], true);
    run(&world, &other).await.expect_code(0);
    world.finish();
}
