#![allow(clippy::unwrap_used)]
mod count;

use clio_types::pull_matters::{
    ClientKind, CountRequest, Filter, Link, Matter, MatterStatus, Part, PullRequest, ValueKind,
};
use clio_types::types::ProblemCode;
use serde_json::{Value, json};

use super::{count::count, pull};
use crate::Failure;
use crate::scripted::{ORIGIN, Script, page, refused, rows};
use crate::transport::TransportError;

fn matter(id: u64) -> Value {
    json!({"id": id, "etag": "\"9a\"", "display_number": "00001-Lee", "status": "Open",
        "custom_field_values": []})
}

fn next(token: &str) -> String {
    format!("{ORIGIN}/api/v4/matters.json?page_token={token}")
}

fn of_marker(field: u64) -> PullRequest {
    PullRequest {
        link: Some(Link::MarkerField(field)),
        ..PullRequest::default()
    }
}

#[track_caller]
fn pulled(row: &Value, request: &PullRequest) -> Matter {
    let mut script = Script::default();
    script.on("GET matters.json", rows(&json!([row])));
    let mut outcome = pull(&mut script, request).unwrap();
    script.done();
    assert_eq!(outcome.cursor, None);
    outcome.matters.remove(0)
}

fn fails(request: &PullRequest) -> Failure {
    pull(&mut Script::default(), request).unwrap_err()
}

#[test]
fn a_matter_comes_with_everything_that_one_request_tells() {
    let row = json!({
        "id": 7, "etag": "\"9a\"", "display_number": "00001-Lee", "description": "Lee v. Harbor",
        "status": "Pending", "open_date": "2026-01-02", "pending_date": "2026-01-03",
        "close_date": null, "created_at": "2026-01-02T09:00:00+01:00",
        "updated_at": "2026-01-05T08:00:00Z", "client_reference": "intake:7",
        "client": {"id": 3, "name": "Ann Lee", "type": "Person"},
        "practice_area": {"id": "4", "name": "Family"},
        "matter_stage": {"id": 5, "name": "Intake"},
        "responsible_attorney": {"id": 6, "name": "Cy Roe"},
        "originating_attorney": null,
        "custom_field_values": [
            {"id": "picklist-1", "field_name": "Court", "field_type": "picklist", "value": 61,
             "soft_deleted": false, "custom_field": {"id": 2}, "picklist_option": {"id": 61, "option": "Superior"}},
            {"id": "currency-2", "field_name": "Claim", "field_type": "currency", "value": 1250.50,
             "soft_deleted": true, "custom_field": {"id": 3}, "picklist_option": null},
            {"id": null, "field_name": "Note", "field_type": "text_line", "value": null,
             "custom_field": {"id": 4}},
        ],
    });
    let request = PullRequest {
        link: Some(Link::Reference("intake:".into())),
        ..PullRequest::default()
    };
    let matter = pulled(&row, &request);
    assert_eq!(matter.id, 7);
    assert_eq!(matter.status, Some(MatterStatus::Pending));
    assert_eq!(matter.created_at.unwrap(), "2026-01-02T08:00:00Z");
    let client = matter.client.unwrap();
    assert_eq!((client.id, client.kind), (3, Some(ClientKind::Person)));
    assert_eq!(matter.practice_area.unwrap().id, 4);
    assert_eq!(matter.stage.unwrap().name.as_deref(), Some("Intake"));
    assert_eq!(matter.responsible_attorney.unwrap().id, 6);
    assert_eq!(matter.originating_attorney, None);
    assert_eq!(matter.source_id.as_deref(), Some("intake:7"));
    assert_eq!(matter.hidden, []);
    let [court, claim] = matter.custom_fields.try_into().unwrap();
    assert_eq!(court.value.as_deref(), Some("Superior"));
    assert_eq!((court.choice, court.deleted), (Some(61), false));
    assert_eq!(claim.kind, Some(ValueKind::Currency));
    assert_eq!(claim.value.as_deref(), Some("1250.5"));
    assert!(claim.deleted);
}

