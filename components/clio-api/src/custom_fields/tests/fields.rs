//! Which fields and options there are, and what may not be seen of them.

use clio_types::custom_fields::{Change, Content, FieldType, Owner, ReadRequest};
use clio_types::types::ProblemCode;
use serde_json::{Value, json};

use super::super::read;
use super::{
    GET, LIST, OF, PATCH, by_id, by_name, changes, definition, definitions, picklist, record,
    value, write_all,
};
use crate::scripted::{Script, data, raw, refused, rows};

#[test]
fn a_label_that_misses_is_answered_with_the_labels_that_there_are() {
    let long = "y".repeat(60);
    let options: Vec<(u64, String)> = (0..60)
        .map(|n| (100 + n, format!("Option {n}")))
        .chain([(61, long)])
        .rev()
        .collect();
    let options: Vec<(u64, &str)> = options.iter().map(|(id, l)| (*id, l.as_str())).collect();
    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&json!([picklist(6, "Track", &options)])));
    let failure = write_all(&mut clio, vec![by_name("Track", "Secret plan")]).unwrap_err();
    let message = &failure.problem.message;
    assert!(message.contains("“Option 59”, “Option 58”"), "{message}");
    assert!(
        message.contains(&format!("“{}…”", "y".repeat(55))),
        "{message}"
    );
    assert!(message.ends_with(", and 11 more."), "{message}");
    assert!(!message.contains("Secret"), "{message}");
    assert_eq!(failure.problem.candidates.len(), 61);
}

#[test]
fn names_and_labels_that_several_have_are_ambiguous() {
    let twice = json!([
        definition(1, "Court", "text_line"),
        definition(2, "court", "text_line"),
        picklist(6, "Track", &[(61, "Fast"), (62, "fast"), (63, "FAST")]),
    ]);
    let mut clio = Script::default();
    clio.on(GET, record(&[])).on(LIST, rows(&twice));
    let failure = write_all(&mut clio, vec![by_name("Court", "x")]).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Ambiguous);
    assert_eq!(failure.problem.candidates, [1, 2]);

    let mut clio = Script::default();
    clio.on(GET, record(&[])).on(LIST, rows(&twice));
    let failure = write_all(&mut clio, vec![by_name("Track", "FaSt")]).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Ambiguous);
    assert_eq!(failure.problem.candidates, [61, 62, 63]);

    // The very label is no doubt.
    let after = [value(6, "Track", "picklist", Some(9), &json!("62"))];
    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&twice))
        .on(PATCH, record(&after));
    write_all(&mut clio, vec![by_name("Track", "fast")]).unwrap();
    assert_eq!(clio.sent[2].data["custom_field_values"][0]["value"], "62");
}

#[test]
fn a_deleted_field_and_one_of_another_kind_of_record_are_not_written_to() {
    let mut deleted = definition(1, "Court", "text_line");
    deleted["deleted"] = true.into();
    let mut of_contacts = definition(2, "Budget", "currency");
    of_contacts["parent_type"] = "Contact".into();
    let listed = json!([deleted, of_contacts]);
    let by_its_id = || by_id(1, Content::Text("x".into()));
    for (value, code) in [
        (by_its_id(), ProblemCode::Removed),
        (by_name("court ", "x"), ProblemCode::Removed),
        (by_name("Budget", "1"), ProblemCode::NotFound),
    ] {
        let mut clio = Script::default();
        clio.on(GET, record(&[])).on(LIST, rows(&listed));
        if code == ProblemCode::NotFound {
            clio.on(LIST, rows(&json!([])));
        }
        let failure = write_all(&mut clio, vec![value]).unwrap_err();
        assert_eq!(failure.code(), code);
        assert_eq!(failure.problem.field.as_deref(), Some("/values/0/field"));
    }
    // CASES A2: whether a list of definitions holds the deleted ones is open.
    // What it leaves out, the record may show, and Clio tells when asked.
    let mut shown = value(1, "Court", "text_line", Some(4), &json!("Old"));
    shown["soft_deleted"] = true.into();
    let standing = json!([definition(3, "Filed", "date")]);
    for value in [by_its_id(), by_name("Court", "x")] {
        let mut clio = Script::default();
        clio.on(GET, record(&[shown.clone()]))
            .on(LIST, rows(&standing));
        let failure = write_all(&mut clio, vec![value.clone()]).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Removed);
        assert_eq!(failure.problem.candidates, [1]);

        let mut clio = Script::default();
        clio.on(GET, record(&[]))
            .on(LIST, rows(&standing))
            .on(LIST, rows(&listed));
        let failure = write_all(&mut clio, vec![value]).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Removed);
        assert_eq!(clio.sent[2].param("deleted"), Some("true"));
    }
    // One that took the name of a deleted field is meant by it.
    let again = json!([listed[0].clone(), definition(5, "Court", "text_line")]);
    let after = [value(5, "Court", "text_line", Some(9), &json!("x"))];
    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&again))
        .on(PATCH, record(&after));
    let outcome = write_all(&mut clio, vec![by_name("Court", "x")]).unwrap();
    assert_eq!(changes(&outcome), [(5, Change::Created)]);
}

