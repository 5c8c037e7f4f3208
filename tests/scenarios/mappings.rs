//! A platform's own terms become a firm's in Clio: a case type its practice area
//! and stage, a field its custom field, a kind of document its category and
//! folder. What a mapping lacks is reported, and the case goes on.

use clio_sandbox::{NewCustomField, Snapshot};
use clio_tests::{CommandOutput, World};
use serde_json::{Value, json};

/// An account with what the mapping below names, and a case for it.
async fn world() -> (World, String) {
    let world = World::new().await;
    let area = world.control.add_practice_area("Personal Injury");
    world.control.add_stage(area, "Intake");
    world.control.add_document_category("Letters");
    for field in [
        NewCustomField::new("Statute of limitations", "Matter", "date"),
        NewCustomField::picklist("Court", "Matter", &["Superior Court", "Court of Appeal"]),
        NewCustomField::new("Language", "Contact", "text_line"),
    ] {
        world.control.add_custom_field(field);
    }
    for file in ["a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf", "f.pdf"] {
        world.file(file, format!("%PDF-1.4 {file}"));
    }
    let case = write(&world, "case.json", &case());
    (world, case)
}

fn write(world: &World, name: &str, value: &Value) -> String {
    let path = world.file(name, value.to_string());
    path.to_str().unwrap().to_owned()
}

fn case() -> Value {
    let document = |name: &str, kind: &str| json!({"source_id": name, "file": format!("{name}.pdf"), "kind": kind, "approved": true});
    json!({
        "source_id": "intake:case-17",
        "client": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com",
            "fields": {"language": "es"}},
        "matter": {"title": "Lee v. Harbor", "case_type": "PI",
            "fields": {"limit": "2027-01-01", "court": "SUP"}},
        "documents": [
            document("a", "letter"), document("b", "Letter"), document("c", "letter"),
            document("d", "letter"), document("e", "answer"), document("f", "letter"),
        ],
    })
}

fn mapping() -> Value {
    json!({
        "version": 1,
        "case_types": {"PI": {"practice_area": "Personal Injury", "stage": "Intake"}},
        "client_fields": {"language": {"field": "Language", "values": {"es": "Spanish"}}},
        "matter_fields": {
            "limit": "Statute of limitations",
            "court": {"field": "Court", "values": {"sup": "Superior Court"}},
        },
        "document_kinds": {
            "letter": {"category": "Letters", "folder": ["Correspondence", "In"]},
            "answer": {"folder": ["Correspondence", "Out"]},
        },
    })
}

async fn sync(world: &World, case: &str, mapping: &str) -> CommandOutput {
    let args = ["sync", case, "--mapping", mapping, "--json"];
    world.clio(&args).await
}

/// The names of the folders from the matter's down to a document's.
fn place(snapshot: &Snapshot, name: &str) -> Vec<String> {
    let document = snapshot.documents.iter().find(|it| it.name == name);
    let mut at = Some(document.unwrap().folder);
    let mut names = Vec::new();
    while let Some(folder) = at.and_then(|id| snapshot.folders.iter().find(|it| it.id == id)) {
        names.insert(0, folder.name.clone());
        at = folder.parent;
    }
    names.remove(0);
    names
}