#[test]
fn what_may_not_be_seen_is_told_from_what_there_is_not() {
    let redacted = json!({"redacted": true});
    let row = json!({
        "id": 7, "status": "Archived", "client": redacted, "practice_area": redacted,
        "matter_stage": {"id": null}, "responsible_attorney": redacted,
        "originating_attorney": redacted, "custom_field_values": redacted,
    });
    let matter = pulled(&row, &of_marker(9));
    for part in [
        Part::Client,
        Part::PracticeArea,
        Part::Stage,
        Part::ResponsibleAttorney,
        Part::OriginatingAttorney,
        Part::CustomFields,
    ] {
        assert!(matter.hidden.contains(&part), "{part:?}");
    }
    assert_eq!(matter.hidden.len(), 6);
    assert_eq!((matter.status, matter.source_id), (None, None));

    let row = json!({"id": 7, "client": null, "practice_area": null, "custom_field_values": []});
    let matter = pulled(&row, &of_marker(9));
    assert_eq!((matter.hidden, matter.client), (vec![], None));

    // Values whose definitions may not be seen.
    let row = json!({"id": 7, "custom_field_values": [
        {"id": "text_line-1", "field_name": null, "field_type": null, "value": null,
         "custom_field": null},
    ]});
    let matter = pulled(&row, &of_marker(9));
    assert_eq!(matter.hidden, [Part::CustomFields]);
    assert_eq!(matter.custom_fields, []);

    // CASES A1: with their definitions, and nothing else; and whole lists.
    let row = json!({"id": 7, "custom_field_values": [
        {"id": "text_line-1", "field_name": null, "field_type": null, "value": null,
         "custom_field": {"id": 4}},
        {"id": "text_line-2", "field_name": "Court", "field_type": "text_line", "value": "Superior",
         "custom_field": {"id": 5}},
    ]});
    let matter = pulled(&row, &PullRequest::default());
    assert_eq!(matter.hidden, [Part::CustomFields]);
    assert_eq!(matter.custom_fields.len(), 1);
    for row in [
        json!({"id": 7, "custom_field_values": null}),
        json!({"id": 7}),
    ] {
        let matter = pulled(&row, &PullRequest::default());
        assert_eq!(matter.hidden, [Part::CustomFields], "{row}");
    }
    // Where none were asked for, none are hidden.
    let none = PullRequest {
        custom_fields: Some(Vec::new()),
        ..PullRequest::default()
    };
    assert_eq!(pulled(&json!({"id": 7}), &none).hidden, []);
}

#[test]
fn a_marker_links_and_is_returned_only_where_it_is_asked_for() {
    let row = json!({"id": 7, "client_reference": "intake:other", "custom_field_values": [
        {"id": "text_line-1", "field_name": "Marker", "field_type": "text_line",
         "value": "intake:7", "custom_field": {"id": 9}},
        {"id": "text_line-2", "field_name": "Note", "field_type": "text_line",
         "value": "x", "custom_field": {"id": 8}},
    ]});
    for (fields, told, asked) in [
        (None, vec![9, 8], vec![]),
        (Some(vec![]), vec![], vec!["9"]),
        (Some(vec![8]), vec![8], vec!["8", "9"]),
    ] {
        let mut script = Script::default();
        script.on("GET matters.json", rows(&json!([row])));
        let request = PullRequest {
            custom_fields: fields,
            ..of_marker(9)
        };
        let matter = pull(&mut script, &request).unwrap().matters.remove(0);
        assert_eq!(matter.source_id.as_deref(), Some("intake:7"));
        let ids: Vec<u64> = matter.custom_fields.iter().map(|v| v.field).collect();
        assert_eq!(ids, told);
        let sent: Vec<&str> = script.sent[0]
            .query
            .iter()
            .filter(|(name, _)| name == "custom_field_ids[]")
            .map(|(_, id)| id.as_str())
            .collect();
        assert_eq!(sent, asked);
    }
    // No custom fields at all are asked for where none are wanted.
    let mut script = Script::default();
    script.on("GET matters.json", rows(&json!([])));
    let request = PullRequest {
        custom_fields: Some(vec![]),
        ..PullRequest::default()
    };
    pull(&mut script, &request).unwrap();
    let fields = script.sent[0].param("fields").unwrap();
    assert!(!fields.contains("custom_field"), "{fields}");
}

#[test]
fn a_label_that_is_left_out_is_told() {
    let row = json!({"id": 7, "custom_field_values": [
        {"id": "picklist-1", "field_name": "Court", "field_type": "picklist", "value": "61",
         "custom_field": {"id": 2}},
    ]});
    let mut script = Script::default();
    script.on("GET matters.json", rows(&json!([row])));
    let outcome = pull(&mut script, &PullRequest::default()).unwrap();
    assert!(outcome.labels_missing);
    let value = &outcome.matters[0].custom_fields[0];
    assert_eq!((value.choice, &value.value), (Some(61), &None));
}

#[test]
fn filters_go_out_in_clios_words_and_pages_by_id() {
    let mut script = Script::default();
    script.on("GET matters.json", rows(&json!([])));
    let request = PullRequest {
        filter: Some(Filter {
            statuses: vec![MatterStatus::Open, MatterStatus::Pending],
            created_since: Some("2026-01-01T01:00:00+01:00".into()),
            updated_since: Some("2026-02-01T00:00:00Z".into()),
            practice_area: Some(4),
            client: Some(3),
        }),
        limit: Some(50),
        ..PullRequest::default()
    };
    let outcome = pull(&mut script, &request).unwrap();
    assert_eq!(outcome.read_at.unwrap(), "2026-03-01T09:30:00Z");
    let sent = &script.sent[0];
    for (name, value) in [
        ("status", "open,pending"),
        ("created_since", "2026-01-01T00:00:00Z"),
        ("updated_since", "2026-02-01T00:00:00Z"),
        ("practice_area_id", "4"),
        ("client_id", "3"),
        ("order", "id(asc)"),
        ("limit", "50"),
    ] {
        assert_eq!(sent.param(name), Some(value), "{name}");
    }
}

