//! What `create-matter.create` sends and decides, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod known;
mod marker;
mod placed;

use clio_types::types::{Disposition, ProblemCode};
use serde_json::{Value, json};

use super::*;
use crate::scripted::{Reply, Script, data, lost, raw, refused, rows};
use crate::{Failure, Remedy};

const LIST: &str = "GET matters.json";
const POST: &str = "POST matters.json";
const AREAS: &str = "GET practice_areas.json";
const STAGES: &str = "GET matter_stages.json";

fn case() -> CreateRequest {
    CreateRequest {
        source_id: "intake:case-17".into(),
        began: None,
        client: 5,
        client_is_new: None,
        title: " Lee v. Doe ".into(),
        case_number: None,
        numbering: None,
        practice_area: None,
        matter_stage: None,
        status: None,
        known_id: None,
        other_clients: vec![],
        find_others: None,
        marker_field: None,
        on_removed: None,
    }
}

fn wanted_stage(named: RecordRef) -> MatterStage {
    match named {
        RecordRef::Id(id) => MatterStage::Id(id),
        RecordRef::Name(name) => MatterStage::Name(name),
    }
}

fn row(id: u64, reference: &str) -> Value {
    json!({ "id": id, "display_number": format!("{id:05}-Lee"), "client_reference": reference,
            "client": { "id": 5 } })
}

fn created(members: &Value) -> Reply {
    let mut row = row(9, "intake:case-17");
    for (name, value) in members.as_object().unwrap() {
        row[name] = value.clone();
    }
    raw(201, json!({ "data": row }).to_string())
}

fn run(clio: &mut Script, request: &CreateRequest) -> Result<CreateOutcome, Failure> {
    let outcome = create(clio, request);
    clio.done();
    outcome
}

fn linked(id: u64, by: MatterMatch, others: &[u64]) -> CreateOutcome {
    CreateOutcome {
        id,
        display_number: Some(format!("{id:05}-Lee")),
        disposition: Disposition::Linked,
        matched_by: Some(by),
        others: others.to_vec(),
    }
}

fn is_new(outcome: &CreateOutcome) -> bool {
    outcome.id == 9 && outcome.disposition == Disposition::Created && outcome.matched_by.is_none()
}

#[test]
fn a_new_matter_with_a_practice_area_by_name_costs_three_requests() {
    let mut request = case();
    request.practice_area = Some(RecordRef::Name(" family  LAW ".into()));
    request.status = Some(MatterStatus::Pending);
    request.case_number = Some("2026-17".into());
    let mut clio = Script::default();
    clio.on(
        LIST,
        rows(&json!([row(1, "other"), row(2, "intake:case-170")])),
    )
    .on(
        AREAS,
        rows(&json!([{ "id": 3, "name": "Tax" }, { "id": 4, "name": "Family Law" }])),
    )
    .on(POST, created(&json!({ "practice_area": { "id": 4 } })));
    assert!(is_new(&run(&mut clio, &request).unwrap()));

    assert_eq!(clio.sent[0].param("client_id"), Some("5"));
    assert_eq!(clio.sent[0].param("status"), Some("open,pending,closed"));
    assert_eq!(clio.sent[0].param("order"), Some("id(asc)"));
    assert_eq!(
        clio.sent[2].data,
        json!({
            "client": { "id": 5 }, "description": "Lee v. Doe (2026-17)",
            "client_reference": "intake:case-17", "status": "pending",
            "practice_area": { "id": 4 },
        })
    );
}

#[test]
fn an_existing_matter_costs_one_request_and_is_not_touched() {
    let mut request = case();
    // What it would get does not matter any more, so nobody looks it up.
    request.practice_area = Some(RecordRef::Name("No such area".into()));
    let mut clio = Script::default();
    let reference = "intake:case-17";
    clio.on(
        LIST,
        rows(&json!([row(8, reference), row(3, reference), row(1, "x")])),
    );
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(3, MatterMatch::Reference, &[8])
    );
}

