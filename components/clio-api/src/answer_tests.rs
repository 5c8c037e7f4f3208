//! Every kind of answer, and what becomes of it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use base64::Engine;
use clio_types::sync_contact::{Company, Contact, SyncRequest};
use clio_types::types::ProblemCode;
use serde_json::json;

use crate::scripted::{Reply, Script, raw, refused};
use crate::sync_contact::sync;
use crate::transport::TransportError;
use crate::{Failure, Remedy};

/// The failure of a look at a known contact that is answered so.
fn failure(reply: Reply) -> Failure {
    let mut clio = Script::default();
    clio.on("GET contacts/5.json", reply);
    let request = SyncRequest {
        source_id: "intake:7".into(),
        began: None,
        contact: Contact::Company(Company {
            name: "Secret Client".into(),
        }),
        emails: vec![],
        phones: vec![],
        addresses: vec![],
        known_id: Some(5),
        known_others: vec![],
        find_others: None,
        marker_field: None,
        on_name_conflict: None,
    };
    let failure = sync(&mut clio, &request).unwrap_err();
    clio.done();
    failure
}

#[test]
fn each_status_has_its_code_and_remedy() {
    use ProblemCode::{
        Conflict, Forbidden, NotConnected, RejectedByClio, Unavailable, UnexpectedAnswer,
    };
    use Remedy::{Permanent, Transient};
    for (status, code, remedy) in [
        (400, RejectedByClio, Permanent),
        (401, NotConnected, Permanent),
        (403, Forbidden, Permanent),
        (409, Conflict, Permanent),
        (410, UnexpectedAnswer, Permanent),
        (412, Conflict, Permanent),
        (422, RejectedByClio, Permanent),
        (500, Unavailable, Transient),
        (502, Unavailable, Transient),
        (503, Unavailable, Transient),
        (302, UnexpectedAnswer, Permanent),
    ] {
        let json = failure(refused(status, "SomeError", "Secret Client is wrong"));
        assert_eq!((json.code(), json.remedy), (code, remedy), "{status}");
        assert_eq!(json.problem.status, Some(status));
        assert_eq!(json.problem.clio_type.as_deref(), Some("SomeError"));
        // The sentence repeats what was submitted.
        assert!(
            !json.problem.message.contains("Secret"),
            "{}",
            json.problem.message
        );

        // Neither an empty body nor one that was cut changes what it says.
        for body in ["", " \n", "{\"error\":"] {
            let other = failure(raw(status, body));
            assert_eq!(
                (other.code(), other.remedy),
                (code, remedy),
                "{status} {body}"
            );
            assert_eq!(other.problem.clio_type, None);
        }
    }
}

// CASES V12
#[test]
fn what_stands_between_is_told_from_clio() {
    for body in [
        "<html><body>403 Forbidden</body></html>",
        "Access denied by policy",
        "{\"message\":\"Forbidden\"}",
        "<?xml version=\"1.0\"?><Error/>",
    ] {
        for status in [302, 400, 403, 404, 405, 407, 409, 410, 412, 422, 451] {
            let failure = failure(raw(status, body));
            assert_eq!(
                (failure.code(), failure.remedy),
                (ProblemCode::UnexpectedAnswer, Remedy::Permanent),
                "{status} {body}"
            );
            assert_eq!(failure.problem.status, Some(status));
            assert_eq!(failure.problem.field, None, "{status} {body}");
            let message = &failure.problem.message;
            assert!(message.contains("firewall"), "{message}");
            assert!(message.contains("proxy"), "{message}");
        }
        // What a client does about these does not depend on who answers.
        for (status, code) in [
            (401, ProblemCode::NotConnected),
            (429, ProblemCode::RateLimited),
            (502, ProblemCode::Unavailable),
            (503, ProblemCode::Unavailable),
        ] {
            assert_eq!(failure(raw(status, body)).code(), code, "{status} {body}");
        }
    }
}

