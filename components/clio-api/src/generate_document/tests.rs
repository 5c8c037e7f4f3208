//! Starting and following on scripted answers: one automation, whatever is
//! lost.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use clio_types::types::{Disposition, ProblemCode};
use serde_json::{Value, json};

use super::*;
use crate::problem::{Failure, Remedy};
use crate::scripted::{Script, data, lost, page, raw, refused, rows};

const LIST: &str = "GET document_automations.json";
const POST: &str = "POST document_automations.json";
const BEGAN: &str = "2026-03-01T09:00:00Z";

fn wanted() -> StartRequest {
    StartRequest {
        source_id: "intake:1/letter".into(),
        began: Some(BEGAN.into()),
        matter: 3,
        template: 8,
        filename: "Letter".into(),
        formats: vec![
            DocumentFormat::Pdf,
            DocumentFormat::Original,
            DocumentFormat::Pdf,
        ],
    }
}

fn row(id: u64, state: &str) -> Value {
    json!({"id": id, "state": state, "created_at": "2026-03-01T09:00:05Z", "filename": "Letter",
        "export_formats": "[\"original\",\"pdf\"]", "matter": {"id": 3},
        "document_template": {"id": 8}, "documents": []})
}

fn with(id: u64, member: &str, value: Value) -> Value {
    let mut row = row(id, "completed");
    row[member] = value;
    row
}

fn run(script: &mut Script) -> Result<StartOutcome, Failure> {
    let ended = start(script, &wanted());
    script.done();
    ended
}

#[test]
fn an_automation_is_looked_for_and_then_started() {
    let mut script = Script::default();
    script
        .on(LIST, rows(&json!([])))
        .on(POST, data(&row(20, "not_started")));
    let outcome = run(&mut script).unwrap();
    assert_eq!(
        script.sent[0].param("created_since"),
        Some("2026-03-01T08:49:59Z")
    );
    assert_eq!(
        script.sent[1].data,
        json!({"matter": {"id": 3}, "document_template": {"id": 8}, "filename": "Letter",
            "formats": ["original", "pdf"]})
    );
    assert_eq!(outcome.disposition, Disposition::Created);
    assert_eq!(outcome.state, AutomationState::NotStarted);
    assert_eq!(outcome.look_again_ms, Some(5_000));
}

#[test]
fn the_same_automation_is_found_among_others() {
    let mut script = Script::default();
    let listed = json!([
        with(11, "matter", json!({"id": 4})),
        with(12, "document_template", json!({"id": 9})),
        with(13, "filename", json!("Letter 2")),
        with(14, "export_formats", json!(["pdf"])),
        // Clio would ignore a filter that it does not know.
        with(15, "created_at", json!("2026-03-01T08:00:00Z")),
        row(16, "failed"),
        with(17, "filename", json!("Letter.docx")),
        row(18, "queued"),
    ]);
    script.on(LIST, rows(&listed));
    let outcome = run(&mut script).unwrap();
    assert_eq!(outcome.disposition, Disposition::Linked);
    assert_eq!(outcome.id, 17);
    assert_eq!(outcome.others, [16, 18]);
    assert_eq!(outcome.look_again_ms, None);
}

#[test]
fn one_that_failed_before_the_call_is_tried_again_and_one_of_this_call_is_told() {
    let mut script = Script::default();
    let mut before = row(16, "failed");
    before["created_at"] = json!("2026-03-01T08:58:00Z");
    script
        .on(LIST, rows(&json!([before])))
        .on(POST, lost())
        .on(LIST, rows(&json!([before, row(17, "queued")])));
    let outcome = run(&mut script).unwrap();
    assert_eq!(outcome.id, 17);
    assert_eq!(outcome.disposition, Disposition::Created);

    let mut script = Script::default();
    script.on(LIST, rows(&json!([row(16, "empty")])));
    let outcome = run(&mut script).unwrap();
    assert_eq!(outcome.state, AutomationState::Empty);
}

#[test]
fn a_lost_answer_is_looked_after_and_never_repeated() {
    for answer in [lost(), raw(502, ""), raw(201, "{\"data\":")] {
        let mut script = Script::default();
        script
            .on(LIST, rows(&json!([])))
            .on(POST, answer.clone())
            .on(LIST, rows(&json!([row(20, "queued")])));
        let outcome = run(&mut script).unwrap();
        assert_eq!(outcome.id, 20);
        assert_eq!(outcome.disposition, Disposition::Created);

        for look in [rows(&json!([])), lost()] {
            let mut script = Script::default();
            script
                .on(LIST, rows(&json!([])))
                .on(POST, answer.clone())
                .on(LIST, look);
            let failure = run(&mut script).unwrap_err();
            assert_eq!(failure.remedy, Remedy::Transient);
            assert!(failure.problem.message.contains("`began`"), "{failure}");
        }
    }
}

