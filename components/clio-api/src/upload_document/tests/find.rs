//! One look at a scope.

use clio_types::types::ProblemCode;

use super::*;
use crate::Remedy;
use crate::scripted::{page, refused, rows};

fn listed(id: u64, source_id: &str, deleted: bool, uploaded: bool) -> Value {
    json!({
        "id": id, "name": "x.pdf",
        "deleted_at": deleted.then_some("2026-02-01T00:00:00Z"),
        "matter": { "id": 3 }, "parent": { "id": 8 },
        "external_properties": [
            { "name": "source-id", "value": source_id },
            { "name": "sha256", "value": format!("{id:064}") },
        ],
        "latest_document_version": { "uuid": "u", "fully_uploaded": uploaded },
    })
}

fn ask(scope: Scope, ids: &[&str]) -> FindRequest {
    FindRequest {
        scope,
        source_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    }
}

#[test]
fn one_request_tells_the_states_of_many() {
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([
            listed(1, "a", true, true),
            listed(2, "a", false, false),
            listed(9, "a", false, true),
            listed(4, "a", false, true),
            listed(6, "b", true, true),
            listed(7, "c", false, false),
            listed(8, "aa", false, true),
        ])),
    );
    let states = find(
        &mut clio,
        &ask(Scope::Matter(3), &["c", "a", "d", "b", "c"]),
    )
    .unwrap();
    let state = |source_id: &str, status, id: Option<u64>, others: &[u64]| DocumentState {
        source_id: source_id.into(),
        status,
        id,
        sha256: id.map(|id| format!("{id:064}")),
        others: others.to_vec(),
    };
    assert_eq!(
        states,
        [
            state("c", DocumentStatus::Incomplete, Some(7), &[]),
            state("a", DocumentStatus::Complete, Some(4), &[1, 2, 9]),
            state("d", DocumentStatus::Absent, None, &[]),
            state("b", DocumentStatus::Trashed, Some(6), &[]),
            state("c", DocumentStatus::Incomplete, Some(7), &[]),
        ]
    );
    let [look] = clio.sent.as_slice() else {
        panic!("one request")
    };
    for (name, value) in [
        ("matter_id", "3"),
        ("external_property_name", "source-id"),
        ("show_uncompleted", "true"),
        ("include_deleted", "true"),
        ("order", "id(asc)"),
        ("limit", "200"),
    ] {
        assert_eq!(look.param(name), Some(value));
    }
}

#[test]
fn every_page_of_a_folder_and_its_folders_is_read() {
    let next = "https://app.clio.com/api/v4/documents.json?page_token=abc";
    let mut clio = Script::default();
    clio.on(LIST, page(&json!([listed(1, "x", false, true)]), next))
        .on(LIST, rows(&json!([listed(2, "a", false, true)])));
    let states = find(&mut clio, &ask(Scope::Folder(8), &["b", "a"])).unwrap();
    assert_eq!(states[1].id, Some(2));
    assert_eq!(clio.sent[0].param("parent_id"), Some("8"));
    assert_eq!(clio.sent[0].param("scope"), Some("descendants"));
    clio.done();
}

#[test]
fn properties_that_cannot_be_seen_are_not_taken_for_absent() {
    for hidden in [json!({ "redacted": true }), Value::Null] {
        let mut row = listed(1, "a", false, true);
        row["external_properties"] = hidden;
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([row])));
        let failure = find(&mut clio, &ask(Scope::Matter(3), &["a"])).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Permanent, ProblemCode::Forbidden)
        );
    }
}

#[test]
fn a_scope_that_does_not_exist_is_named() {
    let mut clio = Script::default();
    clio.on(LIST, refused(404, "NotFound", "no"));
    let failure = find(&mut clio, &ask(Scope::Contact(3), &["a"])).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::NotFound);
    assert_eq!(failure.problem.field.as_deref(), Some("/scope"));
}

#[test]
fn one_to_a_thousand_ids_are_asked_for() {
    let scope = Scope::Matter(3);
    let many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    for (request, field) in [
        (ask(scope, &[]), "/source_ids"),
        (
            FindRequest {
                scope,
                source_ids: many,
            },
            "/source_ids",
        ),
        (ask(scope, &["a", "b\n"]), "/source_ids/1"),
        (ask(Scope::Matter(0), &["a"]), "/scope/matter"),
    ] {
        let failure = find(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}
