#![allow(clippy::unwrap_used)]
use clio_types::lookup::{
    Choice, ContactKind, ContactScope, FieldOwner, FindOutcome, FindRequest, Kind, MatterScope,
    MatterStatus, Place, Subscription, UserScope,
};
use clio_types::types::ProblemCode;
use serde_json::{Value, json};

use super::find;
use crate::Failure;
use crate::scripted::{ORIGIN, Script, page, raw, refused, rows};

fn of(kind: Kind) -> FindRequest {
    FindRequest::new(kind)
}

fn searching(kind: Kind, text: &str) -> FindRequest {
    FindRequest {
        search: Some(text.into()),
        ..of(kind)
    }
}

fn any_matter() -> Kind {
    Kind::Matters(MatterScope::default())
}

fn users(subscription: Option<Subscription>) -> Kind {
    Kind::Users(UserScope { subscription })
}

fn any_contact() -> Kind {
    Kind::Contacts(ContactScope::default())
}

/// One page, and what was asked for it.
#[track_caller]
fn found(path: &str, listed: &Value, request: &FindRequest) -> (FindOutcome, Script) {
    let mut script = Script::default();
    script.on(&format!("GET {path}"), rows(listed));
    let outcome = find(&mut script, request).unwrap();
    script.done();
    (outcome, script)
}

fn labels(outcome: &FindOutcome) -> Vec<&str> {
    outcome.options.iter().map(|it| it.label.as_str()).collect()
}

#[test]
fn each_kind_is_listed_with_what_tells_its_options_apart() {
    let named = |name: &str| json!({"id": 9, "name": name});
    for (kind, path, row, label, detail) in [
        (
            Kind::PracticeAreas,
            "practice_areas.json",
            json!({"id": 1, "name": "Family", "code": "FAM"}),
            "Family",
            Some("FAM"),
        ),
        (
            users(Some(Subscription::NonAttorney)),
            "users.json",
            json!({"id": 1, "name": "Cy Roe", "email": "cy@firm.example", "enabled": true}),
            "Cy Roe",
            Some("cy@firm.example"),
        ),
        (
            any_matter(),
            "matters.json",
            json!({"id": 1, "display_number": "00001-Lee", "description": "Lee v. Harbor",
                "client": named("Ann Lee")}),
            "00001-Lee",
            Some("Ann Lee: Lee v. Harbor"),
        ),
        (
            any_contact(),
            "contacts.json",
            json!({"id": "1", "name": "Ann Lee", "primary_email_address": "ann@example.com"}),
            "Ann Lee",
            Some("ann@example.com"),
        ),
        (
            Kind::Folders(Place::Matter(3)),
            "folders.json",
            json!({"id": 1, "name": "Pleadings", "parent": named("00001-Lee")}),
            "Pleadings",
            Some("00001-Lee"),
        ),
        (
            Kind::DocumentCategories,
            "document_categories.json",
            json!({"id": 1, "name": "Contracts"}),
            "Contracts",
            None,
        ),
        (
            Kind::DocumentTemplates,
            "document_templates.json",
            json!({"id": 1, "filename": "Retainer.docx", "document_category": named("Contracts")}),
            "Retainer.docx",
            Some("Contracts"),
        ),
        (
            Kind::CustomFields(FieldOwner::Matter),
            "custom_fields.json",
            json!({"id": 1, "name": "Court", "parent_type": "Matter", "field_type": "text_line"}),
            "Court",
            Some("text_line"),
        ),
    ] {
        let (outcome, script) = found(path, &json!([row]), &of(kind));
        let [entry] = outcome.options.try_into().unwrap();
        assert_eq!((entry.id, entry.label.as_str()), (1, label));
        assert_eq!(entry.detail.as_deref(), detail, "{path}");
        assert_eq!((outcome.cursor, outcome.may_lag), (None, false));
        assert_eq!(script.sent[0].param("order"), Some("id(asc)"));
    }
}