#[test]
fn a_known_matter_is_linked_removed_or_made_again() {
    let mut request = case();
    request.known_id = Some(3);
    let mut clio = Script::default();
    clio.on("GET matters/3.json", data(&row(3, "whatever")));
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        linked(3, MatterMatch::KnownId, &[])
    );

    let gone = || refused(404, "NotFound", "gone");
    let mut clio = Script::default();
    clio.on("GET matters/3.json", gone());
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Permanent, ProblemCode::Removed)
    );
    assert_eq!(failure.problem.candidates, [3]);

    request.on_removed = Some(OnRemoved::Create);
    let mut clio = Script::default();
    clio.on("GET matters/3.json", gone())
        .on(LIST, rows(&json!([])))
        .on(POST, created(&json!({})));
    assert!(is_new(&run(&mut clio, &request).unwrap()));
}

#[test]
fn a_stage_is_checked_before_anything_is_written() {
    let mut request = case();
    request.practice_area = Some(RecordRef::Id(4));
    request.matter_stage = Some(wanted_stage(RecordRef::Name("Discovery".into())));
    let stage = |id: u64, name: &str, area: &str| {
        // Clio describes the practice area of a stage as a string.
        json!({ "id": id, "name": name, "practice_area_id": area })
    };
    let placed = json!({ "practice_area": { "id": 4 }, "matter_stage": { "id": 7 } });

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(
            STAGES,
            rows(&json!([
                stage(6, "Intake", "4"),
                stage(7, "discovery ", "4")
            ])),
        )
        .on(POST, created(&placed));
    assert!(is_new(&run(&mut clio, &request).unwrap()));
    assert_eq!(clio.sent[1].param("practice_area_id"), Some("4"));
    assert_eq!(clio.sent[2].data["matter_stage"], json!({ "id": 7 }));

    for named in [RecordRef::Name("Discovery".into()), RecordRef::Id(8)] {
        request.matter_stage = Some(wanted_stage(named));
        let elsewhere = rows(&json!([stage(8, "Discovery", "5")]));
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(STAGES, rows(&json!([])))
            .on(STAGES, elsewhere);
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Permanent, ProblemCode::Conflict)
        );
        assert_eq!(failure.problem.field.as_deref(), Some("/matter_stage"));
        assert_eq!(failure.problem.candidates, [8]);

        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(STAGES, rows(&json!([])))
            .on(STAGES, rows(&json!([stage(9, "Other", "5")])));
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::NotFound);
        assert_eq!(failure.problem.field.as_deref(), Some("/matter_stage"));
    }

    // An ignored filter would bring stages of other practice areas.
    request.matter_stage = Some(wanted_stage(RecordRef::Name("Discovery".into())));
    let all = rows(&json!([
        stage(8, "Discovery", "5"),
        stage(7, "Discovery", "4")
    ]));
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(STAGES, all)
        .on(POST, created(&placed));
    assert!(is_new(&run(&mut clio, &request).unwrap()));
}

#[test]
fn names_that_are_unknown_or_not_unique_are_named() {
    let mut request = case();
    request.practice_area = Some(RecordRef::Name("Family Law".into()));
    for (areas, code, candidates) in [
        (
            json!([{ "id": 3, "name": "Tax" }]),
            ProblemCode::NotFound,
            vec![],
        ),
        (
            json!([{ "id": 4, "name": "Family Law" }, { "id": 3, "name": "family law" }]),
            ProblemCode::Ambiguous,
            vec![3, 4],
        ),
    ] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([]))).on(AREAS, rows(&areas));
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(failure.code(), code);
        assert_eq!(failure.problem.field.as_deref(), Some("/practice_area"));
        assert_eq!(failure.problem.candidates, candidates);
    }
}

#[test]
fn after_a_lost_answer_the_matter_is_found_and_not_made_again() {
    for fault in [lost(), raw(502, ""), raw(201, "{\"da")] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(POST, fault.clone())
            .on(LIST, rows(&json!([row(9, "intake:case-17")])));
        assert!(is_new(&run(&mut clio, &case()).unwrap()));

        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(POST, fault)
            .on(LIST, rows(&json!([])));
        let failure = run(&mut clio, &case()).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Transient, ProblemCode::Unavailable)
        );
    }
}

