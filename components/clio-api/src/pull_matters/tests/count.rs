use clio_types::pull_matters::{CountRequest, Link};
use serde_json::{Value, json};

use super::next;
use crate::Remedy;
use crate::pull_matters::count;
use crate::scripted::{Script, page, raw, rows};

#[test]
fn a_count_goes_on_where_it_stopped() {
    let marked = |id, value: Value| {
        json!({"id": id, "custom_field_values": [
            {"id": "text_line-1", "field_type": "text_line", "value": value,
             "custom_field": {"id": 9}}]})
    };
    let hidden = json!({"id": 4, "custom_field_values": {"redacted": true}});
    let mut script = Script::default();
    script
        .on(
            "GET matters.json",
            page(
                &json!([marked(1, json!("intake:1")), marked(2, Value::Null)]),
                &next("two"),
            ),
        )
        .on(
            "GET matters.json",
            rows(&json!([marked(3, json!("intake:3")), hidden])),
        );
    let request = CountRequest {
        link: Some(Link::MarkerField(9)),
        max_pages: Some(1),
        ..CountRequest::default()
    };
    let first = count(&mut script, &request).unwrap();
    assert_eq!((first.matters, first.linked, first.hidden), (2, Some(1), 0));
    assert_eq!(script.sent[0].param("custom_field_ids[]"), Some("9"));
    let request = CountRequest {
        cursor: first.cursor,
        ..request
    };
    let whole = count(&mut script, &request).unwrap();
    assert_eq!((whole.matters, whole.linked, whole.hidden), (4, Some(2), 1));
    assert_eq!(whole.cursor, None);
    script.done();
}

#[test]
fn a_count_without_a_link_reads_ids_alone() {
    let mut script = Script::default();
    script.on("GET matters.json", rows(&json!([{"id": 1}, {"id": 2}])));
    let outcome = count(&mut script, &CountRequest::default()).unwrap();
    assert_eq!((outcome.matters, outcome.linked), (2, None));
    assert_eq!(script.sent[0].param("fields"), Some("id"));

    script.on(
        "GET matters.json",
        rows(&json!([
            {"id": 1, "client_reference": "intake:1"},
            {"id": 2, "client_reference": "crm:2"},
            {"id": 3, "client_reference": ""},
        ])),
    );
    let request = CountRequest {
        link: Some(Link::Reference("intake:".into())),
        ..CountRequest::default()
    };
    let outcome = count(&mut script, &request).unwrap();
    assert_eq!((outcome.matters, outcome.linked), (3, Some(1)));
}

#[test]
fn a_count_that_breaks_off_keeps_what_it_has() {
    let mut script = Script::default();
    script
        .on("GET matters.json", page(&json!([{"id": 1}]), &next("two")))
        .on("GET matters.json", raw(502, ""));
    let first = count(&mut script, &CountRequest::default()).unwrap();
    assert_eq!(first.matters, 1);
    let request = CountRequest {
        cursor: first.cursor,
        ..CountRequest::default()
    };
    script.on("GET matters.json", raw(502, ""));
    let failure = count(&mut script, &request).unwrap_err();
    assert_eq!(failure.remedy, Remedy::Transient);
    script.on("GET matters.json", rows(&json!([{"id": 2}])));
    let whole = count(&mut script, &request).unwrap();
    assert_eq!((whole.matters, whole.cursor), (2, None));
    assert_eq!(script.sent[3].param("page_token"), Some("two"));
}

// CASES A1
#[test]
fn a_marker_that_may_not_be_seen_is_counted_as_hidden() {
    let blank = |id: Value, field: Value| json!([{"id": id, "field_type": null, "value": null, "custom_field": field}]);
    let own = json!("text_line-1");
    let redacted = json!({"redacted": true});
    let mut script = Script::default();
    script.on(
        "GET matters.json",
        rows(&json!([
            {"id": 1, "custom_field_values": blank(own.clone(), json!({"id": 9}))},
            {"id": 2, "custom_field_values": blank(own.clone(), Value::Null)},
            {"id": 3, "custom_field_values": blank(own, redacted.clone())},
            {"id": 4, "custom_field_values": null},
            {"id": 5},
            {"id": 6, "custom_field_values": redacted},
            // A field that the matter shows and that never had a value.
            {"id": 7, "custom_field_values": blank(Value::Null, json!({"id": 9}))},
            {"id": 8, "custom_field_values": []},
        ])),
    );
    let request = CountRequest {
        link: Some(Link::MarkerField(9)),
        ..CountRequest::default()
    };
    let outcome = count(&mut script, &request).unwrap();
    assert_eq!(
        (outcome.matters, outcome.linked, outcome.hidden),
        (8, Some(0), 6)
    );
}