#[tokio::test]
async fn a_case_goes_where_the_mapping_says() {
    let (world, case) = world().await;
    let path = write(&world, "firm.json", &mapping());
    let report = sync(&world, &case, &path).await.expect_code(0).json();
    assert!(report.get("notes").is_none(), "{report}");
    assert_eq!(report["fields"][0]["status"], "written");
    assert_eq!(report["fields"][1]["status"], "written");

    let snapshot = world.control.snapshot();
    let matter = &snapshot.matters[0];
    assert_eq!(
        matter.practice_area,
        world.control.practice_area_named("Personal Injury")
    );
    assert_eq!(
        matter.stage,
        world.control.stage_named("Personal Injury", "Intake")
    );
    assert_eq!(matter.values.len(), 2);
    let holds = |value: &str| {
        matter
            .values
            .iter()
            .any(|it| it.value.as_deref() == Some(value))
    };
    assert!(holds("2027-01-01"));
    assert_eq!(
        snapshot.contacts[0].values[0].value.as_deref(),
        Some("Spanish")
    );
    // Four at once, and each folder is there once.
    assert_eq!(world.count("POST", "/folders"), 3);
    for name in ["a.pdf", "b.pdf", "c.pdf", "d.pdf", "f.pdf"] {
        assert_eq!(place(&snapshot, name), ["Correspondence", "In"]);
    }
    assert_eq!(place(&snapshot, "e.pdf"), ["Correspondence", "Out"]);
    let letters = snapshot.document_categories[0].id;
    let of = |name: &str| {
        let mut documents = snapshot.documents.iter();
        documents.find(|it| it.name == name).unwrap().category
    };
    assert_eq!((of("a.pdf"), of("e.pdf")), (Some(letters), None));
    assert_eq!(world.count("GET", "/document_categories"), 1);

    // The first time, what another machine may have made is looked for as well.
    for most in [6, 4] {
        world.control.clear_trace();
        let report = sync(&world, &case, &path).await.expect_code(0).json();
        assert_eq!(world.writes(), 0);
        assert!(world.api().len() <= most, "{:?}", world.requests());
        assert_eq!(report["fields"][0]["status"], "unchanged");
    }
    world.finish();
}

#[tokio::test]
async fn what_a_mapping_lacks_is_reported_and_the_case_goes_on() {
    let (world, case) = world().await;
    let mut lacking = mapping();
    lacking["case_types"] = json!({"Wills": "Estate Planning"});
    lacking["matter_fields"] = json!({"limit": "Statute of limitations"});
    lacking["document_kinds"]
        .as_object_mut()
        .unwrap()
        .remove("answer");
    let path = write(&world, "firm.json", &lacking);
    let report = sync(&world, &case, &path).await.expect_code(0).json();
    let told: Vec<_> = report["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| (note["code"].as_str().unwrap(), note["at"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("unmapped_case_type", "/matter/case_type"),
            ("unmapped_field", "/matter/fields/court"),
            ("unmapped_document_kind", "/documents/4/kind"),
        ]
    );
    let snapshot = world.control.snapshot();
    assert_eq!(snapshot.matters[0].practice_area, None);
    assert_eq!(snapshot.matters[0].values.len(), 1);
    assert_eq!(snapshot.documents.len(), 6);
    assert!(place(&snapshot, "e.pdf").is_empty());

    let told = world.clio(&["sync", &case, "--mapping", &path]).await;
    let told = told.expect_code(0).stdout;
    assert!(
        told.contains("note: /matter/case_type: the case type \"PI\""),
        "{told}"
    );
    world.finish();
}

#[tokio::test]
async fn a_field_that_was_written_is_left_to_people() {
    let (world, case) = world().await;
    let path = write(&world, "firm.json", &mapping());
    sync(&world, &case, &path).await.expect_code(0);
    let matter = world.control.snapshot().matters[0].id;
    let by_hand = json!({
        "of": {"matter": matter},
        "values": [{"field": {"name": "Statute of limitations"}, "value": {"text": "2028-02-02"}}],
    });
    let action = clio_tests::host().load_action("custom-fields").unwrap();
    let written = world.call().invoke(&action, Some("write"), by_hand).await;
    written.unwrap();
    sync(&world, &case, &path).await.expect_code(0);
    let values = &world.control.snapshot().matters[0].values;
    assert!(
        values
            .iter()
            .any(|it| it.value.as_deref() == Some("2028-02-02"))
    );

    // A new value in the case is one to write.
    let mut changed = crate::mappings::case();
    changed["matter"]["fields"]["limit"] = json!("2029-03-03");
    write(&world, "case.json", &changed);
    sync(&world, &case, &path).await.expect_code(0);
    let values = &world.control.snapshot().matters[0].values;
    assert!(
        values
            .iter()
            .any(|it| it.value.as_deref() == Some("2029-03-03"))
    );
    world.finish();
}