#[test]
fn what_may_not_be_seen_is_neither_taken_nor_started_twice() {
    for (member, hidden) in [
        ("matter", json!({"redacted": true})),
        ("document_template", json!({"redacted": true})),
    ] {
        let mut script = Script::default();
        script.on(LIST, rows(&json!([with(11, member, hidden)])));
        let failure = run(&mut script).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Forbidden);
        assert_eq!(failure.problem.candidates, [11]);
    }
}

#[test]
fn refusals_name_what_is_missing() {
    for (message, field) in [
        ("Document template not found", Some("/template")),
        ("Matter not found", None),
    ] {
        let mut script = Script::default();
        script
            .on(LIST, rows(&json!([])))
            .on(POST, refused(404, "RecordNotFound", message));
        let failure = run(&mut script).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::NotFound);
        assert_eq!(failure.problem.field.as_deref(), field);
    }
}

#[test]
fn a_malformed_input_costs_nothing() {
    type Change = fn(&mut StartRequest);
    let changes: [(&str, Change); 7] = [
        ("/source_id", |r| r.source_id.clear()),
        ("/began", |r| r.began = Some("now".into())),
        ("/matter", |r| r.matter = 0),
        ("/template", |r| r.template = 0),
        ("/filename", |r| r.filename = " ".into()),
        ("/filename", |r| r.filename = "a/b".into()),
        ("/formats", |r| r.formats.clear()),
    ];
    for (field, change) in changes {
        let mut request = wanted();
        change(&mut request);
        let failure = start(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}

#[test]
fn an_automation_is_followed_to_its_documents() {
    let show = "GET document_automations/20.json";
    let mut done = row(20, "completed");
    done["documents"] = json!([{"id": "71", "name": "Letter.docx"}, {"id": 72}]);
    let mut script = Script::default();
    script.on(show, data(&done));
    let automation = follow(&mut script, &FollowRequest { id: 20 }).unwrap();
    assert_eq!(automation.state, AutomationState::Completed);
    let ids: Vec<u64> = automation.documents.iter().map(|it| it.id).collect();
    assert_eq!(ids, [71, 72]);
    for (state, ended) in [("in_progress", false), ("failed", true), ("empty", true)] {
        let mut script = Script::default();
        script.on(show, data(&row(20, state)));
        let automation = follow(&mut script, &FollowRequest { id: 20 }).unwrap();
        assert_eq!(automation.look_again_ms.is_none(), ended, "{state}");
    }
    let mut script = Script::default();
    script.on(show, data(&row(20, "paused")));
    let failure = follow(&mut script, &FollowRequest { id: 20 }).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    let mut script = Script::default();
    script.on(show, refused(404, "RecordNotFound", "x"));
    let failure = follow(&mut script, &FollowRequest { id: 20 }).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/id"));
}

#[test]
fn templates_are_listed_page_by_page() {
    let list = "GET document_templates.json";
    let row = |id: u64| {
        json!({"id": id, "filename": "Letter.docx", "content_type": "application/msword",
            "updated_at": "2026-02-01T00:00:00Z", "document_category": {"id": 9}})
    };
    let next = "https://app.clio.com/api/v4/document_templates.json?fields=id&page_token=a%2Fb";
    let mut script = Script::default();
    script
        .on(list, page(&json!([row(8)]), next))
        .on(list, rows(&json!([row(9)])));
    let first = templates(&mut script, &TemplatesRequest::default()).unwrap();
    assert_eq!((first.templates[0].id, first.templates.len()), (8, 1));
    let second = templates(
        &mut script,
        &TemplatesRequest {
            cursor: first.cursor,
        },
    )
    .unwrap();
    script.done();
    assert_eq!(script.sent[1].param("page_token"), Some("a/b"));
    assert_eq!((second.templates[0].id, second.cursor), (9, None));
    for cursor in ["", "a b", "a#b", "a\r\nX-Evil: 1", "\u{e9}"] {
        let failure = templates(
            &mut Script::default(),
            &TemplatesRequest {
                cursor: Some(cursor.to_owned()),
            },
        )
        .unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some("/cursor"));
    }
}
