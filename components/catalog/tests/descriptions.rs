//! The descriptions: they say what the contract says, and their schemas take
//! what the runner takes.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use clio_catalog::{ACTIONS_JSON, actions};
use serde_json::{Value, json};

/// Which schema of a function.
#[derive(Debug, Clone, Copy)]
enum Side {
    Input,
    Output,
    Error,
}

fn description(action: &str) -> Value {
    let action = clio_catalog::action(action).unwrap();
    serde_json::from_str(action.description).unwrap()
}

fn validator(action: &str, side: Side) -> jsonschema::Validator {
    let description = description(action);
    let function = &description["functions"][0];
    let schema = match side {
        Side::Input => &function["input"],
        Side::Output => &function["output"],
        Side::Error => &function["error"],
    };
    jsonschema::validator_for(schema).unwrap()
}

#[track_caller]
fn taken(action: &str, side: Side, value: &Value) {
    let validator = validator(action, side);
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{action} {side:?}: {errors:?}");
}

#[track_caller]
fn taken_by(action: &str, function: &str, input: &Value) {
    let description = description(action);
    let functions = description["functions"].as_array().unwrap();
    let schema = functions.iter().find(|it| it["name"] == function).unwrap();
    let validator = jsonschema::validator_for(&schema["input"]).unwrap();
    let errors: Vec<_> = validator.iter_errors(input).collect();
    assert!(errors.is_empty(), "{action} {function}: {errors:?}");
}

#[track_caller]
fn refused(action: &str, value: &Value) {
    assert!(
        !validator(action, Side::Input).is_valid(value),
        "{action} takes {value}"
    );
}

#[test]
fn every_schema_is_a_schema() {
    for action in actions() {
        let description = description(action.name);
        for function in description["functions"].as_array().unwrap() {
            for side in ["input", "output", "error"] {
                assert!(
                    jsonschema::meta::is_valid(&function[side]),
                    "{} {side}",
                    action.name
                );
            }
        }
    }
}

#[test]
fn the_list_holds_every_description_in_order() {
    let list: Vec<Value> = serde_json::from_str(ACTIONS_JSON).unwrap();
    let each: Vec<Value> = actions().iter().map(|it| description(it.name)).collect();
    assert_eq!(list, each);
}

