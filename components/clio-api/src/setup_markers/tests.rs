//! What `setup-markers.ensure` sends and decides, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use clio_types::types::ProblemCode;
use serde_json::{Value, json};

use super::*;
use crate::scripted::{ORIGIN, Reply, Script, lost, page, raw, refused, rows};
use crate::{Failure, Remedy};

const LIST: &str = "GET custom_fields.json";
const POST: &str = "POST custom_fields.json";

fn field(id: u64, name: &str, parent: &str, kind: &str) -> Value {
    json!({ "id": id, "name": name, "parent_type": parent, "field_type": kind, "deleted": false })
}

fn created(id: u64, parent: &str) -> Reply {
    let row = field(id, NAME, parent, "text_line");
    raw(201, json!({ "data": row }).to_string())
}

fn run(clio: &mut Script, request: &EnsureRequest) -> Result<EnsureOutcome, Failure> {
    let outcome = ensure(clio, request);
    clio.done();
    outcome
}

fn marker(id: u64, disposition: Disposition, others: &[u64]) -> Option<MarkerField> {
    Some(MarkerField {
        id,
        disposition,
        others: others.to_vec(),
    })
}

fn only(kind: MarkedKind) -> EnsureRequest {
    EnsureRequest {
        only: Some(kind),
        ..EnsureRequest::default()
    }
}

#[test]
fn two_new_fields_cost_three_requests() {
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([field(1, "Budget", "Matter", "currency")])),
    )
    .on(POST, created(8, "Contact"))
    .on(POST, created(9, "Matter"));
    let outcome = run(&mut clio, &EnsureRequest::default()).unwrap();
    assert_eq!(outcome.contact, marker(8, Disposition::Created, &[]));
    assert_eq!(outcome.matter, marker(9, Disposition::Created, &[]));
    assert_eq!(clio.sent[0].param("order"), Some("id(asc)"));
    assert_eq!(clio.sent[0].param("parent_type"), None);
    assert_eq!(
        clio.sent[2].data,
        json!({ "name": "Source ID (Clio actions)", "parent_type": "Matter",
            "field_type": "text_line", "displayed": false })
    );
}

#[test]
fn fields_of_the_name_are_linked_on_whatever_page_they_stand() {
    let mut clio = Script::default();
    let next = format!("{ORIGIN}/api/v4/custom_fields.json?page_token=x");
    clio.on(
        LIST,
        page(
            &json!([field(
                3,
                "  source id  (CLIO actions)",
                "Contact",
                "text_line"
            )]),
            &next,
        ),
    )
    .on(
        LIST,
        rows(&json!([
            field(4, NAME, "Matter", "text_line"),
            field(5, NAME, "Matter", "text_line"),
            // Another type beside one of the right type is not in the way.
            field(6, NAME, "Matter", "text_area"),
        ])),
    );
    let outcome = run(&mut clio, &EnsureRequest::default()).unwrap();
    assert_eq!(outcome.contact, marker(3, Disposition::Linked, &[]));
    assert_eq!(outcome.matter, marker(4, Disposition::Linked, &[5]));
}

#[test]
fn one_of_the_two_is_made_alone_and_under_a_name_of_the_callers() {
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(POST, created(9, "Matter"));
    let request = EnsureRequest {
        name: Some(" Intake id ".into()),
        ..only(MarkedKind::Matter)
    };
    let outcome = run(&mut clio, &request).unwrap();
    assert_eq!(outcome.contact, None);
    assert_eq!(outcome.matter, marker(9, Disposition::Created, &[]));
    assert_eq!(clio.sent[0].param("parent_type"), Some("matter"));
    assert_eq!(clio.sent[1].data["name"], "Intake id");
}

#[test]
fn a_known_field_is_used_whatever_its_name_became_and_not_when_it_was_deleted() {
    let request = EnsureRequest {
        known_contact: Some(7),
        ..only(MarkedKind::Contact)
    };
    let renamed = field(7, "What the firm calls it", "Contact", "text_line");
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([
            field(2, NAME, "Contact", "text_line"),
            renamed.clone()
        ])),
    );
    let outcome = run(&mut clio, &request).unwrap();
    assert_eq!(outcome.contact, marker(7, Disposition::Linked, &[2]));

    for gone in [
        json!({ "deleted": true }),
        json!({ "parent_type": "Matter" }),
        json!({ "field_type": "url" }),
    ] {
        let mut row = renamed.clone();
        for (name, value) in gone.as_object().unwrap() {
            row[name] = value.clone();
        }
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([row])))
            .on(POST, created(8, "Contact"));
        let outcome = run(&mut clio, &request).unwrap();
        assert_eq!(outcome.contact, marker(8, Disposition::Created, &[]));
    }
}