// CASES A1
#[test]
fn what_may_not_be_seen_is_forbidden_and_no_empty_field() {
    let own = |members: Value| {
        let mut row = json!({ "id": "text_line-1", "field_name": null, "field_type": null,
            "value": null, "custom_field": { "id": 1 } });
        for (name, value) in members.as_object().unwrap() {
            row[name] = value.clone();
        }
        row
    };
    let redacted = json!({ "redacted": true });
    let court = value(2, "Claim", "currency", Some(5), &json!("5"));
    let mut bare = own(json!({}));
    bare.as_object_mut()
        .unwrap()
        .retain(|name, _| name == "id" || name == "custom_field");
    for values in [
        json!([court, own(json!({}))]),
        json!([own(json!({ "value": "" }))]),
        json!([own(json!({ "field_type": "text_line", "value": redacted }))]),
        json!([own(json!({ "custom_field": redacted }))]),
        json!([bare]),
        redacted,
        Value::Null,
    ] {
        let answer = || data(&json!({ "id": 3, "custom_field_values": values }));
        let mut clio = Script::default();
        clio.on(GET, answer());
        let failure = read(&mut clio, &ReadRequest { of: OF }).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Forbidden, "{values}");

        let mut clio = Script::default();
        clio.on(GET, answer());
        let failure = write_all(&mut clio, vec![by_name("Court", "x")]).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Forbidden, "{values}");
    }
    let mut clio = Script::default();
    clio.on(GET, data(&json!({ "id": 3 })));
    let failure = read(&mut clio, &ReadRequest { of: OF }).unwrap_err();
    assert_eq!(
        failure.code(),
        ProblemCode::Forbidden,
        "a member that is missing"
    );

    // A value that was emptied, and a field that never had one, are none.
    let emptied = value(1, "Court", "text_line", Some(4), &Value::Null);
    let never = value(3, "Filed", "date", None, &Value::Null);
    let mut clio = Script::default();
    clio.on(GET, record(&[emptied, never]));
    let outcome = read(&mut clio, &ReadRequest { of: OF }).unwrap();
    assert_eq!(outcome.values.len(), 2);
    assert!(outcome.values.iter().all(|it| it.value.is_none()));
}

// CASES A1
#[test]
fn a_definition_that_may_not_be_seen_is_forbidden_and_of_no_newer_release() {
    let mut hidden = definition(1, "Court", "text_line");
    hidden["field_type"] = Value::Null;
    let newer = definition(2, "Seal", "signature");
    for (listed, value, code) in [
        (
            json!([hidden]),
            by_name("Court", "x"),
            ProblemCode::Forbidden,
        ),
        (
            json!([newer]),
            by_name("Seal", "x"),
            ProblemCode::UnexpectedAnswer,
        ),
        // A name that is not told may be the one.
        (
            json!([{ "id": 1, "name": null, "parent_type": null, "field_type": null }]),
            by_name("Court", "x"),
            ProblemCode::Forbidden,
        ),
    ] {
        let mut clio = Script::default();
        clio.on(GET, record(&[])).on(LIST, rows(&listed));
        let failure = write_all(&mut clio, vec![value]).unwrap_err();
        assert_eq!(failure.code(), code, "{listed}");
        assert_eq!(failure.problem.field.as_deref(), Some("/values/0/field"));
    }
    // The same of what the record shows, where definitions are closed.
    let mut shown = value(1, "Court", "text_line", None, &Value::Null);
    shown["field_type"] = Value::Null;
    let mut clio = Script::default();
    clio.on(GET, record(&[shown]))
        .on(LIST, refused(403, "ForbiddenError", "no"));
    let failure = write_all(&mut clio, vec![by_name("Court", "x")]).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Forbidden);
}

#[test]
fn a_write_that_hides_what_became_of_it_is_told() {
    let after = data(&json!({ "id": 3, "custom_field_values": null }));
    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&definitions()))
        .on(PATCH, after);
    let failure = write_all(&mut clio, vec![by_name("Court", "New")]).unwrap_err();
    assert!(
        failure.problem.message.contains("does not show"),
        "{failure}"
    );
}

