//! What `webhooks` sends and decides, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use clio_types::types::ProblemCode;
use clio_types::webhooks::{
    Change, EnsureOutcome, EnsureRequest, ListRequest, RemoveRequest, Unavailable,
    WebhookEvent as Event, WebhookModel as Model,
};
use serde_json::{Value, json};

use super::{ensure, list, remove};
use crate::scripted::{Reply, Script, data, lost, raw, refused, rows};
use crate::{Failure, Remedy};

const LIST: &str = "GET webhooks.json";
const POST: &str = "POST webhooks.json";
const URL: &str = "https://hooks.example.com/clio?a=1";

/// 31 days, less a minute, from the time of the scripts' answers.
const END: &str = "2026-04-01T09:29:00Z";

fn wanted() -> EnsureRequest {
    EnsureRequest::new(URL, Model::Matter, "id,etag,matter_stage{id,name}")
}

fn row(id: u64, change: Value) -> Value {
    let mut row = json!({ "id": id, "url": URL, "model": "matter",
        "fields": "id, matter_stage{name,id} ,etag", "events": ["deleted", "created", "updated"],
        "status": "enabled", "shared_secret": "s3cret", "expires_at": "2026-03-20T00:00:00Z" });
    for (name, value) in change.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

fn made(id: u64) -> Reply {
    let row = row(id, json!({ "status": "pending", "expires_at": END }));
    raw(201, json!({ "data": row }).to_string())
}

fn run(clio: &mut Script, request: &EnsureRequest) -> Result<EnsureOutcome, Failure> {
    let outcome = ensure(clio, request);
    clio.done();
    outcome
}

fn stands(outcome: Result<EnsureOutcome, Failure>) -> (u64, Change, Vec<u64>) {
    match outcome.unwrap() {
        EnsureOutcome::Subscribed(it) => (it.id, it.change, it.others),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_one_is_asked_for_with_the_full_thirty_one_days() {
    let mut clio = Script::default();
    // Each differs in one point, so none is the wanted one.
    let others = [
        json!({ "url": "https://hooks.example.com/clio?a=2" }),
        json!({ "model": "contact" }),
        json!({ "events": ["created", "updated"] }),
        json!({ "fields": "id,etag,matter_stage{id}" }),
    ];
    let others: Vec<_> = others.into_iter().map(|it| row(1, it)).collect();
    clio.on(LIST, rows(&json!(others))).on(POST, made(8));
    let outcome = run(&mut clio, &wanted());
    assert_eq!(stands(outcome), (8, Change::Created, vec![]));
    assert_eq!(
        clio.sent[1].data,
        json!({ "url": URL, "model": "matter", "fields": "id,etag,matter_stage{id,name}",
            "events": ["created", "deleted", "updated"], "expires_at": END })
    );
    assert_eq!(clio.sent[0].param("order"), Some("id(asc)"));
}

#[test]
fn one_that_stands_is_used_and_its_twin_reported() {
    let mut clio = Script::default();
    let twins = [
        row(4, json!({})),
        row(5, json!({})),
        row(6, json!({ "status": "suspended" })),
    ];
    clio.on(LIST, rows(&json!(twins)));
    let outcome = run(&mut clio, &wanted()).unwrap();
    let EnsureOutcome::Subscribed(it) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((it.id, it.change), (4, Change::Linked));
    assert_eq!(it.others, [5, 6]);
    assert_eq!(it.secret.as_deref(), Some("s3cret"));
    assert!(!format!("{it:?}").contains("s3cret"), "{it:?}");
}

#[test]
fn one_that_expires_soon_is_renewed() {
    let soon = || row(4, json!({ "expires_at": "2026-03-08T09:30:00Z" }));
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([soon()]))).on(
        "PATCH webhooks/4.json",
        data(&row(4, json!({ "expires_at": END }))),
    );
    assert_eq!(
        stands(run(&mut clio, &wanted())),
        (4, Change::Renewed, vec![])
    );
    assert_eq!(clio.sent[1].data, json!({ "expires_at": END }));

    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([soon()])));
    let later = EnsureRequest {
        renew_within_hours: Some(24),
        ..wanted()
    };
    assert_eq!(stands(run(&mut clio, &later)), (4, Change::Linked, vec![]));

    // The answer is lost: it counts when a look shows the later end.
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([soon()])))
        .on("PATCH webhooks/4.json", lost())
        .on(
            "GET webhooks/4.json",
            data(&row(4, json!({ "expires_at": END }))),
        );
    assert_eq!(
        stands(run(&mut clio, &wanted())),
        (4, Change::Renewed, vec![])
    );
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([soon()])))
        .on("PATCH webhooks/4.json", lost())
        .on("GET webhooks/4.json", data(&soon()));
    assert_eq!(
        run(&mut clio, &wanted()).unwrap_err().remedy,
        Remedy::Transient
    );
    // Ignored without a word.
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([soon()])))
        .on("PATCH webhooks/4.json", data(&soon()));
    assert_eq!(
        run(&mut clio, &wanted()).unwrap_err().code(),
        ProblemCode::UnexpectedAnswer
    );
}