#[test]
fn the_next_steps_are_named() {
    let message = |reply| failure(reply).problem.message;
    let unauthorized = message(raw(401, ""));
    assert!(unauthorized.contains("Reconnect") && unauthorized.contains("region"));
    let forbidden = message(refused(403, "ForbiddenError", "no"));
    assert!(forbidden.contains("permission") && forbidden.contains("plan"));
    assert!(message(raw(410, "")).contains("newer release"));
}

#[test]
fn a_type_that_is_no_name_is_not_passed_on() {
    let odd = failure(refused(422, "ann@x.com is taken", "x"));
    assert_eq!(odd.problem.clio_type, None);
    assert!(!odd.problem.message.contains("ann"));
}

#[test]
fn a_spent_budget_says_how_long_to_wait() {
    let limited = refused(
        429,
        "RateLimited",
        "Rate limit exceeded. Retry in 12 seconds.",
    );
    for (reply, wait) in [
        (limited.clone(), 12_000),
        (limited.clone().header("Retry-After", "34"), 34_000),
        (
            limited.header("Retry-After", "Sun, 01 Mar 2026 09:30:20 GMT"),
            20_000,
        ),
    ] {
        let failure = failure(reply);
        assert_eq!(
            (failure.code(), failure.remedy),
            (ProblemCode::RateLimited, Remedy::Transient)
        );
        assert_eq!(failure.problem.retry_after_ms, Some(wait));
    }
}

#[test]
fn a_limit_that_comes_as_success_is_recognised() {
    let data = base64::engine::general_purpose::STANDARD
        .encode(r#"{"error":{"type":"RateLimited","message":"Retry in 9 seconds"}}"#);
    let body = json!({ "metadata": { "encodingDecoded": "text/plain" }, "data": data });
    // Whatever the status is.
    for status in [200, 201, 403, 429, 503] {
        let failure = failure(raw(status, body.to_string()));
        assert_eq!(
            (failure.code(), failure.remedy),
            (ProblemCode::RateLimited, Remedy::Transient),
            "{status}"
        );
        assert_eq!(failure.problem.retry_after_ms, Some(9_000), "{status}");
    }
    let header = raw(429, body.to_string()).header("Retry-After", "34");
    assert_eq!(failure(header).problem.retry_after_ms, Some(34_000));
}

#[test]
fn a_success_that_is_not_whole_or_not_clios_is_transient() {
    for body in ["", "{\"data\":{\"id\":5", "<html>maintenance</html>"] {
        let failure = failure(raw(200, body));
        assert_eq!(
            (failure.code(), failure.remedy),
            (ProblemCode::Unavailable, Remedy::Transient)
        );
    }
    let other = failure(raw(200, r#"{"data":{"id":"five"}}"#));
    assert_eq!(
        (other.code(), other.remedy),
        (ProblemCode::UnexpectedAnswer, Remedy::Permanent)
    );
}

#[test]
fn each_missing_answer_has_its_code() {
    for (error, code, remedy) in [
        (
            TransportError::Denied,
            ProblemCode::DeniedByPolicy,
            Remedy::Permanent,
        ),
        (
            TransportError::NotConnected,
            ProblemCode::NotConnected,
            Remedy::Permanent,
        ),
        (
            TransportError::AccountUnavailable,
            ProblemCode::Unavailable,
            Remedy::Transient,
        ),
        (
            TransportError::NotSent("refused"),
            ProblemCode::Unavailable,
            Remedy::Transient,
        ),
        (
            TransportError::Unfit("the host does not take a header"),
            ProblemCode::UnexpectedAnswer,
            Remedy::Permanent,
        ),
        (
            TransportError::Lost("cut"),
            ProblemCode::Unavailable,
            Remedy::Transient,
        ),
        (
            TransportError::TooLarge,
            ProblemCode::UnexpectedAnswer,
            Remedy::Permanent,
        ),
        (
            TransportError::Url,
            ProblemCode::UnexpectedAnswer,
            Remedy::Permanent,
        ),
    ] {
        let failure = failure(Reply::Failed(error));
        assert_eq!((failure.code(), failure.remedy), (code, remedy), "{error}");
        assert_eq!(failure.problem.status, None);
    }
}
