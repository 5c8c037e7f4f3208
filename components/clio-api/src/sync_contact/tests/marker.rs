//! Contacts that carry the caller's identifier in a custom field.

use super::*;

fn marked() -> SyncRequest {
    SyncRequest {
        marker_field: Some(2),
        ..ann()
    }
}

fn value(id: u64, value: &str) -> Value {
    json!([{ "id": format!("text_line-{id}"), "value": value, "custom_field": { "id": id } }])
}

fn with_marker(id: u64, marker: Value) -> Value {
    let mut row = row(id, "Changed", "Name", &["ann@x.com"]);
    row["custom_field_values"] = marker;
    row
}

#[test]
fn it_finds_a_contact_under_another_name_or_address() {
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([
            with_marker(3, value(2, "intake:70")),
            with_marker(4, value(2, "intake:7")),
        ])),
    );
    assert_eq!(
        run(&mut clio, &marked()).unwrap(),
        linked(4, ContactMatch::Marker, &[])
    );
    assert_eq!(
        clio.sent[0].param("custom_field_values[2]"),
        Some("intake:7")
    );
    assert_eq!(clio.sent[0].param("custom_field_ids[]"), Some("2"));

    let mut moved = row(4, "Ann", "Lee", &["new@y.com"]);
    moved["custom_field_values"] = value(2, "intake:7");
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([moved])));
    assert_eq!(
        run(&mut clio, &marked()).unwrap(),
        linked(4, ContactMatch::Marker, &[])
    );
}

#[test]
fn it_is_not_trusted_where_somebody_else_holds_it() {
    // CASES I2
    let held = |mut row: Value| {
        row["custom_field_values"] = value(2, "intake:7");
        row
    };
    let bob = || held(row(8, "Bob", "Cruz", &["bob@cruz.example"]));
    let mut company = row(3, "Ann", "Lee", &["ann@x.com"]);
    company["type"] = "Company".into();
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([bob(), held(company)])));
    let failure = run(&mut clio, &marked()).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Permanent, ProblemCode::Ambiguous)
    );
    assert_eq!(failure.problem.field.as_deref(), Some("/source_id"));
    assert_eq!(failure.problem.candidates, [3, 8]);
    // Whatever kind of contact holds it is found.
    assert_eq!(clio.sent[0].param("type"), None);

    // The filter may lag; the list of those created lately tells as much.
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([bob()])));
    let failure = run(&mut clio, &marked()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Ambiguous);

    // Of several that hold it, who fits is meant.
    let mut clio = Script::default();
    let ann = |id| held(row(id, "Ann", "Lee", &[]));
    clio.on(LIST, rows(&json!([bob(), ann(9), ann(10)])));
    assert_eq!(
        run(&mut clio, &marked()).unwrap(),
        linked(9, ContactMatch::Marker, &[10])
    );
}

#[test]
fn with_a_marker_field_values_alone_recognise_nobody() {
    // CASES I3: what this request would have written holds its marker.
    let mut request = marked();
    request.emails.clear();
    let mut alike = row(4, "Ann", "Lee", &[]);
    alike["custom_field_values"] = json!([]);
    alike["addresses"] = json!([]);
    alike["created_at"] = "2026-03-01T09:00:01Z".into();
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([alike])))
        .on(
            POST,
            raw(
                201,
                json!({ "data": { "id": 5, "custom_field_values": value(2, "intake:7") } })
                    .to_string(),
            ),
        );
    assert_eq!(run(&mut clio, &request).unwrap(), new(5));
}

#[test]
fn it_is_written_with_the_contact_and_read_back() {
    let mut clio = Script::default();
    let answer = |values: Value| {
        raw(
            201,
            json!({ "data": { "id": 5, "custom_field_values": values } }).to_string(),
        )
    };
    for _ in 0..3 {
        clio.on(LIST, rows(&json!([])));
    }
    clio.on(POST, answer(value(2, "intake:7")));
    assert_eq!(run(&mut clio, &marked()).unwrap(), new(5));
    assert_eq!(
        clio.sent[3].data["custom_field_values"],
        json!([{ "custom_field": { "id": 2 }, "value": "intake:7" }])
    );

    let mut clio = Script::default();
    for _ in 0..3 {
        clio.on(LIST, rows(&json!([])));
    }
    clio.on(POST, answer(json!([])));
    let failure = run(&mut clio, &marked()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    assert_eq!(failure.problem.field.as_deref(), Some("/marker_field"));
    assert_eq!(failure.problem.candidates, [5]);
}

#[test]
fn one_that_cannot_be_seen_or_is_refused_is_named() {
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([with_marker(
            3,
            json!([{ "id": "text_line-1", "value": null }])
        )])),
    );
    let failure = run(&mut clio, &marked()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Forbidden);
    assert_eq!(failure.problem.field.as_deref(), Some("/marker_field"));

    let mut clio = Script::default();
    clio.on(
        LIST,
        refused(400, "ArgumentError", "custom field 2 is unknown"),
    );
    let failure = run(&mut clio, &marked()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::RejectedByClio);
    assert_eq!(failure.problem.field.as_deref(), Some("/marker_field"));

    let mut clio = Script::default();
    for _ in 0..3 {
        clio.on(LIST, rows(&json!([])));
    }
    clio.on(
        POST,
        refused(
            422,
            "ArgumentError",
            "custom field value intake:7 is invalid",
        ),
    );
    let failure = run(&mut clio, &marked()).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/marker_field"));
    assert_eq!(failure.problem.clio_type.as_deref(), Some("ArgumentError"));
    assert!(!failure.problem.message.contains("intake"));
}

#[test]
fn an_ignored_filter_does_not_read_the_whole_account() {
    let mut clio = Script::default();
    let page_of = |count: u64| {
        let rows: Vec<_> = (1..=count).map(|id| with_marker(id, json!([]))).collect();
        json!(rows)
    };
    let next = "https://app.clio.com/api/v4/contacts.json?page_token=2";
    clio.on(LIST, page(&page_of(200), next));
    let failure = run(&mut clio, &marked()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    assert_eq!(failure.problem.field.as_deref(), Some("/marker_field"));
}

#[test]
fn a_namesake_with_another_marker_is_another_person() {
    let mut request = marked();
    request.emails.clear();
    let mut namesake = row(4, "Ann", "Lee", &[]);
    namesake["custom_field_values"] = value(2, "intake:8");
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([namesake])))
        .on(
            POST,
            raw(
                201,
                json!({ "data": { "id": 5, "custom_field_values": value(2, "intake:7") } })
                    .to_string(),
            ),
        );
    assert_eq!(run(&mut clio, &request).unwrap(), new(5));
}

#[test]
fn an_identifier_that_reads_as_an_operator_is_refused() {
    let mut request = marked();
    request.source_id = "=7".into();
    let failure = run(&mut Script::default(), &request).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/source_id"));
}