#[test]
fn one_that_is_suspended_or_has_expired_is_made_anew() {
    for dead in [
        json!({ "status": "suspended" }),
        json!({ "expires_at": "2026-03-01T09:30:00Z" }),
    ] {
        for gone in [204, 404] {
            let mut clio = Script::default();
            clio.on(LIST, rows(&json!([row(4, dead.clone())])))
                .on("DELETE webhooks/4.json", raw(gone, ""))
                .on(POST, made(8));
            assert_eq!(
                stands(run(&mut clio, &wanted())),
                (8, Change::Recreated, vec![])
            );
        }
    }
}

#[test]
fn a_lost_answer_is_looked_after_and_makes_no_second_one() {
    let answers: [fn() -> Reply; 3] = [lost, || raw(502, ""), || raw(201, "{\"data\":")];
    for answer in answers {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(POST, answer())
            .on(LIST, rows(&json!([row(8, json!({ "status": "pending" }))])));
        assert_eq!(
            stands(run(&mut clio, &wanted())),
            (8, Change::Created, vec![])
        );
    }
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(POST, lost())
        .on(LIST, rows(&json!([])));
    let failure = run(&mut clio, &wanted()).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Transient, ProblemCode::Unavailable)
    );
}

#[test]
fn a_refused_document_webhook_names_what_serves_in_its_place() {
    let of = |model, reply: Reply| {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([]))).on(POST, reply);
        let request = EnsureRequest { model, ..wanted() };
        run(&mut clio, &request)
    };
    for model in [Model::Document, Model::Folder] {
        for status in [400, 403, 404, 422] {
            let outcome = of(model, refused(status, "ArgumentError", "model is invalid")).unwrap();
            let EnsureOutcome::Unavailable(Unavailable {
                status: told,
                message,
                ..
            }) = outcome
            else {
                panic!("{outcome:?}");
            };
            assert_eq!(told, status);
            assert!(message.contains("`detect-documents.detect`"), "{message}");
        }
        // A firewall and a failing server say nothing about the model.
        let failure = of(model, raw(403, "<html>no</html>")).unwrap_err();
        assert!(failure.problem.message.contains("firewall"), "{failure}");
    }
    // CASES A3
    for (status, kind, message) in [
        (400, "InvalidFields", "nonsense is not a valid field"),
        (400, "ArgumentError", "nonsense is not a valid field"),
        (422, "ArgumentError", "fields is invalid"),
        (422, "InvalidFields", ""),
    ] {
        for model in [Model::Document, Model::Matter] {
            let failure = of(model, refused(status, kind, message)).unwrap_err();
            assert_eq!(
                failure.code(),
                ProblemCode::InvalidInput,
                "{status} {message}"
            );
            assert_eq!(failure.problem.field.as_deref(), Some("/fields"), "{kind}");
        }
    }
    let failure = of(Model::Matter, refused(403, "ForbiddenError", "no")).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::Forbidden);
    assert!(failure.problem.message.contains("“Webhooks”"), "{failure}");
}

