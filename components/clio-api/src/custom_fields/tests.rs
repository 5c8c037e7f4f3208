//! What reading and writing of custom fields send and decide, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};

use super::*;
use crate::scripted::{ORIGIN, Script, data, lost, page, raw, refused, rows};
use crate::{Code, Failure, Remedy};

const GET: &str = "GET matters/3.json";
const PATCH: &str = "PATCH matters/3.json";
const LIST: &str = "GET custom_fields.json";
const OF: Owner = Owner::Matter(MatterId(3));

fn definition(id: u64, name: &str, kind: &str) -> Value {
    json!({ "id": id, "name": name, "parent_type": "Matter", "field_type": kind,
        "deleted": false, "picklist_options": null })
}

fn picklist(id: u64, name: &str, options: &[(u64, &str)]) -> Value {
    let mut row = definition(id, name, "picklist");
    row["picklist_options"] = options
        .iter()
        .map(|(id, label)| json!({ "id": id, "option": label }))
        .collect();
    row
}

/// A value that stands in the record, or a field that it shows empty.
fn value(field: u64, name: &str, kind: &str, row: Option<u64>, value: &Value) -> Value {
    json!({
        "id": row.map(|row| format!("{kind}-{row}")),
        "field_name": name, "field_type": kind, "value": value, "soft_deleted": false,
        "custom_field": { "id": field, "etag": "\"x\"" }, "picklist_option": null,
    })
}

fn record(values: &[Value]) -> crate::scripted::Reply {
    data(&json!({ "id": 3, "custom_field_values": values }))
}

fn by_name(name: &str, text: &str) -> NewValue {
    NewValue {
        field: FieldRef::Name(name.into()),
        value: Content::Text(text.into()),
    }
}

fn by_id(id: u64, value: Content) -> NewValue {
    NewValue {
        field: FieldRef::Id(CustomFieldId(id)),
        value,
    }
}

fn write_all(clio: &mut Script, values: Vec<NewValue>) -> Result<WriteOutcome, Failure> {
    let outcome = write(clio, &WriteRequest { of: OF, values });
    clio.done();
    outcome
}

fn changes(outcome: &WriteOutcome) -> Vec<(u64, Change)> {
    outcome
        .values
        .iter()
        .map(|written| (written.field.0, written.change))
        .collect()
}

fn definitions() -> Value {
    json!([
        definition(1, "Court", "text_line"),
        definition(2, "Claim", "currency"),
        definition(4, "Filed", "date"),
        definition(5, "Urgent", "checkbox"),
        picklist(6, "Track", &[(61, "Fast"), (62, "Slow")]),
        definition(7, "Judge", "contact"),
        definition(8, "Related", "matter"),
        definition(9, "Hearing", "time"),
    ])
}

#[test]
fn each_field_gets_the_form_that_fits_what_stands_there() {
    let before = [
        value(1, "Court", "text_line", Some(11), &json!("Old court")),
        // A row whose value is null is changed, not created.
        value(2, "Claim", "currency", Some(12), &Value::Null),
        // A field that the record shows without a row is created.
        value(4, "Filed", "date", None, &Value::Null),
        value(5, "Urgent", "checkbox", Some(15), &json!(true)),
        value(6, "Track", "picklist", Some(16), &json!(61)),
    ];
    let after = [
        value(1, "Court", "text_line", Some(11), &json!("New court")),
        value(2, "Claim", "currency", Some(12), &json!(1250.5)),
        value(4, "Filed", "date", Some(20), &json!("2026-03-01")),
        value(6, "Track", "picklist", Some(16), &json!(61)),
        value(9, "Hearing", "time", Some(21), &json!("09:30:00")),
    ];
    let mut clio = Script::default();
    clio.on(GET, record(&before))
        .on(LIST, rows(&definitions()))
        .on(PATCH, record(&after));
    let outcome = write_all(
        &mut clio,
        vec![
            by_name("  court ", "New court"),
            by_id(2, Content::Text("1250.50".into())),
            by_name("Filed", "2026-03-01"),
            by_id(5, Content::Clear),
            by_name("Track", "fast"),
            by_name("Hearing", "09:30"),
        ],
    )
    .unwrap();
    assert_eq!(
        changes(&outcome),
        [
            (1, Change::Updated),
            (2, Change::Updated),
            (4, Change::Created),
            (5, Change::Removed),
            (6, Change::Unchanged),
            (9, Change::Created),
        ]
    );
    assert_eq!(
        clio.sent[2].data,
        json!({ "custom_field_values": [
            { "id": "text_line-11", "value": "New court" },
            { "id": "currency-12", "value": "1250.50" },
            { "custom_field": { "id": 4 }, "value": "2026-03-01" },
            { "id": "checkbox-15", "_destroy": true },
            { "custom_field": { "id": 9 }, "value": "09:30" },
        ]})
    );
    assert_eq!(clio.sent[1].param("parent_type"), Some("matter"));
}