#[tokio::test]
async fn a_value_that_a_field_does_not_take_fails_alone() {
    let (world, _) = world().await;
    let path = write(&world, "firm.json", &mapping());
    let mut wrong = crate::mappings::case();
    wrong["matter"]["fields"]["court"] = json!("The Moon");
    let case = write(&world, "wrong.json", &wrong);
    let output = sync(&world, &case, &path).await;
    assert_ne!(output.code, 0);
    assert!(
        output.stderr.contains("at /matter/fields/court"),
        "{}",
        output.stderr
    );
    let report = output.json();
    assert_eq!(report["fields"][1]["status"], "failed");
    assert_eq!(
        report["fields"][1]["error"]["permanent"]["code"],
        "invalid_input"
    );
    let snapshot = world.control.snapshot();
    assert!(snapshot.matters[0].values.is_empty(), "all or none");
    assert_eq!(snapshot.documents.len(), 6);
    world.finish();
}

#[tokio::test]
async fn the_default_is_used_where_none_is_named_and_a_wrong_one_sends_nothing() {
    let (world, case) = world().await;
    let path = world.clio(&["mappings", "init", "default"]).await;
    let path = path.expect_code(0).stdout.trim().to_owned();
    // It begins with folders for common kinds, and with names as they are.
    std::fs::write(&path, mapping().to_string()).unwrap();
    world.clio(&["sync", &case]).await.expect_code(0);
    assert!(world.control.snapshot().matters[0].stage.is_some());
    let again = world.clio(&["mappings", "init", "default"]).await;
    assert_eq!(again.expect_code(64).stdout, "", "never overwritten");
    let listed = world.clio(&["mappings", "list"]).await.expect_code(0);
    assert_eq!(listed.stdout.trim(), "default");

    world.control.clear_trace();
    std::fs::write(&path, r#"{"version": 1, "case_typs": {}}"#).unwrap();
    let output = world.clio(&["sync", &case]).await.expect_code(64);
    assert!(output.stderr.contains("/case_typs"), "{}", output.stderr);
    assert!(world.api().is_empty());
    world.finish();
}

#[tokio::test]
async fn check_finds_each_name_that_the_account_lacks() {
    let (world, _) = world().await;
    let path = write(&world, "firm.json", &mapping());
    world
        .clio(&["mappings", "check", &path])
        .await
        .expect_code(0);
    assert_eq!(world.writes(), 0);

    let area = world
        .control
        .practice_area_named("Personal Injury")
        .unwrap();
    let mut wrong = mapping();
    wrong["case_types"] = json!({
        "PI": {"practice_area": "Personal Injury", "stage": "Trial"},
        "Wills": "Wills", "By id": area, "Wrong id": 999_999,
    });
    wrong["client_fields"]["language"] = json!("Tongue");
    wrong["matter_fields"]["court"]["values"]["app"] = json!("Court of Appeals");
    wrong["document_kinds"]["answer"]["category"] = json!("Answers");
    let path = write(&world, "wrong.json", &wrong);
    let output = world.clio(&["mappings", "check", &path, "--json"]).await;
    let found = output.expect_code(1).json();
    let at: Vec<_> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["at"].as_str().unwrap())
        .collect();
    assert_eq!(
        at,
        [
            "/case_types/PI/stage",
            "/case_types/Wills",
            "/case_types/Wrong id",
            "/client_fields/language",
            "/matter_fields/court/values/app",
            "/document_kinds/answer/category",
        ]
    );
    world.finish();
}

#[tokio::test]
async fn a_mapping_that_is_begun_from_the_account_fits_it() {
    let (world, case) = world().await;
    let begun = world
        .clio(&["mappings", "init", "firm", "--from-account"])
        .await;
    let path = begun.expect_code(0).stdout.trim().to_owned();
    let text: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(text["case_types"]["Personal Injury"], "Personal Injury");
    assert_eq!(
        text["matter_fields"]["statute_of_limitations"],
        "Statute of limitations"
    );
    assert_eq!(text["document_kinds"]["letters"]["category"], "Letters");
    assert_eq!(
        text["document_kinds"]["letter"]["folder"],
        json!(["Correspondence"])
    );
    world
        .clio(&["mappings", "check", "firm"])
        .await
        .expect_code(0);
    // Values stand as they are until somebody says what they become.
    let mut case_of_account = crate::mappings::case();
    case_of_account["matter"]["fields"] = json!({"court": "superior court"});
    write(&world, "case.json", &case_of_account);
    let output = sync(&world, &case, "firm").await.expect_code(0).json();
    assert_eq!(output["notes"][0]["code"], "unmapped_case_type");
    world.finish();
}
