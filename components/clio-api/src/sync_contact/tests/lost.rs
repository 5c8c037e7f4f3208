//! Creations whose answer does not arrive.

use super::*;
use crate::Remedy;
use crate::scripted::lost;
use crate::transport::TransportError;

#[test]
fn after_a_lost_answer_the_contact_is_found_and_not_made_again() {
    let truncated = raw(201, r#"{"data":{"id":5,"etag""#);
    for fault in [
        lost(),
        raw(502, "<html>Bad Gateway</html>"),
        refused(500, "X", "x"),
        truncated,
    ] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(LIST, rows(&json!([])))
            .on(POST, fault)
            .on(LIST, rows(&json!([row(5, "Ann", "Lee", &["ann@x.com"])])));
        assert_eq!(run(&mut clio, &ann()).unwrap(), new(5));
    }
}

#[test]
fn an_unknown_outcome_is_transient_and_never_a_second_post() {
    for look in [
        rows(&json!([])),
        lost(),
        refused(403, "ForbiddenError", "no"),
    ] {
        let mut clio = Script::default();
        clio.on(LIST, rows(&json!([])))
            .on(LIST, rows(&json!([])))
            .on(POST, lost())
            .on(LIST, look);
        let failure = run(&mut clio, &ann()).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Transient, ProblemCode::Unavailable)
        );
        assert_eq!(clio.lines().iter().filter(|line| **line == POST).count(), 1);
    }
}

#[test]
fn a_refused_connection_needs_no_look() {
    let mut clio = Script::default();
    let refused = crate::scripted::Reply::Failed(TransportError::NotSent("refused"));
    clio.on(LIST, rows(&json!([])))
        .on(LIST, rows(&json!([])))
        .on(POST, refused);
    let failure = run(&mut clio, &ann()).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Transient, ProblemCode::Unavailable)
    );
}
