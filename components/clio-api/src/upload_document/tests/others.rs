//! What others have begun is left to them.

use clio_types::types::ProblemCode;

use super::*;
use crate::scripted::{lost, rows};

fn of_document() -> UploadRequest {
    let mut request = request();
    request.parent = Parent::Document(5);
    request.known = None;
    request
}

/// A document of somebody else's, whose latest version is unfinished.
fn theirs(number: u64, sha256: Option<&str>) -> Reply {
    let mut row = document(&version(number, false, Some(number)), None);
    row["external_properties"] = match sha256 {
        None => json!([]),
        Some(sha256) => json!([{ "id": 71, "name": "sha256", "value": sha256 }]),
    };
    answer(&row)
}

fn whole() -> Reply {
    rows(&json!([{ "id": 1, "fully_uploaded": true }]))
}

// CASES I10
#[test]
fn a_version_that_somebody_else_has_begun_gets_a_successor() {
    for (row, recorded) in [
        (theirs(2, None), None),
        // Ours since an earlier version: that says nothing of this one.
        (
            answer(&document(&version(2, false, Some(2)), Some(OTHER))),
            Some(OTHER),
        ),
    ] {
        let mut clio = Script::default();
        clio.on(READ, row)
            .on(VERSIONS, whole())
            .on(
                POST,
                answer(&document(&version(3, false, Some(3)), recorded)),
            )
            .on(THIRD, stored())
            .on(
                PATCH,
                answer(&document(&version(3, true, None), Some(DIGEST))),
            );
        assert_eq!(
            run(&mut clio, &of_document()).unwrap(),
            outcome(UploadDisposition::NewVersion, 5)
        );
        assert_eq!(clio.sent[4].data["uuid"], "uuid-3");
    }
}

// CASES I10
#[test]
fn a_document_that_somebody_else_has_begun_is_a_conflict() {
    // Not even our digest makes it ours.
    for sha256 in [None, Some(DIGEST)] {
        let mut clio = Script::default();
        clio.on(READ, theirs(1, sha256));
        let failure = run(&mut clio, &of_document()).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Conflict);
        assert_eq!(failure.problem.candidates, [5]);
    }
}

#[test]
fn a_document_that_this_source_id_has_begun_is_completed() {
    let mut clio = Script::default();
    let begun = document(&version(1, false, Some(1)), Some(DIGEST));
    clio.on(READ, answer(&begun)).on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &of_document()).unwrap(),
        outcome(UploadDisposition::Completed, 0)
    );
}

// CASES I10
#[test]
fn after_a_lost_answer_a_version_of_somebody_elses_is_not_ours() {
    let before = || answer(&document(&version(1, true, None), Some(OTHER)));
    let mut named = version(2, false, Some(2));
    named["filename"] = json!("Scan of Monday.pdf");
    for found in [named, version(3, false, Some(2))] {
        let mut clio = Script::default();
        clio.on(READ, before())
            .on(POST, lost())
            .on(READ, answer(&document(&found, Some(OTHER))));
        let failure = run(&mut clio, &of_document()).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Unavailable);
    }
}