#[test]
fn a_description_says_what_a_host_enforces() {
    let description = description("find-documents");
    let mut function = description["functions"][0].clone();
    for schema in ["input", "output", "error"] {
        assert!(function.as_object_mut().unwrap().remove(schema).is_some());
    }
    assert_eq!(
        function,
        json!({
            "name": "find",
            "documentation": "Returns one state for each `source_id`, in the order asked for, from a single look. It changes nothing.\n\nA `source_id` that is not there has the state `absent`; it is no error. Of one `source_id` the whole account is looked at, and a document outside of the scope is told as `moved`; another folder of the same matter or contact is no other place. Of several the scope alone is looked at, since Clio's filter takes one: `absent` then says nothing of other places. Where somebody may have moved one, let `upload-document.upload` look itself, by leaving `known` out. Errors: `not_found` when the scope does not exist or may not be seen, as far as Clio says so.",
            "ids": ["/*/id"],
        })
    );
    assert_eq!(description["format"], 1);
    assert_eq!(description["name"], "find-documents");
    assert_eq!(description["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        description["interface"],
        "clio:actions/find-documents@0.1.0"
    );
    assert_eq!(
        description["hints"],
        json!({"read_only": true, "destructive": false, "idempotent": true})
    );
    assert_eq!(description["content"], false);
    let requests = description["requests"].as_array().unwrap();
    assert!(requests.contains(&json!({"method": "GET", "path": "/api/v4/documents.json"})));
    assert!(requests.iter().all(|request| request["method"] == "GET"));
}

#[test]
fn every_function_of_an_interface_is_described_in_its_order() {
    let description = description("create-matter");
    let names: Vec<_> = description["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|function| function["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["create", "resolve"]);
}

#[test]
fn only_bytes_are_granted_urls_and_only_who_takes_files_fetches_content() {
    for action in actions() {
        let description = description(action.name);
        let files = ["upload-document", "fill-document", "inspect-document"];
        let takes_files = files.contains(&action.name);
        let grants = description["grants"].as_array().unwrap();
        let allowed = match action.name {
            "upload-document" => "PUT",
            "read-document" | "fill-document" => "GET",
            _ => "",
        };
        assert_eq!(grants.is_empty(), allowed.is_empty(), "{}", action.name);
        assert!(grants.iter().all(|grant| grant["allows"] == allowed));
        assert_eq!(description["content"], takes_files, "{}", action.name);
    }
}

#[test]
fn every_member_of_every_input_is_described() {
    for action in actions() {
        let description = description(action.name);
        let input = &description["functions"][0]["input"];
        let properties = input["properties"].as_object().unwrap();
        assert!(!properties.is_empty());
        for (name, member) in properties {
            assert!(
                member["description"]
                    .as_str()
                    .is_some_and(|it| !it.is_empty()),
                "{}: `{name}`",
                action.name
            );
        }
    }
}

#[test]
fn the_input_of_sync_contact() {
    let person = |more: Value| {
        let mut request = json!({
            "source_id": "intake:client-9",
            "contact": {"person": {"first_name": "Ann", "last_name": "Lee"}},
            "emails": [{"address": "ann@example.com", "label": "work"}],
        });
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        request
    };
    let taken = |value: Value| taken("sync-contact", Side::Input, &value);
    let refused = |value: Value| refused("sync-contact", &value);
    taken(person(json!({})));
    taken(person(json!({"emails": []})));
    taken(person(json!({"began": null, "known_id": 7})));
    taken(person(
        json!({"known_id": "9007199254740991", "on_name_conflict": "create"}),
    ));
    taken(person(
        json!({"contact": {"company": {"name": "Lee & Co"}}}),
    ));

    refused(json!({"source_id": "intake:client-9"}));
    refused(person(json!({"unknown": 1})));
    refused(person(json!({"known_id": -1})));
    refused(person(json!({"known_id": "seven"})));
    refused(person(json!({"known-id": 7})));
    refused(person(json!({"on_name_conflict": "merge"})));
    refused(person(
        json!({"contact": {"person": {}, "company": {"name": "Lee & Co"}}}),
    ));
    refused(person(json!({"emails": [{"label": "work"}]})));
}

#[test]
fn the_input_of_upload_document() {
    let upload = |content: Value, provenance: Value| {
        json!({
            "source_id": "intake:case-17/retainer",
            "parent": {"matter": 12},
            "name": "retainer.pdf",
            "content": content,
            "provenance": provenance,
        })
    };
    let inline = json!({"source": {"inline": "JVBERi0="}});
    let url = json!({"source": {"url": "https://files.example.com/a"}, "length": 4096});
    let draft = json!({"draft": {
        "approver": "j.doe",
        "at": "2026-03-01T09:30:00Z",
        "sha256": "00".repeat(32),
    }});
    for content in [&inline, &url] {
        for provenance in [&json!("from_person"), &draft] {
            let value = upload(content.clone(), provenance.clone());
            taken("upload-document", Side::Input, &value);
        }
    }
    let over_one_mebibyte = json!({"source": {"inline": "A".repeat(1_398_105)}});
    refused(
        "upload-document",
        &upload(over_one_mebibyte, json!("from_person")),
    );
    refused("upload-document", &upload(inline.clone(), json!("draft")));
    refused("upload-document", &upload(inline, Value::Null));
}

#[test]
fn the_input_of_the_others() {
    let case = json!({
        "source_id": "intake:case-17",
        "client": "90071992547409931",
        "title": "Lease review",
        "practice_area": {"name": "Real estate"},
        "status": "open",
    });
    taken("create-matter", Side::Input, &case);
    let find = json!({"scope": {"matter": 12}, "source_ids": ["a", "b"]});
    taken("find-documents", Side::Input, &find);
    let detect = json!({"scope": "account", "start": "now"});
    taken("detect-documents", Side::Input, &detect);
    let again = json!({"scope": {"folder": 3}, "start": {"cursor": "1:abc"}, "max_pages": 2});
    taken("detect-documents", Side::Input, &again);
    taken("setup-markers", Side::Input, &json!({}));
    let one = json!({"name": "Intake id", "only": "contact", "known_contact": 7});
    taken("setup-markers", Side::Input, &one);
    refused("setup-markers", &json!({"only": "document"}));
    taken("check-connection", Side::Input, &json!({}));
    taken(
        "check-connection",
        Side::Input,
        &json!({"areas": ["custom_fields"]}),
    );
    refused("check-connection", &json!({"areas": ["billing"]}));
    let update = json!({"matter": 12, "etag": "\"9a\"", "status": "closed",
        "matter_stage": {"name": "Closing"}, "responsible_attorney": {"id": 7}});
    taken("update-matter", Side::Input, &update);
    let cleared = json!({"matter": 12, "originating_attorney": "clear"});
    taken("update-matter", Side::Input, &cleared);
    refused("update-matter", &json!({"matter": 12, "status": "Closed"}));
    let read = json!({"of": {"contact": 7}});
    let write = json!({"of": {"matter": 12}, "values": [
        {"field": {"name": "Court"}, "value": {"text": "Superior"}},
        {"field": {"id": 5}, "value": {"choice": 61}},
        {"field": {"id": 6}, "value": "clear"},
    ]});
    for (function, input) in [("read", &read), ("write", &write)] {
        taken_by("custom-fields", function, input);
    }
    let hook = json!({"url": "https://x.example/", "model": "calendar_entry", "fields": "id",
        "events": ["created"]});
    taken("webhooks", Side::Input, &hook);
    let delivery = json!({"headers": [{"name": "X-Hook-Secret", "value": "s"}], "body": "{}",
        "subscriptions": [{"id": 1, "model": "matter", "state": "pending"}], "last_known": []});
    taken("receive-webhook", Side::Input, &delivery);
    for of in [
        json!({"document": 7}),
        json!({"version": {"document": 7, "version": 71}}),
        json!({"template": 8}),
    ] {
        let read = json!({"of": of, "content": "url"});
        taken("read-document", Side::Input, &read);
    }
    let generate = json!({"source_id": "intake:1/letter", "matter": 12, "template": 8,
        "filename": "Letter", "formats": ["original", "pdf"]});
    for (function, input) in [
        ("templates", json!({})),
        ("start", generate),
        ("follow", json!({"id": 20})),
    ] {
        taken_by("generate-document", function, &input);
    }
    let filter = json!({"statuses": ["open"], "updated_since": "2026-01-01T00:00:00Z"});
    let pull = json!({"filter": filter, "custom_fields": [5], "link": {"marker_field": 7},
        "limit": 50, "cursor": "eyJ2IjoxfQ"});
    let count = json!({"link": {"reference": "intake:"}, "max_pages": 3});
    for (function, input) in [("pull", &pull), ("count", &count), ("pull", &json!({}))] {
        taken_by("pull-matters", function, input);
    }
    for kind in [
        json!("practice_areas"),
        json!({"stages": 7}),
        json!({"users": {"subscription": "non_attorney"}}),
        json!({"matters": {"statuses": ["open"], "client": 3}}),
        json!({"contacts": {"kind": "person", "clients_only": true}}),
        json!({"folders": {"matter": 12}}),
        json!({"custom_fields": "contact"}),
    ] {
        let find = json!({"kind": kind, "search": "Lee", "limit": 20});
        taken("lookup", Side::Input, &find);
    }
    refused("lookup", &json!({"kind": "users"}));
    let both = json!({"scope": "account", "start": {"now": null}});
    refused("detect-documents", &both);
}

#[test]
fn outcomes_and_errors() {
    let outcome = json!({"id": 4, "disposition": "linked", "matched_by": "known_id", "others": []});
    taken("sync-contact", Side::Output, &outcome);
    let problem = json!({
        "code": "rate_limited",
        "message": "The account's budget is spent. Repeat in 12 seconds.",
        "status": 429,
        "retry_after_ms": 12_000,
        "candidates": [],
    });
    for action in actions() {
        taken(action.name, Side::Error, &json!({"transient": problem}));
        taken(action.name, Side::Error, &json!({"permanent": problem}));
        taken(action.name, Side::Error, &json!("execution_failed"));
    }
}
