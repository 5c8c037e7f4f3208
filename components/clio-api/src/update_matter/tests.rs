//! What `update-matter.update` sends and decides, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use clio_types::types::ProblemCode;
use serde_json::{Value, json};

use super::*;
use crate::scripted::{Reply, Script, data, lost, raw, refused, rows};
use crate::{Failure, Remedy};
use clio_types::update_matter::Attorney;

const GET: &str = "GET matters/3.json";
const PATCH: &str = "PATCH matters/3.json";
const AREAS: &str = "GET practice_areas.json";
const STAGES: &str = "GET matter_stages.json";

fn request() -> UpdateRequest {
    UpdateRequest {
        matter: 3,
        etag: None,
        status: None,
        description: None,
        practice_area: None,
        matter_stage: None,
        responsible_attorney: None,
        originating_attorney: None,
    }
}

fn closing() -> UpdateRequest {
    UpdateRequest {
        status: Some(MatterStatus::Closed),
        ..request()
    }
}

/// The matter as it stands, with other members.
fn state(etag: &str, members: &Value) -> Reply {
    let mut row = json!({
        "id": 3, "etag": format!("\"{etag}\""), "status": "Open", "description": "Lee v. Doe",
        "practice_area": { "id": 10 }, "matter_stage": { "id": 11 },
        "responsible_attorney": { "id": 20 }, "originating_attorney": null,
    });
    for (name, value) in members.as_object().unwrap() {
        row[name] = value.clone();
    }
    data(&row)
}

fn run(clio: &mut Script, request: &UpdateRequest) -> Result<UpdateOutcome, Failure> {
    let outcome = update(clio, request);
    clio.done();
    outcome
}

fn changed(etag: &str) -> UpdateOutcome {
    UpdateOutcome {
        etag: Some(format!("\"{etag}\"")),
        changed: true,
    }
}

#[test]
fn only_what_differs_is_sent_and_only_against_the_state_that_was_seen() {
    let request = UpdateRequest {
        description: Some(" Lee v. Doe and others ".into()),
        responsible_attorney: Some(Attorney::Id(20)),
        originating_attorney: Some(Attorney::Id(21)),
        ..closing()
    };
    let after = json!({ "status": "Closed", "description": "Lee v. Doe and others",
        "originating_attorney": { "id": 21 } });
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(PATCH, state("b", &after));
    assert_eq!(run(&mut clio, &request).unwrap(), changed("b"));
    assert_eq!(clio.sent[1].header("if-match"), Some("\"a\""));
    assert_eq!(
        clio.sent[1].data,
        json!({ "status": "closed", "description": "Lee v. Doe and others",
            "originating_attorney": { "id": 21 } })
    );
}

#[test]
fn what_stands_already_costs_one_look_also_when_the_matter_was_edited_since() {
    for etag in [None, Some("\"old\"".to_owned())] {
        let request = UpdateRequest { etag, ..closing() };
        let mut clio = Script::default();
        clio.on(GET, state("b", &json!({ "status": "Closed" })));
        let outcome = run(&mut clio, &request).unwrap();
        assert!(!outcome.changed);
        assert_eq!(outcome.etag.as_deref(), Some("\"b\""));
    }
}

#[test]
fn a_matter_that_was_edited_since_the_caller_saw_it_is_a_conflict() {
    let request = UpdateRequest {
        etag: Some("\"a\"".into()),
        ..closing()
    };
    let mut clio = Script::default();
    clio.on(GET, state("b", &json!({})));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Permanent, ProblemCode::Conflict)
    );
    assert_eq!(failure.problem.candidates, [3]);
}

#[test]
fn a_412_is_a_conflict_unless_the_change_stands() {
    let stale = || refused(412, "PreconditionFailedError", "changed");
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(PATCH, stale())
        .on(GET, state("b", &json!({ "description": "Theirs" })));
    let failure = run(&mut clio, &closing()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Conflict);

    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(PATCH, stale())
        .on(GET, state("b", &json!({ "status": "Closed" })));
    assert_eq!(run(&mut clio, &closing()).unwrap(), changed("b"));
}

