//! What the schemas take, and the words for what they do not.

#![allow(clippy::unwrap_used)]
use serde_json::json;

use super::*;

const MAPPING: &str = include_str!("../../mapping/mapping.schema.json");

fn told(case: &Value) -> Vec<String> {
    let mut told: Vec<String> = check(case).iter().map(ToString::to_string).collect();
    told.sort();
    told
}

fn parsed(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap()
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&parsed(SCHEMA)));
}

#[test]
fn every_member_of_the_schema_is_described() {
    fn undescribed(at: &str, schema: &Value, found: &mut Vec<String>) {
        let Some(object) = schema.as_object() else {
            return;
        };
        if let Some(members) = object.get("properties").and_then(Value::as_object) {
            for (name, member) in members {
                let at = format!("{at}/{name}");
                let referred = member["$ref"]
                    .as_str()
                    .is_some_and(|to| ["client", "matter"].iter().any(|name| to.ends_with(name)));
                if member.get("description").is_none() && !referred {
                    found.push(at.clone());
                }
                undescribed(&at, member, found);
            }
        }
        if let Some(items) = object.get("items") {
            undescribed(&format!("{at}/items"), items, found);
        }
    }
    let schema = parsed(SCHEMA);
    let mut found = Vec::new();
    undescribed("", &schema, &mut found);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        undescribed(name, definition, &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_mistake_is_told_at_its_pointer_and_without_the_value() {
    let case = json!({
        "source_id": "",
        "client": {"first_name": 7, "emial": "ann@example.com", "on_name_conflict": "guess"},
        "matter": {"practice_area_id": 0},
        "documents": [{"source_id": "a", "file": "a.pdf", "approved": "yes",
            "media_type": "pdf"}],
    });
    let told = told(&case);
    assert_eq!(
        told,
        [
            "/client/emial: is not known here",
            "/client/first_name: must be of type string",
            "/client/on_name_conflict: must be one of link, create",
            "/documents/0/approved: must be of type boolean",
            "/documents/0/media_type: must be a media type, such as application/pdf",
            "/matter/practice_area_id: must be the id of a record in Clio, a number from 1 on",
            "/matter/title: is missing",
            "/source_id: must not be empty",
        ]
    );
    assert!(!told.concat().contains("ann@example.com"));
}

#[test]
fn what_is_not_understood_is_never_passed_over() {
    for schema in [
        json!({"format": "email"}),
        json!({"pattern": "^a$"}),
        json!({"minLength": 2}),
        json!({"type": "text"}),
        json!({"anyOf": []}),
        json!({"$ref": "#/$defs/absent"}),
        json!({"$ref": "case.schema.json"}),
        json!({"maxLength": "long"}),
        json!(true),
        json!({"additionalProperties": true}),
    ] {
        let mistakes = against(&schema.to_string(), &json!({"a": 1}));
        let refused = mistakes[0].what.contains("the schema is not right");
        assert!(refused, "{schema}: {mistakes:?}");
    }
}

fn case() -> Value {
    json!({
        "$schema": "x",
        "source_id": "intake:17",
        "began": "2026-01-05T10:00:00Z",
        "client": {
            "source_id": "person:1", "id": 7, "first_name": "Ann", "last_name": "Lee",
            "middle_name": "B", "prefix": "Dr.", "title": "Partner", "company_id": "8",
            "company_name": "", "email": "ann@example.com",
            "emails": [{"address": "a@example.com", "label": "work"}, " "],
            "phone": "1", "phones": [{"number": "2", "label": "fax"}],
            "addresses": [{"street": "1 A", "city": "B", "province": "C", "postal_code": "D",
                "country": "E", "label": "billing"}],
            "on_name_conflict": "link", "on_removed": "create", "marker_field": 9,
            "fields": {"a": "b", "c": 1.5, "d": true, "e": null},
        },
        "matter": {
            "id": 1, "title": "Lee", "case_number": "17", "numbering": "manual",
            "case_type": "PI", "practice_area_id": 2, "stage": "Intake", "stage_id": "3",
            "status": "open", "marker_field": 4, "on_removed": "", "fields": {"x": "y"},
        },
        "documents": [{
            "source_id": "a", "file": "a.pdf", "name": "A.pdf", "approved": true,
            "approval": {"approver": "Bo", "at": "2026-01-05T10:00:00Z", "sha256": "a".repeat(64)},
            "media_type": "application/pdf", "folder": 5, "category": 6, "kind": "letter",
            "received_at": null,
        }],
    })
}

fn mapping() -> Value {
    json!({
        "$schema": "x", "version": 1,
        "case_types": {"PI": "Injury", "wills": {"practice_area": 7, "stage": "Intake"}},
        "client_fields": {"a": 1},
        "matter_fields": {"court": {"field": "Court", "values": {"S": "Superior"}}},
        "document_kinds": {"letter": {"category": 3, "folder": ["Letters", "In"]}},
    })
}

/// The pointers of all that a value holds.
fn pointers(value: &Value, at: &Pointer, found: &mut Vec<Pointer>) {
    found.push(at.clone());
    for (name, value) in value.as_object().into_iter().flatten() {
        pointers(value, &at.then(name), found);
    }
    for (index, value) in elements(value).iter().enumerate() {
        pointers(value, &at.then(index), found);
    }
}

/// What stands in each place in turn.
fn odd() -> Vec<Value> {
    let mut odd = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(1.0),
        json!(1.5),
        json!(-1),
        json!(2),
        json!(9_007_199_254_740_991_u64),
        json!(9_007_199_254_740_993_u64),
        json!(u64::MAX),
        json!(1e300),
        json!([]),
        json!([""]),
        json!([1]),
        json!({}),
        json!({"a": {}}),
        json!({"a": "a/b"}),
        json!({"practice_area": "x"}),
        json!([{}]),
        json!([{"label": "work"}]),
        json!({"fields": {}}),
    ];
    let texts = [
        "",
        " ",
        "\t\n",
        "\u{a0}",
        "\u{85}",
        "\u{feff}",
        "\u{2028}",
        "\u{200b}",
        "a",
        "0",
        "1",
        "01",
        "1\n",
        "999999999999999999",
        "1999999999999999999",
        "-1",
        "١",
        "link",
        "create",
        "work",
        "pager",
        "closed",
        "manual",
        "a/b",
        "a\\b",
        "a/b/c",
        "text/plain",
        "text/pl ain",
        "text/",
        "é/é",
        "application/pdf\n",
        "a\nb",
    ];
    odd.extend(texts.map(Value::from));
    for length in [255, 256, 2000, 2001, 65_535, 65_536] {
        odd.push(Value::from("é".repeat(length)));
    }
    for digest in [
        "a".repeat(64),
        "A".repeat(64),
        "a".repeat(63),
        "g".repeat(64),
    ] {
        odd.push(digest.into());
    }
    for count in [20, 21, 1000, 1001] {
        odd.push(vec![json!("x"); count].into());
        odd.push(vec![json!({"source_id": "a", "file": "b"}); count].into());
    }
    for count in [500, 501] {
        odd.push((0..count).map(|n| (n.to_string(), json!("x"))).collect());
    }
    odd
}

/// A validator of all of JSON Schema takes and refuses the same.
#[test]
fn the_same_is_taken_as_by_a_validator_of_all_of_json_schema() {
    for (text, sample) in [(SCHEMA, case()), (MAPPING, mapping())] {
        let validator = jsonschema::validator_for(&parsed(text)).unwrap();
        let (mut taken, mut refused) = (0, 0);
        let mut compare = |value: &Value, at: &Pointer| {
            let mistakes = against(text, value);
            let fits = validator.is_valid(value);
            assert_eq!(mistakes.is_empty(), fits, "{}: {mistakes:?}", at.as_str());
            match fits {
                true => taken += 1,
                false => refused += 1,
            }
        };
        compare(&sample, &Pointer::root());
        let mut places = Vec::new();
        pointers(&sample, &Pointer::root(), &mut places);
        for at in &places {
            for odd in odd() {
                let mut value = sample.clone();
                *value.pointer_mut(at.as_str()).unwrap() = odd;
                compare(&value, at);
            }
            let mut value = sample.clone();
            if let Some(members) = value.pointer_mut(at.as_str()).unwrap().as_object_mut() {
                members.insert("another".into(), json!("x"));
                compare(&value, at);
            }
            let (parent, name) = at.as_str().rsplit_once('/').unwrap_or_default();
            let mut value = sample.clone();
            if let Some(members) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
                members.remove(name);
                compare(&value, at);
            }
        }
        assert!(taken > 300 && refused > 300, "{taken}, {refused}");
    }
}
