//! What `check-connection.check` asks and tells, against a script.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use clio_types::types::ProblemCode;
use serde_json::json;

use super::*;
use crate::scripted::{Reply, Script, raw, refused, rows};

const WHO_AM_I: &str = "GET users/who_am_i.json";

fn me() -> Reply {
    let account = json!({"id": 31, "name": "Lee LLP"});
    raw(
        200,
        json!({"data": {"id": 7, "name": "Ann Lee", "account": account}}).to_string(),
    )
}

fn run(clio: &mut Script, areas: &[Area]) -> Result<CheckOutcome, Failure> {
    let request = CheckRequest {
        areas: areas.to_vec(),
    };
    let outcome = check(clio, &request);
    clio.done();
    outcome
}

#[test]
fn everything_is_looked_at_in_seven_requests() {
    let mut clio = Script::default();
    clio.on(WHO_AM_I, me());
    for area in [
        "contacts",
        "matters",
        "documents",
        "custom_fields",
        "webhooks",
        "users",
    ] {
        clio.on(&format!("GET {area}.json"), rows(&json!([{"id": 1}])));
    }
    let outcome = run(&mut clio, &[]).unwrap();
    assert_eq!(outcome.user.id, 7);
    assert_eq!(outcome.account.unwrap().name.as_deref(), Some("Lee LLP"));
    let granted = |area| AreaAccess {
        area,
        access: Access::Granted,
    };
    assert_eq!(outcome.areas, Area::ALL.map(granted));
    assert_eq!(clio.sent[1].param("limit"), Some("1"));
}

#[test]
fn an_area_that_may_not_be_read_is_an_answer() {
    let mut clio = Script::default();
    clio.on(WHO_AM_I, me())
        .on("GET contacts.json", rows(&json!([])))
        .on("GET documents.json", refused(403, "ForbiddenError", ""));
    let outcome = run(&mut clio, &[Area::Documents, Area::Contacts]).unwrap();
    assert_eq!(
        outcome.areas,
        [
            AreaAccess {
                area: Area::Contacts,
                access: Access::Granted,
            },
            AreaAccess {
                area: Area::Documents,
                access: Access::Refused,
            }
        ]
    );
}

#[test]
fn an_application_that_may_not_see_the_account_is_asked_without_it() {
    let mut clio = Script::default();
    clio.on(WHO_AM_I, refused(400, "InvalidFields", ""))
        .on(WHO_AM_I, raw(200, json!({"data": {"id": 7}}).to_string()))
        .on("GET matters.json", rows(&json!([])));
    let outcome = run(&mut clio, &[Area::Matters]).unwrap();
    assert_eq!((outcome.user.name, outcome.account), (None, None));
    assert_eq!(clio.sent[1].param("fields"), Some("id,name"));
}

#[test]
fn a_refused_credential_and_a_plan_without_the_api_are_told_apart() {
    for (status, code) in [
        (401, ProblemCode::NotConnected),
        (403, ProblemCode::Forbidden),
    ] {
        let mut clio = Script::default();
        clio.on(WHO_AM_I, refused(status, "Refused", ""));
        let failure = run(&mut clio, &[]).unwrap_err();
        assert_eq!(failure.problem.code, code);
    }
}

#[test]
fn an_area_that_could_not_be_looked_at_is_a_failure_and_no_finding() {
    let mut clio = Script::default();
    clio.on(WHO_AM_I, me())
        .on("GET contacts.json", raw(503, String::new()));
    assert_eq!(
        run(&mut clio, &[]).unwrap_err().problem.code,
        ProblemCode::Unavailable
    );
}

// CASES V12
#[test]
fn a_firewall_in_front_of_one_area_is_no_missing_permission() {
    for body in ["<html>403 Forbidden</html>", "{\"message\":\"Forbidden\"}"] {
        let mut clio = Script::default();
        clio.on(WHO_AM_I, me())
            .on("GET contacts.json", rows(&json!([])))
            .on("GET documents.json", raw(403, body));
        let failure = run(&mut clio, &[Area::Documents, Area::Contacts]).unwrap_err();
        assert_eq!(failure.problem.code, ProblemCode::UnexpectedAnswer);
        assert_eq!(failure.problem.status, Some(403));
        let message = &failure.problem.message;
        assert!(message.contains("documents"), "{message}");
        assert!(message.contains("firewall"), "{message}");
    }
}