#[test]
fn all_are_listed_with_what_ended_and_removed_once() {
    let mut clio = Script::default();
    let here = row(4, json!({ "expires_at": "2026-02-01T00:00:00+00:00" }));
    let there = row(5, json!({ "url": "https://elsewhere.example.com/" }));
    clio.on(LIST, rows(&json!([here, there])));
    let request = ListRequest {
        url: Some(URL.into()),
    };
    let found = list(&mut clio, &request).unwrap().webhooks;
    assert_eq!(found.len(), 1);
    assert!(found[0].expired);
    assert_eq!(found[0].expires_at.as_deref(), Some("2026-02-01T00:00:00Z"));

    let gone = RemoveRequest { id: 4 };
    for (status, want) in [(204, true), (404, false)] {
        let mut clio = Script::default();
        clio.on("DELETE webhooks/4.json", raw(status, ""));
        assert_eq!(remove(&mut clio, &gone).unwrap().removed, want);
    }
    let wrapped = r#"{"metadata":{"encodingDecoded":"text/plain"},"data":"UmF0ZUxpbWl0ZWQ="}"#;
    // Nothing was removed where a gateway, or a spent budget, says 200.
    for (reply, code) in [
        (lost(), ProblemCode::Unavailable),
        (raw(200, "<html>Blocked</html>"), ProblemCode::Unavailable),
        (raw(200, wrapped), ProblemCode::RateLimited),
    ] {
        let mut clio = Script::default();
        clio.on("DELETE webhooks/4.json", reply);
        let failure = remove(&mut clio, &gone).unwrap_err();
        assert_eq!((failure.remedy, failure.code()), (Remedy::Transient, code));
    }
    // Nor was it gone where something between does not know the path.
    let mut clio = Script::default();
    clio.on("DELETE webhooks/4.json", raw(404, "<html>Not found</html>"));
    let failure = remove(&mut clio, &gone).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
}

#[test]
fn one_whose_end_is_not_told_is_renewed_and_never_made_twice() {
    let open = || row(4, json!({ "expires_at": null }));
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([open()])))
        .on("PATCH webhooks/4.json", data(&open()));
    assert_eq!(
        stands(run(&mut clio, &wanted())),
        (4, Change::Renewed, vec![])
    );
    assert_eq!(clio.sent[1].data["expires_at"], END);
    // CASES A1: events and fields that are not told are no others.
    let silent = row(4, json!({ "events": null, "fields": null }));
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([silent])));
    assert_eq!(
        stands(run(&mut clio, &wanted())),
        (4, Change::Linked, vec![])
    );
}

#[test]
fn a_malformed_input_costs_nothing() {
    let changed = |change: fn(&mut EnsureRequest)| {
        let mut request = wanted();
        change(&mut request);
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput);
        failure.problem.field.unwrap()
    };
    assert_eq!(
        changed(|r| r.url = "http://hooks.example.com/".into()),
        "/url"
    );
    assert_eq!(
        changed(|r| r.url = "http://127.0.0.1.example.com/".into()),
        "/url"
    );
    assert_eq!(changed(|r| r.url = "https:///x".into()), "/url");
    for bad in [" ", "id,,etag", "id,a{b{c}}", "id,a{b", "id}", "Id", "a{}"] {
        let request = EnsureRequest {
            fields: bad.into(),
            ..wanted()
        };
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.problem.field.as_deref(), Some("/fields"), "{bad}");
    }
    assert_eq!(
        changed(|r| r.fields = "id,".repeat(333) + "etag"),
        "/fields"
    );
    assert_eq!(
        changed(|r| r.renew_within_hours = Some(721)),
        "/renew_within_hours"
    );
    assert_eq!(
        changed(|r| {
            r.model = Model::Contact;
            r.events = vec![Event::MatterClosed];
        }),
        "/events"
    );
    assert_eq!(
        changed(|r| {
            r.model = Model::ClioPaymentsPayment;
            r.events = vec![Event::Deleted];
        }),
        "/events"
    );
    assert_eq!(
        remove(&mut Script::default(), &RemoveRequest { id: 0 })
            .unwrap_err()
            .code(),
        ProblemCode::InvalidInput
    );
}

#[test]
fn payments_are_told_of_without_deletions() {
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([]))).on(POST, made(8));
    let request = EnsureRequest {
        model: Model::ClioPaymentsPayment,
        ..wanted()
    };
    stands(run(&mut clio, &request));
    assert_eq!(clio.sent[1].data["events"], json!(["created", "updated"]));
    assert_eq!(clio.sent[1].data["model"], "clio_payments_payment");
}