#[test]
fn what_stands_already_is_not_written() {
    let before = [
        value(1, "Court", "text_line", Some(11), &json!("Court")),
        value(2, "Claim", "currency", Some(12), &json!("1250.5")),
        value(5, "Urgent", "checkbox", Some(15), &json!(false)),
        value(7, "Judge", "contact", Some(17), &json!(70)),
    ];
    let mut clio = Script::default();
    clio.on(GET, record(&before)).on(LIST, rows(&definitions()));
    let outcome = write_all(
        &mut clio,
        vec![
            by_name("Court", " Court "),
            by_name("Claim", "1250.50"),
            by_name("Urgent", "false"),
            by_name("Judge", "70"),
            by_id(4, Content::Clear),
        ],
    )
    .unwrap();
    assert!(
        outcome
            .values
            .iter()
            .all(|written| written.change == Change::Unchanged)
    );
}

#[test]
fn a_bad_value_names_itself_and_nothing_is_written() {
    let slow = "x".repeat(56);
    for (bad, pointer, code) in [
        (
            by_name("Claim", "a lot"),
            "/values/1/value/text",
            Code::InvalidInput,
        ),
        (
            by_name("Filed", "2026-02-30"),
            "/values/1/value/text",
            Code::InvalidInput,
        ),
        (
            by_name("Track", "Medium"),
            "/values/1/value/text",
            Code::InvalidInput,
        ),
        (
            by_name("Track", &slow),
            "/values/1/value/text",
            Code::InvalidInput,
        ),
        (
            by_id(6, Content::Choice(99)),
            "/values/1/value/choice",
            Code::InvalidInput,
        ),
        (
            by_id(5, Content::Choice(61)),
            "/values/1/value/choice",
            Code::InvalidInput,
        ),
        (by_name("Nobody", "x"), "/values/1/field", Code::NotFound),
        (by_id(77, Content::Clear), "/values/1/field", Code::NotFound),
        (
            by_id(1, Content::Clear),
            "/values/1/field",
            Code::InvalidInput,
        ),
    ] {
        let mut clio = Script::default();
        clio.on(GET, record(&[])).on(LIST, rows(&definitions()));
        if code == Code::NotFound {
            clio.on(LIST, rows(&json!([])));
        }
        let failure = write_all(&mut clio, vec![by_name("Court", "New"), bad]).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some(pointer));
        assert_eq!(failure.code(), code, "{pointer}");
        assert_eq!(failure.remedy, Remedy::Permanent);
    }
}

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
    assert_eq!(failure.code(), Code::Ambiguous);
    assert_eq!(failure.problem.candidates, [1, 2]);

    let mut clio = Script::default();
    clio.on(GET, record(&[])).on(LIST, rows(&twice));
    let failure = write_all(&mut clio, vec![by_name("Track", "FaSt")]).unwrap_err();
    assert_eq!(failure.code(), Code::Ambiguous);
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
        (by_its_id(), Code::Removed),
        (by_name("court ", "x"), Code::Removed),
        (by_name("Budget", "1"), Code::NotFound),
    ] {
        let mut clio = Script::default();
        clio.on(GET, record(&[])).on(LIST, rows(&listed));
        if code == Code::NotFound {
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
        assert_eq!(failure.code(), Code::Removed);
        assert_eq!(failure.problem.candidates, [1]);

        let mut clio = Script::default();
        clio.on(GET, record(&[]))
            .on(LIST, rows(&standing))
            .on(LIST, rows(&listed));
        let failure = write_all(&mut clio, vec![value]).unwrap_err();
        assert_eq!(failure.code(), Code::Removed);
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
        assert_eq!(failure.code(), Code::Forbidden, "{values}");

        let mut clio = Script::default();
        clio.on(GET, answer());
        let failure = write_all(&mut clio, vec![by_name("Court", "x")]).unwrap_err();
        assert_eq!(failure.code(), Code::Forbidden, "{values}");
    }
    let mut clio = Script::default();
    clio.on(GET, data(&json!({ "id": 3 })));
    let failure = read(&mut clio, &ReadRequest { of: OF }).unwrap_err();
    assert_eq!(failure.code(), Code::Forbidden, "a member that is missing");

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
        (json!([hidden]), by_name("Court", "x"), Code::Forbidden),
        (json!([newer]), by_name("Seal", "x"), Code::UnexpectedAnswer),
        // A name that is not told may be the one.
        (
            json!([{ "id": 1, "name": null, "parent_type": null, "field_type": null }]),
            by_name("Court", "x"),
            Code::Forbidden,
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
    assert_eq!(failure.code(), Code::Forbidden);
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
fn references_are_looked_for_before_anything_is_written() {
    let wanted = || vec![by_name("Judge", "70"), by_name("Related", "80")];
    let after = [
        value(7, "Judge", "contact", Some(1), &json!(70)),
        value(8, "Related", "matter", Some(2), &json!("80")),
    ];
    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&definitions()))
        .on("GET contacts.json", rows(&json!([{ "id": 70 }])))
        .on("GET matters.json", rows(&json!([{ "id": 80 }])))
        .on(PATCH, record(&after));
    write_all(&mut clio, wanted()).unwrap();
    assert_eq!(clio.sent[2].param("ids[]"), Some("70"));

    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&definitions()))
        .on("GET contacts.json", rows(&json!([{ "id": 70 }])))
        .on("GET matters.json", rows(&json!([])));
    let failure = write_all(&mut clio, wanted()).unwrap_err();
    assert_eq!(failure.code(), Code::NotFound);
    assert_eq!(failure.problem.field.as_deref(), Some("/values/1/value"));
}