#[test]
fn a_lost_answer_is_looked_after_and_not_repeated() {
    for answer in [lost(), raw(502, ""), raw(200, "{\"data\":")] {
        let mut clio = Script::default();
        clio.on(GET, state("a", &json!({})))
            .on(PATCH, answer.clone())
            .on(GET, state("b", &json!({ "status": "Closed" })));
        assert_eq!(run(&mut clio, &closing()).unwrap(), changed("b"));

        let mut clio = Script::default();
        clio.on(GET, state("a", &json!({})))
            .on(PATCH, answer)
            .on(GET, state("a", &json!({})));
        let failure = run(&mut clio, &closing()).unwrap_err();
        assert_eq!(failure.remedy, Remedy::Transient);
        assert_eq!(failure.code(), ProblemCode::Unavailable);
        assert!(!failure.problem.message.contains("began"), "{failure}");
    }
}

#[test]
fn a_stage_is_looked_for_in_the_practice_area_that_the_matter_has_or_gets() {
    let stage = |name: &str| Some(RecordRef::Name(name.into()));
    let row = |id: u64, area: u64, name: &str| json!({ "id": id, "name": name, "practice_area_id": area });
    let request = UpdateRequest {
        matter_stage: stage("Closing"),
        ..request()
    };
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(STAGES, rows(&json!([row(12, 10, "closing")])))
        .on(PATCH, state("b", &json!({ "matter_stage": { "id": 12 } })));
    run(&mut clio, &request).unwrap();
    assert_eq!(clio.sent[1].param("practice_area_id"), Some("10"));
    assert_eq!(
        clio.sent[2].data,
        json!({ "practice_area": { "id": 10 }, "matter_stage": { "id": 12 } })
    );

    let moved = UpdateRequest {
        practice_area: Some(RecordRef::Name("Family".into())),
        ..request.clone()
    };
    let after = json!({ "practice_area": { "id": 30 }, "matter_stage": { "id": 31 } });
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(AREAS, rows(&json!([{ "id": 30, "name": "Family" }])))
        .on(STAGES, rows(&json!([row(31, 30, "Closing")])))
        .on(PATCH, state("b", &after));
    run(&mut clio, &moved).unwrap();

    // A stage that another practice area has is told before anything is sent.
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(STAGES, rows(&json!([])))
        .on(STAGES, rows(&json!([row(31, 30, "Closing")])));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Conflict);
    assert_eq!(failure.problem.field.as_deref(), Some("/matter_stage"));

    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({ "practice_area": null })));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/practice_area"));
}

#[test]
fn an_attorney_is_never_said_to_be_cleared() {
    for (request, field) in [
        (
            UpdateRequest {
                responsible_attorney: Some(Attorney::Clear),
                ..request()
            },
            "/responsible_attorney",
        ),
        (
            UpdateRequest {
                originating_attorney: Some(Attorney::Clear),
                ..closing()
            },
            "/originating_attorney",
        ),
    ] {
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
    // And one that Clio did not take is told.
    let request = UpdateRequest {
        responsible_attorney: Some(Attorney::Id(21)),
        ..request()
    };
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(PATCH, state("b", &json!({})));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    assert_eq!(
        failure.problem.field.as_deref(),
        Some("/responsible_attorney")
    );
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(PATCH, refused(404, "RecordNotFound", "User not found"));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(
        failure.problem.field.as_deref(),
        Some("/responsible_attorney")
    );
}

#[test]
fn a_change_without_a_tag_is_not_sent() {
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({ "etag": null })));
    let failure = run(&mut clio, &closing()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
}