#[test]
fn without_definitions_the_fields_that_the_record_shows_can_be_written() {
    let mut track = value(6, "Track", "picklist", Some(16), &json!("61"));
    track["picklist_option"] = json!({ "id": 61, "option": "Fast" });
    let before = [
        value(2, "Claim", "currency", None, &Value::Null),
        track.clone(),
    ];
    let forbidden = || refused(403, "ForbiddenError", "no");
    let after = [value(2, "Claim", "currency", Some(5), &json!("5")), track];
    let mut clio = Script::default();
    clio.on(GET, record(&before))
        .on(LIST, forbidden())
        .on(PATCH, record(&after));
    let outcome = write_all(
        &mut clio,
        vec![by_name("Claim", "5"), by_name("Track", "Fast")],
    )
    .unwrap();
    assert_eq!(
        changes(&outcome),
        [(2, Change::Created), (6, Change::Unchanged)]
    );

    for (value, pointer) in [
        (by_name("Court", "x"), "/values/0/field"),
        (by_name("Track", "Slow"), "/values/0/value/text"),
    ] {
        let mut clio = Script::default();
        clio.on(GET, record(&before)).on(LIST, forbidden());
        let failure = write_all(&mut clio, vec![value]).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Forbidden);
        assert_eq!(failure.problem.field.as_deref(), Some(pointer));
        let message = &failure.problem.message;
        assert!(message.contains("“Custom fields”"), "{message}");
    }
    // A firewall's refusal is no missing permission.
    let mut clio = Script::default();
    clio.on(GET, record(&before))
        .on(LIST, raw(403, "<html></html>"));
    let failure = write_all(&mut clio, vec![by_name("Claim", "5")]).unwrap_err();
    assert!(failure.problem.message.contains("firewall"), "{failure}");
}

#[test]
fn values_that_may_not_be_seen_are_not_taken_for_absent() {
    let blank = json!({ "id": "text_line-1", "field_name": null, "field_type": null,
        "value": null, "custom_field": null });
    for hidden in [json!([blank]), json!({ "redacted": true })] {
        let answer = json!({ "id": 3, "custom_field_values": hidden });
        let mut clio = Script::default();
        clio.on(GET, data(&answer));
        let failure = write_all(&mut clio, vec![by_name("Court", "x")]).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Forbidden);
        let mut clio = Script::default();
        clio.on(GET, data(&answer));
        let failure = read(&mut clio, &ReadRequest { of: OF }).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Forbidden);
    }
}

#[test]
fn reading_tells_names_types_and_labels_with_one_request() {
    let mut track = value(6, "Track", "picklist", Some(16), &json!(61));
    track["picklist_option"] = json!({ "id": 61, "option": "Fast" });
    let mut old = value(9, "Old", "date", Some(3), &json!("2020-01-01"));
    old["soft_deleted"] = true.into();
    let shown = [
        value(1, "Court", "text_line", None, &Value::Null),
        value(2, "Claim", "currency", Some(12), &json!(1250.5)),
        value(5, "Urgent", "checkbox", Some(15), &json!(true)),
        track,
        old,
        value(10, "New", "hologram", Some(4), &json!("x")),
    ];
    let mut clio = Script::default();
    clio.on(GET, record(&shown));
    let outcome = read(&mut clio, &ReadRequest { of: OF }).unwrap();
    clio.done();
    let told: Vec<_> = outcome
        .values
        .iter()
        .map(|v| (v.field, v.kind, v.value.as_deref(), v.choice, v.deleted))
        .collect();
    assert_eq!(
        told,
        [
            (1, Some(FieldType::TextLine), None, None, false),
            (2, Some(FieldType::Currency), Some("1250.5"), None, false),
            (5, Some(FieldType::Checkbox), Some("true"), None, false),
            (6, Some(FieldType::Picklist), Some("Fast"), Some(61), false),
            (9, Some(FieldType::Date), Some("2020-01-01"), None, true),
            (10, None, Some("x"), None, false),
        ]
    );
    assert_eq!(outcome.values[1].name.as_deref(), Some("Claim"));
    assert!(!outcome.labels_hidden);
}

#[test]
fn labels_that_are_missing_come_from_the_definitions_or_are_said_to_be_hidden() {
    let track = [value(6, "Track", "picklist", Some(16), &json!("61"))];
    let mut clio = Script::default();
    clio.on(GET, record(&track)).on(LIST, rows(&definitions()));
    let outcome = read(&mut clio, &ReadRequest { of: OF }).unwrap();
    assert_eq!(outcome.values[0].value.as_deref(), Some("Fast"));
    assert!(!outcome.labels_hidden);

    let mut clio = Script::default();
    clio.on(GET, record(&track))
        .on(LIST, refused(403, "ForbiddenError", "no"));
    let outcome = read(&mut clio, &ReadRequest { of: OF }).unwrap();
    assert_eq!(outcome.values[0].value, None);
    assert_eq!(outcome.values[0].choice, Some(61));
    assert!(outcome.labels_hidden);
}

#[test]
fn a_record_that_is_not_there_is_named() {
    let mut clio = Script::default();
    clio.on(
        "GET contacts/4.json",
        refused(404, "RecordNotFound", "not found"),
    );
    let of = Owner::Contact(4);
    let failure = read(&mut clio, &ReadRequest { of }).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::NotFound);
    assert_eq!(failure.problem.field.as_deref(), Some("/of/contact"));
}