#[test]
fn a_deleted_field_of_the_name_is_left_alone_and_another_is_made() {
    let mut deleted = field(3, NAME, "Contact", "text_line");
    deleted["deleted"] = true.into();
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([deleted])))
        .on(POST, created(8, "Contact"));
    let outcome = run(&mut clio, &only(MarkedKind::Contact)).unwrap();
    assert_eq!(outcome.contact, marker(8, Disposition::Created, &[]));
}

#[test]
fn a_field_of_another_type_is_in_the_way_and_nothing_is_made() {
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([field(4, NAME, "Matter", "numeric")])));
    let failure = run(&mut clio, &EnsureRequest::default()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Conflict);
    assert_eq!(failure.problem.field.as_deref(), Some("/name"));
    assert_eq!(failure.problem.candidates, [4]);
}

#[test]
fn a_lost_answer_is_looked_after_and_makes_no_second_field() {
    let answers: [fn() -> Reply; 3] = [lost, || raw(502, ""), || raw(201, "{\"data\":")];
    for answer in answers {
        let mut clio = Script::default();
        let made = field(8, NAME, "Contact", "text_line");
        clio.on(LIST, rows(&json!([])))
            .on(POST, answer())
            .on(LIST, rows(&json!([made])));
        let outcome = run(&mut clio, &only(MarkedKind::Contact)).unwrap();
        assert_eq!(outcome.contact, marker(8, Disposition::Created, &[]));
    }

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(POST, raw(502, ""))
        .on(LIST, rows(&json!([])));
    let failure = run(&mut clio, &only(MarkedKind::Contact)).unwrap_err();
    assert_eq!(failure.remedy, Remedy::Transient);
    assert_eq!(failure.code(), ProblemCode::Unavailable);
}

#[test]
fn a_missing_permission_is_named_and_a_firewall_is_not_taken_for_one() {
    let mut clio = Script::default();
    clio.on(LIST, refused(403, "ForbiddenError", "no"));
    let failure = run(&mut clio, &EnsureRequest::default()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Forbidden);
    assert!(
        failure.problem.message.contains("“Custom fields”"),
        "{failure}"
    );

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(POST, refused(403, "ForbiddenError", "no"));
    let failure = run(&mut clio, &EnsureRequest::default()).unwrap_err();
    assert!(failure.problem.message.contains("writing"), "{failure}");

    let mut clio = Script::default();
    clio.on(LIST, raw(403, "<html>no</html>"));
    let failure = run(&mut clio, &EnsureRequest::default()).unwrap_err();
    assert!(failure.problem.message.contains("firewall"), "{failure}");
}

#[test]
fn a_field_that_was_refused_or_came_out_otherwise_is_told() {
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([]))).on(
        POST,
        refused(422, "ArgumentError", "name has already been taken"),
    );
    let failure = run(&mut clio, &only(MarkedKind::Contact)).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::RejectedByClio);
    assert_eq!(failure.problem.field.as_deref(), Some("/name"));

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(POST, created(8, "Matter"));
    let failure = run(&mut clio, &only(MarkedKind::Contact)).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    assert_eq!(failure.problem.candidates, [8]);
}

#[test]
fn a_malformed_input_costs_nothing() {
    for (request, field) in [
        (
            EnsureRequest {
                name: Some(" ".into()),
                ..EnsureRequest::default()
            },
            "/name",
        ),
        (
            EnsureRequest {
                name: Some("x".repeat(256)),
                ..EnsureRequest::default()
            },
            "/name",
        ),
        (
            EnsureRequest {
                known_matter: Some(0),
                ..EnsureRequest::default()
            },
            "/known_matter",
        ),
    ] {
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}

// CASES A1
#[test]
fn a_definition_that_may_not_be_seen_may_be_the_one() {
    for hidden in [
        json!({ "id": 1, "name": null, "parent_type": "Contact", "field_type": "text_line" }),
        json!({ "id": 1, "name": NAME, "parent_type": "Contact", "field_type": null }),
        json!({ "id": 1, "name": NAME, "parent_type": null, "field_type": "text_line" }),
        json!({ "id": 1 }),
    ] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([hidden])));
        let request = EnsureRequest {
            only: Some(MarkedKind::Contact),
            ..EnsureRequest::default()
        };
        let failure = ensure(&mut clio, &request).unwrap_err();
        clio.done();
        assert_eq!(failure.code(), ProblemCode::Forbidden, "{hidden}");
    }
}