#[test]
fn narrowing_goes_out_in_clios_words() {
    let none = json!([]);
    let (_, script) = found(
        "users.json",
        &none,
        &of(users(Some(Subscription::NonAttorney))),
    );
    let sent = &script.sent[0];
    assert_eq!(sent.param("enabled"), Some("true"));
    assert_eq!(sent.param("subscription_type"), Some("nonattorney"));
    assert_eq!(sent.param("limit"), Some("2000"));

    let kind = Kind::Matters(MatterScope {
        statuses: vec![MatterStatus::Open, MatterStatus::Pending],
        client: Some(4),
    });
    let (outcome, script) = found("matters.json", &none, &searching(kind, " Lee "));
    let sent = &script.sent[0];
    assert_eq!(sent.param("status"), Some("open,pending"));
    assert_eq!(sent.param("client_id"), Some("4"));
    assert_eq!(sent.param("query"), Some("Lee"));
    assert!(outcome.may_lag);

    let kind = Kind::Contacts(ContactScope {
        kind: Some(ContactKind::Company),
        clients_only: Some(true),
    });
    let (_, script) = found("contacts.json", &none, &of(kind));
    assert_eq!(script.sent[0].param("type"), Some("Company"));
    assert_eq!(script.sent[0].param("client_only"), Some("true"));

    for (place, name, scope) in [
        (Place::Matter(5), "matter_id", "descendants"),
        (Place::Contact(5), "contact_id", "descendants"),
        (Place::Folder(5), "parent_id", "children"),
    ] {
        let (_, script) = found("folders.json", &none, &of(Kind::Folders(place)));
        assert_eq!(script.sent[0].param(name), Some("5"));
        assert_eq!(script.sent[0].param("scope"), Some(scope));
    }
    let (_, script) = found(
        "custom_fields.json",
        &none,
        &of(Kind::CustomFields(FieldOwner::Contact)),
    );
    assert_eq!(script.sent[0].param("parent_type"), Some("contact"));
}

#[test]
fn what_does_not_belong_is_left_out_also_where_clio_ignored_the_filter() {
    let listed = json!([
        {"id": 1, "name": "Court", "parent_type": "Matter", "field_type": "picklist",
         "picklist_options": [{"id": 61, "option": "Superior"}, {"id": 62, "option": "Family"},
            {"id": 63, "option": "Old", "deleted_at": "2026-01-01T00:00:00Z"}, {"redacted": true}]},
        {"id": 2, "name": "Gone", "parent_type": "Matter", "deleted": true},
        {"id": 3, "name": "Theirs", "parent_type": "Contact"},
        {"id": 4},
    ]);
    let request = of(Kind::CustomFields(FieldOwner::Matter));
    let (outcome, _) = found("custom_fields.json", &listed, &request);
    // Where Clio tells no name the id stands in.
    assert_eq!(labels(&outcome), ["Court", "4"]);
    let expected = [(61, "Superior"), (62, "Family")].map(|(id, label)| Choice {
        id,
        label: label.into(),
    });
    assert_eq!(outcome.options[0].choices, expected);

    let listed = json!([{"id": 1, "name": "A", "enabled": false}, {"id": 2, "name": "B"}]);
    let (outcome, _) = found("users.json", &listed, &of(users(None)));
    assert_eq!(labels(&outcome), ["B"]);

    let listed = json!([{"id": 1, "name": "A", "deleted_at": "2026-01-01T00:00:00Z"}]);
    let request = of(Kind::Folders(Place::Folder(1)));
    assert!(
        found("folders.json", &listed, &request)
            .0
            .options
            .is_empty()
    );

    let listed = json!([{"id": 1, "display_number": "1", "description": "Lee",
        "client": {"redacted": true}}]);
    let (outcome, _) = found("matters.json", &listed, &of(any_matter()));
    assert_eq!(outcome.options[0].detail.as_deref(), Some("Lee"));
}

#[test]
fn stages_come_in_the_firms_order_and_of_their_practice_area_alone() {
    let listed = json!([
        {"id": 1, "name": "Closing", "order": 2, "practice_area_id": "7"},
        {"id": 2, "name": "Intake", "order": 0, "practice_area_id": 7},
        {"id": 3, "name": "Elsewhere", "order": 0, "practice_area_id": "8"},
        {"id": 4, "name": "Retained", "order": 1},
    ]);
    let (outcome, script) = found("matter_stages.json", &listed, &of(Kind::Stages(7)));
    assert_eq!(labels(&outcome), ["Intake", "Retained", "Closing"]);
    assert_eq!(script.sent[0].param("practice_area_id"), Some("7"));
    // Stages cannot be ordered by Clio.
    assert_eq!(script.sent[0].param("order"), None);
}

#[test]
fn what_clio_cannot_search_is_compared_here_without_case_and_accents() {
    let listed = json!([
        {"id": 1, "name": "Família"}, {"id": 2, "name": "Estate", "code": "FAMOUS"},
        {"id": 3, "name": "Tax"},
    ]);
    let request = searching(Kind::PracticeAreas, "FAM");
    let (outcome, script) = found("practice_areas.json", &listed, &request);
    assert_eq!(labels(&outcome), ["Família", "Estate"]);
    assert_eq!(script.sent[0].param("query"), None);
    assert_eq!(script.sent[0].param("name"), None);
    assert!(!outcome.may_lag);
}

fn next(token: u32) -> String {
    format!("{ORIGIN}/api/v4/document_templates.json?page_token={token}")
}

