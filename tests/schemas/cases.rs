//! Case files, against their schema and against the actions.

use clio_runner::fuzzing::{self, CASE_SCHEMA, Files};
use serde_json::{Value, json};

use crate::made::{self, Dice};
use crate::spoilt::spoil;

/// How many case files are made, and how often each is spoilt.
const CASES: u64 = 300;
const SPOILT: usize = 4;

/// A case file by its schema, with what a schema cannot say put right often
/// enough for some to be taken.
fn made(dice: &mut Dice, schema: &Value) -> Value {
    let mut case = made::value(dice, schema, schema);
    let client = case["client"].as_object_mut().unwrap();
    if client
        .get("company_name")
        .and_then(Value::as_str)
        .is_some_and(|it| !it.trim().is_empty())
    {
        client.retain(|name, _| {
            ![
                "first_name",
                "last_name",
                "middle_name",
                "prefix",
                "title",
                "company_id",
            ]
            .contains(&name.as_str())
        });
    } else {
        client.insert("last_name".to_owned(), json!("Lee"));
    }
    for name in ["email", "phone"] {
        if client.contains_key(name) {
            let said = if name == "email" {
                "ann@example.com"
            } else {
                "(305) 555-0147"
            };
            client.insert(name.to_owned(), json!(said));
        }
    }
    for (list, member, said) in [
        ("emails", "address", "bo@example.com"),
        ("phones", "number", "+1 305 555 0148"),
    ] {
        for element in client
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if element[member].is_string() {
                element[member] = json!(said);
            }
        }
    }
    let matter = case["matter"].as_object_mut().unwrap();
    if dice.roll(2) == 0 {
        matter.remove("case_type");
        matter.remove("stage");
    } else {
        matter.remove("practice_area_id");
        matter.remove("stage_id");
        matter.insert("case_type".to_owned(), json!("Family"));
    }
    if !case["began"].is_null() {
        case["began"] = json!("2026-03-01T09:30:00-05:00");
    }
    let mut number = 0;
    for document in case
        .get_mut("documents")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        number += 1;
        document["source_id"] = json!(format!("doc {number}"));
        document["file"] = json!("here.pdf");
        if !document["received_at"].is_null() {
            document["received_at"] = json!("2026-03-01T09:30:00Z");
        }
        // An approval is taken no more, and a draft is in the place of a file.
        document["approval"] = Value::Null;
        if number % 3 == 0 {
            document.as_object_mut().unwrap().remove("file");
            document["draft"] = json!("0123456789abcdef01234567");
            document["name"] = json!("draft.docx");
        } else {
            document["draft"] = Value::Null;
        }
    }
    case
}

// CASES V3, V4, V7
#[tokio::test(flavor = "multi_thread")]
async fn what_the_check_takes_no_action_refuses_and_what_the_schema_refuses_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("here.pdf"), "%PDF").unwrap();
    let files = Files::open(folder.path()).unwrap();
    let schema: Value = serde_json::from_str(CASE_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let home = tempfile::tempdir().unwrap();
    let rehearsal = fuzzing::Rehearsal::new(home.path()).unwrap();
    let (mut taken, mut wrong) = (0, Vec::new());
    for seed in 0..CASES {
        let mut dice = Dice::new(seed + 1);
        let whole = made(&mut dice, &schema);
        for round in 0..=SPOILT {
            let mut case = whole.clone();
            if round > 0 {
                spoil(&mut dice, &mut case);
            }
            let text = case.to_string();
            let shown: String = text.chars().take(700).collect();
            match rehearsal.refused(text.as_bytes(), &files).await {
                Ok(refused) => {
                    taken += 1;
                    if !validator.is_valid(&case) {
                        wrong.push(format!("taken, and the schema refuses it: {shown}"));
                    }
                    for mistake in refused {
                        wrong.push(format!(
                            "taken, and an action refuses {}: {shown}",
                            mistake.shown
                        ));
                    }
                }
                Err(mistakes) => {
                    assert!(!mistakes.is_empty(), "{shown}");
                    if round == 0 && taken == 0 && seed > 50 {
                        wrong.push(format!("{:?}", mistakes[0].shown));
                    }
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    let first: Vec<_> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} disagree: {first:#?}", wrong.len());
    assert!(taken > CASES, "only {taken} were taken");
}

// CASES V3
#[test]
fn every_member_that_may_be_left_out_may_be_null_or_empty() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("here.pdf"), "%PDF").unwrap();
    let files = Files::open(folder.path()).unwrap();
    let schema: Value = serde_json::from_str(CASE_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let case = |place: &str, name: &str, value: &Value| {
        let mut case = json!({
            "source_id": "i:1",
            "client": {"last_name": "Lee", "emails": [{"address": "a@b.example"}],
                "phones": [{"number": "5550100"}], "addresses": [{"city": "Lund"}]},
            "matter": {"title": "t"},
            "documents": [{"source_id": "a", "file": "here.pdf", "approved": true}],
        });
        case.pointer_mut(place).unwrap()[name] = value.clone();
        case
    };
    let mut tried = 0;
    for (place, definition) in [
        ("", ""),
        ("/client", "/$defs/client"),
        ("/matter", "/$defs/matter"),
        ("/documents/0", "/$defs/document"),
        (
            "/client/emails/0",
            "/$defs/client/properties/emails/anyOf/0/items/anyOf/0",
        ),
        (
            "/client/phones/0",
            "/$defs/client/properties/phones/anyOf/0/items/anyOf/0",
        ),
        (
            "/client/addresses/0",
            "/$defs/client/properties/addresses/anyOf/0/items/anyOf/0",
        ),
    ] {
        let of = schema.pointer(definition).unwrap();
        let required = of["required"].as_array().cloned().unwrap_or_default();
        for name in of["properties"].as_object().unwrap().keys() {
            // Without a name nobody is meant, and without a file no document.
            if required.contains(&json!(name)) || ["last_name", "file"].contains(&name.as_str()) {
                continue;
            }
            for nothing in [json!(null), json!(""), json!("  ")] {
                let case = case(place, name, &nothing);
                let told = fuzzing::case(case.to_string().as_bytes(), &files);
                let told = told.err().map(|mistakes| mistakes[0].shown.clone());
                assert_eq!(told, None, "{place}/{name} is {nothing}");
                assert!(validator.is_valid(&case), "{place}/{name} is {nothing}");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}