#[test]
fn many_hundreds_of_fields_go_in_one_request_over_all_pages_of_definitions() {
    let all: Vec<Value> = (1..=700)
        .map(|id| definition(id, &format!("Field {id}"), "text_line"))
        .collect();
    let mut clio = Script::default();
    clio.on(GET, record(&[]));
    for (at, some) in all.chunks(200).enumerate() {
        let next = format!("{ORIGIN}/api/v4/custom_fields.json?page_token={at}");
        let reply = if at == 3 {
            rows(&json!(some))
        } else {
            page(&json!(some), &next)
        };
        clio.on(LIST, reply);
    }
    let after: Vec<Value> = (1..=700)
        .map(|id| value(id, "", "text_line", Some(id), &json!(format!("v{id}"))))
        .collect();
    clio.on(PATCH, record(&after));
    let wanted = (1..=700)
        .map(|id| by_name(&format!("field {id}"), &format!("v{id}")))
        .collect();
    let outcome = write_all(&mut clio, wanted).unwrap();
    assert_eq!(outcome.values.len(), 700);
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
        assert_eq!(failure.code(), Code::Forbidden);
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
        assert_eq!(failure.code(), Code::Forbidden);
        let mut clio = Script::default();
        clio.on(GET, data(&answer));
        let failure = read(&mut clio, &ReadRequest { of: OF }).unwrap_err();
        assert_eq!(failure.code(), Code::Forbidden);
    }
}