#[test]
fn a_search_reads_a_bounded_number_of_pages_and_goes_on() {
    let miss = json!([{"id": 1, "filename": "Other.docx"}]);
    let mut script = Script::default();
    for token in 0..5 {
        script.on("GET document_templates.json", page(&miss, &next(token)));
    }
    let request = searching(Kind::DocumentTemplates, "retainer");
    let first = find(&mut script, &request).unwrap();
    script.done();
    assert!(first.options.is_empty());
    let hit = json!([{"id": 2, "filename": "Retainer.docx"}]);
    script.on("GET document_templates.json", page(&hit, &next(9)));
    let request = FindRequest {
        cursor: first.cursor,
        ..request
    };
    let second = find(&mut script, &request).unwrap();
    script.done();
    assert_eq!(script.sent[5].param("page_token"), Some("4"));
    assert_eq!(labels(&second), ["Retainer.docx"]);
    assert!(second.cursor.is_some());
}

#[test]
fn matches_beyond_the_limit_come_with_the_next_call() {
    let listed = json!([
        {"id": 1, "name": "Family 1"}, {"id": 2, "name": "Tax"}, {"id": 3, "name": "Family 2"},
        {"id": 4, "name": "Family 3"},
    ]);
    let mut script = Script::default();
    let mut request = FindRequest {
        limit: Some(1),
        ..searching(Kind::PracticeAreas, "family")
    };
    let mut told = Vec::new();
    loop {
        script.on("GET practice_areas.json", rows(&listed));
        let outcome = find(&mut script, &request).unwrap();
        told.extend(outcome.options.iter().map(|it| it.id));
        request.cursor = outcome.cursor;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(told, [1, 3, 4]);
    assert_eq!(script.sent.len(), 3);
}

#[test]
fn without_a_search_a_page_is_one_request() {
    let mut script = Script::default();
    let listed = json!([{"id": 1, "filename": "A.docx"}]);
    script.on("GET document_templates.json", page(&listed, &next(1)));
    let request = FindRequest {
        limit: Some(1),
        ..of(Kind::DocumentTemplates)
    };
    let outcome = find(&mut script, &request).unwrap();
    script.done();
    assert_eq!(script.sent[0].param("limit"), Some("1"));
    let request = FindRequest {
        cursor: outcome.cursor,
        ..request
    };
    script.on(
        "GET document_templates.json",
        refused(400, "ArgumentError", "page_token is invalid"),
    );
    let failure = find(&mut script, &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::InvalidInput);
    assert_eq!(failure.problem.field.as_deref(), Some("/cursor"));
    // Another question does not take the cursor.
    let other = FindRequest {
        kind: Kind::PracticeAreas,
        ..request
    };
    let failure = find(&mut Script::default(), &other).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/cursor"));
}

fn failing(reply: crate::scripted::Reply, kind: Kind, path: &str) -> Failure {
    let mut script = Script::default();
    script.on(&format!("GET {path}"), reply);
    find(&mut script, &of(kind)).unwrap_err()
}

#[test]
fn a_missing_permission_is_named() {
    let kind = Kind::CustomFields(FieldOwner::Matter);
    let forbidden = refused(403, "ForbiddenError", "no");
    let failure = failing(forbidden, kind.clone(), "custom_fields.json");
    assert_eq!(failure.code(), ProblemCode::Forbidden);
    assert!(failure.problem.message.contains("“Custom fields”"));
    // A firewall's refusal is not about permissions.
    let failure = failing(raw(403, "<html>"), kind, "custom_fields.json");
    assert!(failure.problem.message.contains("firewall"));
    let unknown = refused(404, "NotFoundError", "no");
    let failure = failing(unknown, Kind::Stages(7), "matter_stages.json");
    assert_eq!(failure.problem.field.as_deref(), Some("/kind/stages"));
}

#[test]
fn what_is_malformed_costs_no_request() {
    let limited = |kind, limit| FindRequest {
        limit: Some(limit),
        ..of(kind)
    };
    for (request, field) in [
        (limited(Kind::PracticeAreas, 0), "/limit"),
        (limited(Kind::PracticeAreas, 201), "/limit"),
        (limited(users(None), 2001), "/limit"),
        (of(Kind::Stages(0)), "/kind/stages"),
        (
            of(Kind::Folders(Place::Contact(0))),
            "/kind/folders/contact",
        ),
        (
            of(Kind::Matters(MatterScope {
                client: Some(0),
                ..MatterScope::default()
            })),
            "/kind/matters/client",
        ),
        (searching(any_contact(), "a\nb"), "/search"),
        (searching(any_contact(), &"x".repeat(201)), "/search"),
    ] {
        let failure = find(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
    let (outcome, script) = found("contacts.json", &json!([]), &searching(any_contact(), "  "));
    assert_eq!(script.sent[0].param("query"), None);
    assert!(!outcome.may_lag);
}
