//! What reading and writing of custom fields send and decide, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]
mod fields;

use clio_types::custom_fields::{
    Change, Content, FieldRef, NewValue, Owner, WriteOutcome, WriteRequest,
};
use clio_types::types::ProblemCode;
use serde_json::{Value, json};

use super::write;
use crate::scripted::{ORIGIN, Script, data, lost, page, raw, refused, rows};
use crate::{Failure, Remedy};

const GET: &str = "GET matters/3.json";
const PATCH: &str = "PATCH matters/3.json";
const LIST: &str = "GET custom_fields.json";
const OF: Owner = Owner::Matter(3);

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
        field: FieldRef::Id(id),
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
        .map(|written| (written.field, written.change))
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
            ProblemCode::InvalidInput,
        ),
        (
            by_name("Filed", "2026-02-30"),
            "/values/1/value/text",
            ProblemCode::InvalidInput,
        ),
        (
            by_name("Track", "Medium"),
            "/values/1/value/text",
            ProblemCode::InvalidInput,
        ),
        (
            by_name("Track", &slow),
            "/values/1/value/text",
            ProblemCode::InvalidInput,
        ),
        (
            by_id(6, Content::Choice(99)),
            "/values/1/value/choice",
            ProblemCode::InvalidInput,
        ),
        (
            by_id(5, Content::Choice(61)),
            "/values/1/value/choice",
            ProblemCode::InvalidInput,
        ),
        (
            by_name("Nobody", "x"),
            "/values/1/field",
            ProblemCode::NotFound,
        ),
        (
            by_id(77, Content::Clear),
            "/values/1/field",
            ProblemCode::NotFound,
        ),
        (
            by_id(1, Content::Clear),
            "/values/1/field",
            ProblemCode::InvalidInput,
        ),
    ] {
        let mut clio = Script::default();
        clio.on(GET, record(&[])).on(LIST, rows(&definitions()));
        if code == ProblemCode::NotFound {
            clio.on(LIST, rows(&json!([])));
        }
        let failure = write_all(&mut clio, vec![by_name("Court", "New"), bad]).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some(pointer));
        assert_eq!(failure.code(), code, "{pointer}");
        assert_eq!(failure.remedy, Remedy::Permanent);
    }
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
    assert_eq!(failure.code(), ProblemCode::NotFound);
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
                    assert_eq!(failure.code(), ProblemCode::Unavailable);
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
        (Remedy::Transient, ProblemCode::Conflict)
    );

    let mut clio = Script::default();
    clio.on(GET, record(&[]))
        .on(LIST, rows(&definitions()))
        .on(PATCH, exists())
        .on(GET, record(&[]));
    let failure = write_all(&mut clio, vec![by_name("Court", "New")]).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::RejectedByClio);
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
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
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
            Owner::Contact(0),
            vec![by_name("Court", "x")],
            "/of/contact",
        ),
    ] {
        let failure = write(&mut Script::default(), &WriteRequest { of, values }).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}