#[test]
fn what_clio_ignored_is_noticed() {
    let mut request = case();
    request.practice_area = Some(RecordRef::Id(4));
    request.numbering = Some(Numbering::Manual);
    request.case_number = Some("2026-17".into());
    for (answer, field) in [
        (json!({ "client_reference": null }), "/source_id"),
        (json!({ "practice_area": null }), "/practice_area"),
        (
            json!({ "practice_area": { "id": 4 }, "display_number": "00009-Lee" }),
            "/numbering",
        ),
    ] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([]))).on(POST, created(&answer));
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
        assert_eq!(failure.problem.candidates, [9]);
    }
    // What may not be seen is not taken for ignored.
    let mut clio = Script::default();
    let answer = json!({ "practice_area": { "redacted": true }, "display_number": "2026-17" });
    clio.on(LIST, rows(&json!([]))).on(POST, created(&answer));
    assert!(is_new(&run(&mut clio, &request).unwrap()));
    assert_eq!(clio.sent[1].data["description"], "Lee v. Doe");
    assert_eq!(clio.sent[1].data["display_number"], "2026-17");
}

#[test]
fn a_refusal_names_the_member_at_fault() {
    for (status, message, field) in [
        (422, "Client must exist", Some("/client")),
        (404, "client not found", Some("/client")),
        (422, "Matter stage is invalid", Some("/matter_stage")),
        (422, "Practice area does not exist", Some("/practice_area")),
        (422, "Something else", None),
    ] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(POST, refused(status, "ArgumentError", message));
        let failure = run(&mut clio, &case()).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), field, "{message}");
        assert!(!failure.problem.message.contains(message));
    }
}

// CASES A3
#[test]
fn a_practice_area_that_is_not_there_is_named_however_clio_refuses_it() {
    let request = CreateRequest {
        practice_area: Some(RecordRef::Id(77)),
        ..case()
    };
    for (status, message) in [(404, "Practice area not found"), (422, "is invalid")] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(POST, refused(status, "ArgumentError", message))
            .on(AREAS, rows(&json!([{ "id": 4, "name": "Family Law" }])));
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::NotFound, "{message}");
        assert_eq!(failure.problem.field.as_deref(), Some("/practice_area"));
    }
}

#[test]
fn placement_is_resolved_without_writing() {
    let ask = |area: Option<RecordRef>, stage: Option<RecordRef>| ResolveRequest {
        practice_area: area,
        matter_stage: stage.map(wanted_stage),
    };
    let name = |name: &str| Some(RecordRef::Name(name.into()));
    let areas = || rows(&json!([{ "id": 4, "name": "Family Law" }]));
    let stages = || rows(&json!([{ "id": 7, "name": "Intake", "practice_area_id": "4" }]));

    let mut clio = Script::default();
    let nothing = resolve(&mut clio, &ask(None, None)).unwrap();
    assert_eq!(nothing, ResolveOutcome::default());

    let both = ResolveOutcome {
        practice_area: Some(4),
        matter_stage: Some(7),
    };
    let mut clio = Script::default();
    clio.on(AREAS, areas()).on(STAGES, stages());
    assert_eq!(
        resolve(&mut clio, &ask(name("family law"), name("intake"))).unwrap(),
        both
    );

    let mut clio = Script::default();
    clio.on(STAGES, stages());
    assert_eq!(
        resolve(&mut clio, &ask(None, Some(RecordRef::Id(7)))).unwrap(),
        both
    );

    let mut clio = Script::default();
    clio.on(AREAS, areas());
    let failure = resolve(&mut clio, &ask(Some(RecordRef::Id(5)), None)).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::NotFound);
    assert_eq!(failure.problem.field.as_deref(), Some("/practice_area"));

    let failure = resolve(&mut Script::default(), &ask(None, name("intake"))).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/practice_area"));
}

#[test]
fn a_malformed_input_costs_no_request() {
    type Change = fn(&mut CreateRequest);
    let cases: [(&str, Change); 9] = [
        ("/source_id", |r| r.source_id = "x".repeat(256)),
        ("/began", |r| r.began = Some("2026-03-01".into())),
        ("/client", |r| r.client = 0),
        ("/title", |r| r.title = "  ".into()),
        ("/case_number", |r| r.case_number = Some("1\n2".into())),
        ("/practice_area/name", |r| {
            r.practice_area = Some(RecordRef::Name(" ".into()))
        }),
        ("/practice_area", |r| {
            r.matter_stage = Some(wanted_stage(RecordRef::Name("Intake".into())))
        }),
        ("/known_id", |r| r.known_id = Some(0)),
        ("/other_clients/0", |r| r.other_clients = vec![0]),
    ];
    for (field, change) in cases {
        let mut request = case();
        change(&mut request);
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput, "{field}");
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}