#[test]
fn pages_follow_one_another_a_request_each() {
    let mut script = Script::default();
    script
        .on("GET matters.json", page(&json!([matter(1)]), &next("two")))
        .on("GET matters.json", rows(&json!([matter(2)])));
    let first = pull(&mut script, &PullRequest::default()).unwrap();
    assert_eq!(script.sent.len(), 1);
    let second = PullRequest {
        cursor: first.cursor,
        ..PullRequest::default()
    };
    let last = pull(&mut script, &second).unwrap();
    assert_eq!(script.sent[1].param("page_token"), Some("two"));
    assert_eq!((last.matters[0].id, last.cursor), (2, None));

    // With another filter the cursor is none.
    let other = PullRequest {
        filter: Some(Filter {
            statuses: vec![MatterStatus::Open],
            ..Filter::default()
        }),
        ..second
    };
    let failure = fails(&other);
    assert_eq!(failure.code(), ProblemCode::InvalidInput);
    assert_eq!(failure.problem.field.as_deref(), Some("/cursor"));
}

#[test]
fn a_next_page_elsewhere_is_not_followed() {
    let mut script = Script::default();
    script.on(
        "GET matters.json",
        page(
            &json!([matter(1)]),
            "https://evil.example/api/v4/matters.json?page_token=x",
        ),
    );
    let failure = pull(&mut script, &PullRequest::default()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    assert_eq!(script.sent.len(), 1);
}

#[test]
fn a_token_that_clio_no_longer_takes_is_the_cursors_fault() {
    let mut script = Script::default();
    script
        .on("GET matters.json", page(&json!([matter(1)]), &next("two")))
        .on(
            "GET matters.json",
            refused(400, "ArgumentError", "page_token is invalid"),
        );
    let cursor = pull(&mut script, &PullRequest::default()).unwrap().cursor;
    let request = PullRequest {
        cursor,
        ..PullRequest::default()
    };
    let failure = pull(&mut script, &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::InvalidInput);
    assert_eq!(failure.problem.field.as_deref(), Some("/cursor"));
}

#[test]
fn a_page_that_is_too_large_names_the_limit() {
    let mut script = Script::default();
    let large = crate::scripted::Reply::Failed(TransportError::TooLarge);
    script.on("GET matters.json", large);
    let failure = pull(&mut script, &PullRequest::default()).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/limit"));
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
}

#[test]
fn what_is_malformed_costs_no_request() {
    let default = PullRequest::default;
    let filter = |filter| PullRequest {
        filter: Some(filter),
        ..default()
    };
    for (request, field) in [
        (
            PullRequest {
                limit: Some(0),
                ..default()
            },
            "/limit",
        ),
        (
            PullRequest {
                limit: Some(201),
                ..default()
            },
            "/limit",
        ),
        (of_marker(0), "/link/marker_field"),
        (
            PullRequest {
                link: Some(Link::Reference(" ".into())),
                ..default()
            },
            "/link/reference",
        ),
        (
            PullRequest {
                custom_fields: Some(vec![0]),
                ..default()
            },
            "/custom_fields/0",
        ),
        (
            PullRequest {
                custom_fields: Some(vec![1; 101]),
                ..default()
            },
            "/custom_fields",
        ),
        (
            PullRequest {
                cursor: Some("x".into()),
                ..default()
            },
            "/cursor",
        ),
        (
            filter(Filter {
                practice_area: Some(0),
                ..Filter::default()
            }),
            "/filter/practice_area",
        ),
        (
            filter(Filter {
                client: Some(0),
                ..Filter::default()
            }),
            "/filter/client",
        ),
        (
            filter(Filter {
                created_since: Some("today".into()),
                ..Filter::default()
            }),
            "/filter/created_since",
        ),
        (
            filter(Filter {
                updated_since: Some("2030-01-01T00:00:00Z".into()),
                ..Filter::default()
            }),
            "/filter/updated_since",
        ),
    ] {
        assert_eq!(fails(&request).problem.field.as_deref(), Some(field));
    }
    for pages in [0, 101] {
        let request = CountRequest {
            max_pages: Some(pages),
            ..CountRequest::default()
        };
        let failure = count(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some("/max_pages"));
    }
}