#[test]
fn a_malformed_request_costs_nothing() {
    for (request, field) in [
        (request(), ""),
        (
            UpdateRequest {
                matter: 0,
                ..closing()
            },
            "/matter",
        ),
        (
            UpdateRequest {
                etag: Some("\"a\"\r\nx: y".into()),
                ..closing()
            },
            "/etag",
        ),
        (
            UpdateRequest {
                description: Some(" ".into()),
                ..closing()
            },
            "/description",
        ),
        (
            UpdateRequest {
                matter_stage: Some(RecordRef::Id(0)),
                ..closing()
            },
            "/matter_stage/id",
        ),
        (
            UpdateRequest {
                responsible_attorney: Some(Attorney::Id(0)),
                ..closing()
            },
            "/responsible_attorney/id",
        ),
    ] {
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}

// CASES A3
#[test]
fn what_clio_does_not_know_is_named_however_it_refuses_it() {
    let area = UpdateRequest {
        practice_area: Some(RecordRef::Id(77)),
        ..closing()
    };
    let attorney = UpdateRequest {
        originating_attorney: Some(Attorney::Id(77)),
        ..closing()
    };
    for (status, message) in [
        (404, "Practice area not found"),
        (422, "practice_area is invalid"),
        (422, "is invalid"),
        (400, ""),
    ] {
        let reply = || refused(status, "ArgumentError", message);
        let mut clio = Script::default();
        clio.on(GET, state("a", &json!({})))
            .on(PATCH, reply())
            .on(AREAS, rows(&json!([{ "id": 10, "name": "Family" }])));
        let failure = run(&mut clio, &area).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::NotFound, "{status} {message}");
        assert_eq!(failure.problem.field.as_deref(), Some("/practice_area"));
    }
    // One that is there is not at fault, and neither is said to be.
    let mut clio = Script::default();
    clio.on(GET, state("a", &json!({})))
        .on(PATCH, refused(422, "ArgumentError", "is invalid"))
        .on(AREAS, rows(&json!([{ "id": 77, "name": "Tax" }])));
    let failure = run(&mut clio, &area).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::RejectedByClio);
    assert_eq!(failure.problem.field, None);

    // Users are not looked for: Clio's own refusal stands, with its member.
    for (status, code) in [
        (404, ProblemCode::NotFound),
        (422, ProblemCode::RejectedByClio),
    ] {
        let message = "originating_attorney is invalid";
        let mut clio = Script::default();
        clio.on(GET, state("a", &json!({})))
            .on(PATCH, refused(status, "ArgumentError", message));
        let failure = run(&mut clio, &attorney).unwrap_err();
        assert_eq!(failure.code(), code);
        assert_eq!(
            failure.problem.field.as_deref(),
            Some("/originating_attorney")
        );
    }
}

// CASES A1
#[test]
fn what_may_not_be_seen_is_neither_taken_for_wanted_nor_for_nothing() {
    let stage = || UpdateRequest {
        matter_stage: Some(RecordRef::Id(12)),
        ..request()
    };
    for hidden in [json!({ "redacted": true }), json!({ "id": null })] {
        for (member, request, field) in [
            ("practice_area", stage(), "/practice_area"),
            ("matter_stage", stage(), "/matter_stage"),
            (
                "practice_area",
                UpdateRequest {
                    practice_area: Some(RecordRef::Id(10)),
                    ..request()
                },
                "/practice_area",
            ),
            (
                "responsible_attorney",
                UpdateRequest {
                    responsible_attorney: Some(Attorney::Id(20)),
                    ..request()
                },
                "/responsible_attorney",
            ),
            (
                "originating_attorney",
                UpdateRequest {
                    originating_attorney: Some(Attorney::Id(20)),
                    ..request()
                },
                "/originating_attorney",
            ),
        ] {
            let mut clio = Script::default();
            clio.on(GET, state("a", &json!({ member: hidden })));
            let failure = run(&mut clio, &request).unwrap_err();
            assert_eq!(failure.code(), ProblemCode::Forbidden, "{member}");
            assert_eq!(failure.problem.field.as_deref(), Some(field));
        }
    }
    // What is not to be changed may stay hidden.
    let after = json!({ "status": "Closed", "matter_stage": { "redacted": true } });
    let mut clio = Script::default();
    clio.on(
        GET,
        state("a", &json!({ "matter_stage": { "redacted": true } })),
    )
    .on(PATCH, state("b", &after));
    assert_eq!(run(&mut clio, &closing()).unwrap(), changed("b"));
}
