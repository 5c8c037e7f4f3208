//! What stands behind a known id or a marker must still be the matter that is
//! asked for, and what else matches is found on request.

use super::*;

fn known() -> CreateRequest {
    CreateRequest {
        known_id: Some(3),
        case_number: Some("2026-17".into()),
        ..case()
    }
}

fn standing(client: &Value, description: &str) -> Value {
    json!({ "id": 3, "display_number": "00003-Lee", "client_reference": "x", "client": client,
            "description": description })
}

#[test]
fn the_client_or_the_title_must_agree() {
    // CASES I1
    let (theirs, another) = (json!({ "id": 5 }), json!({ "id": 6 }));
    let hidden = json!({ "redacted": true });
    for (row, fits) in [
        // Staff edited the title.
        (standing(&theirs, "Anything"), true),
        // It went to another client.
        (standing(&another, "lee v.  DOE"), true),
        (standing(&another, "Lee v. Doe (2026-17)"), true),
        // The number was another one when it was made.
        (standing(&another, "Lee v. Doe (2026-1)"), true),
        (standing(&hidden, "Lee v. Doe"), true),
        (standing(&another, "Cruz divorce"), false),
        (standing(&another, "Lee v. Doe and others"), false),
        (standing(&another, ""), false),
        // What cannot be seen does not agree.
        (standing(&hidden, "Cruz divorce"), false),
        (json!({ "id": 3, "etag": "x" }), false),
    ] {
        let mut clio = Script::default();
        clio.on("GET matters/3.json", data(&row));
        let outcome = run(&mut clio, &known());
        if fits {
            let expected = linked(3, MatterMatch::KnownId, &[]);
            assert_eq!(outcome.unwrap(), expected, "{row}");
            continue;
        }
        let failure = outcome.unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Permanent, ProblemCode::Ambiguous),
            "{row}"
        );
        assert_eq!(failure.problem.field.as_deref(), Some("/known_id"));
        assert_eq!(failure.problem.candidates, [3]);
        assert!(failure.problem.message.contains("source id of its own"));
    }
    // The client is known under two ids.
    let mut request = known();
    request.other_clients = vec![6];
    let mut clio = Script::default();
    clio.on("GET matters/3.json", data(&standing(&another, "x")));
    assert!(run(&mut clio, &request).is_ok());
}

#[test]
fn a_marker_on_another_matter_is_not_trusted() {
    // CASES I2
    let mut request = case();
    request.marker_field = Some(2);
    let marked = |id: u64, client: u64| {
        let mut row = standing(&json!({ "id": client }), "Cruz divorce");
        row["id"] = id.into();
        row["custom_field_values"] = json!([{ "id": "text_line-8", "value": "intake:case-17",
            "custom_field": { "id": 2 } }]);
        row
    };
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([marked(9, 6), marked(4, 7)])));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Ambiguous);
    assert_eq!(failure.problem.field.as_deref(), Some("/source_id"));
    assert_eq!(failure.problem.candidates, [4, 9]);

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([marked(4, 7), marked(9, 5)])));
    assert_eq!(run(&mut clio, &request).unwrap().id, 9);
}

#[test]
fn others_that_match_are_looked_for_on_request_and_the_lowest_is_settled_on() {
    // CASES I7: another machine made client and matter at the same instant.
    let mut request = known();
    request.find_others = Some(true);
    request.other_clients = vec![6, 5];
    let reference = "intake:case-17";
    let of = |id: u64, client: u64| {
        let mut row = row(id, reference);
        row["client"] = json!({ "id": client });
        row
    };
    let mut clio = Script::default();
    clio.on("GET matters/3.json", data(&of(3, 5)))
        .on(LIST, rows(&json!([of(3, 5), of(4, 5)])))
        .on(LIST, rows(&json!([of(2, 6)])));
    let expected = CreateOutcome {
        display_number: Some("00002-Lee".into()),
        ..linked(2, MatterMatch::Reference, &[3, 4])
    };
    assert_eq!(run(&mut clio, &request).unwrap(), expected);
    assert_eq!(clio.sent[1].param("client_id"), Some("5"));
    assert_eq!(clio.sent[2].param("client_id"), Some("6"));

    // A new client has no matters, a contact that matches may have.
    let request = CreateRequest {
        client_is_new: Some(true),
        other_clients: vec![6],
        ..case()
    };
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([of(2, 6)])));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(2, MatterMatch::Reference, &[])
    );
}

#[test]
fn another_clients_matter_is_not_this_one_where_the_filter_by_client_is_ignored() {
    let mut other = row(2, "intake:case-17");
    other["client"] = json!({ "id": 6 });
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([other])))
        .on(POST, created(&json!({})));
    assert!(is_new(&run(&mut clio, &case()).unwrap()));
}