#[test]
fn a_lost_answer_is_looked_after_and_not_repeated() {
    let court = |text: &str| value(1, "Court", "text_line", Some(11), &json!(text));
    for answer in [lost(), raw(502, ""), raw(200, "{\"data\":")] {
        for (text, done) in [("New", true), ("Old", false)] {
            let mut clio = Script::default();
            clio.on(GET, record(&[court("Old")]))
                .on(LIST, rows(&definitions()))
                .on(PATCH, answer.clone())
                .on(GET, record(&[court(text)]));
            let outcome = write_all(&mut clio, vec![by_name("Court", "New")]);
            match outcome {
                Ok(outcome) => {
                    assert!(done);
                    assert_eq!(changes(&outcome), [(1, Change::Updated)]);
                }
                Err(failure) => {
                    assert!(!done);
                    assert_eq!(failure.remedy, Remedy::Transient);
                    assert_eq!(failure.code(), Code::Unavailable);
                    assert!(!failure.problem.message.contains("began"), "{failure}");
                }
            }
        }
    }
}

#[test]
fn a_value_that_came_meanwhile_is_a_conflict_and_any_other_refusal_is_clios() {
    let exists = || {
        refused(
            422,
            "ArgumentError",
            "custom field value for custom field 1 already exists",
        )
    };
    let standing = value(1, "Court", "text_line", Some(11), &json!("Theirs"));
    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&definitions()))
        .on(PATCH, exists())
        .on(GET, record(&[standing]));
    let failure = write_all(&mut clio, vec![by_name("Court", "New")]).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Transient, Code::Conflict)
    );

    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&definitions()))
        .on(PATCH, exists())
        .on(GET, record(&[]));
    let failure = write_all(&mut clio, vec![by_name("Court", "New")]).unwrap_err();
    assert_eq!(failure.code(), Code::RejectedByClio);
    assert_eq!(failure.problem.field.as_deref(), Some("/values/0/value"));
}

#[test]
fn what_clio_did_not_keep_is_told() {
    let cut = value(1, "Court", "text_line", Some(11), &json!("New"));
    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&definitions()))
        .on(PATCH, record(&[cut]));
    let failure = write_all(&mut clio, vec![by_name("Court", "New court")]).unwrap_err();
    assert_eq!(failure.code(), Code::UnexpectedAnswer);
    assert_eq!(failure.problem.field.as_deref(), Some("/values/0/value"));
}

#[test]
fn a_malformed_request_costs_nothing() {
    let many = (0..1_001).map(|_| by_name("Court", "x")).collect();
    for (of, values, field) in [
        (OF, Vec::new(), "/values"),
        (OF, many, "/values"),
        (OF, vec![by_name(" ", "x")], "/values/0/field/name"),
        (OF, vec![by_id(0, Content::Clear)], "/values/0/field/id"),
        (
            OF,
            vec![by_id(1, Content::Choice(0))],
            "/values/0/value/choice",
        ),
        (
            Owner::Contact(ContactId(0)),
            vec![by_name("Court", "x")],
            "/of/contact",
        ),
    ] {
        let failure = write(&mut Script::default(), &WriteRequest { of, values }).unwrap_err();
        assert_eq!(failure.code(), Code::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
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
        .map(|v| (v.field.0, v.kind, v.value.as_deref(), v.choice, v.deleted))
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
    let of = Owner::Contact(ContactId(4));
    let failure = read(&mut clio, &ReadRequest { of }).unwrap_err();
    assert_eq!(failure.code(), Code::NotFound);
    assert_eq!(failure.problem.field.as_deref(), Some("/of/contact"));
}
