//! New versions of a document.

use clio_types::types::ProblemCode;

use super::*;
use crate::scripted::{lost, refused, rows};

#[test]
fn a_version_comes_where_no_usable_url_does() {
    let mut request = request();
    request.known = Some(known(DocumentStatus::Incomplete, Some(OTHER)));
    let again = || answer(&document(&version(2, false, Some(2)), Some(OTHER)));
    let done = || answer(&document(&version(2, true, None), Some(DIGEST)));

    let mut clio = Script::default();
    clio.on(
        READ,
        answer(&document(&version(1, false, None), Some(OTHER))),
    )
    .on(POST, again())
    .on(AGAIN, stored())
    .on(PATCH, done());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Completed, 5)
    );

    let expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    let mut clio = Script::default();
    clio.on(
        READ,
        answer(&document(&version(1, false, Some(1)), Some(OTHER))),
    )
    .on(PUT, raw(403, expired))
    .on(POST, again())
    .on(AGAIN, stored())
    .on(PATCH, done());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Completed, 5)
    );
}

#[test]
fn a_later_version_that_was_begun_does_not_hide_the_earlier_one() {
    let mut request = request();
    request.known = Some(known(DocumentStatus::Incomplete, Some(OTHER)));
    let begun = || answer(&document(&version(2, false, Some(2)), Some(OTHER)));
    let whole = || rows(&json!([{ "id": 1, "fully_uploaded": true }]));
    let mut clio = Script::default();
    clio.on(READ, begun()).on(VERSIONS, whole());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Changed, 0)
    );

    // Nothing says who began it: it gets a successor.
    request.on_change = Some(OnChange::NewVersion);
    let mut clio = Script::default();
    clio.on(READ, begun())
        .on(VERSIONS, whole())
        .on(
            POST,
            answer(&document(&version(3, false, Some(3)), Some(OTHER))),
        )
        .on(THIRD, stored())
        .on(
            PATCH,
            answer(&document(&version(3, true, None), Some(DIGEST))),
        );
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::NewVersion, 5)
    );
}

#[test]
fn an_upload_that_was_interrupted_twice_is_not_taken_for_whole() {
    // No URL came back the first time, so a second version was begun, and that
    // broke off, too.
    for on_change in [None, Some(OnChange::NewVersion)] {
        let mut request = request();
        request.known = Some(known(DocumentStatus::Incomplete, Some(DIGEST)));
        request.on_change = on_change;
        let mut clio = Script::default();
        clio.on(
            READ,
            answer(&document(&version(2, false, Some(2)), Some(DIGEST))),
        )
        .on(VERSIONS, rows(&json!([])))
        .on(
            POST,
            answer(&document(&version(3, false, Some(3)), Some(DIGEST))),
        )
        .on(THIRD, stored())
        .on(
            PATCH,
            answer(&document(&version(3, true, None), Some(DIGEST))),
        );
        assert_eq!(
            run(&mut clio, &request).unwrap(),
            outcome(UploadDisposition::Completed, 5)
        );
    }
}

#[test]
fn after_a_lost_answer_a_version_is_found_and_not_added_again() {
    let mut request = request();
    request.known = Some(known(DocumentStatus::Complete, Some(OTHER)));
    request.on_change = Some(OnChange::NewVersion);
    let before = || answer(&document(&version(1, true, None), Some(OTHER)));
    let mut clio = Script::default();
    clio.on(READ, before())
        .on(POST, lost())
        .on(
            READ,
            answer(&document(&version(2, false, Some(2)), Some(OTHER))),
        )
        .on(AGAIN, stored())
        .on(
            PATCH,
            answer(&document(&version(2, true, None), Some(DIGEST))),
        );
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::NewVersion, 5)
    );

    let mut clio = Script::default();
    clio.on(READ, before()).on(POST, lost()).on(READ, before());
    assert_eq!(
        run(&mut clio, &request).unwrap_err().code(),
        ProblemCode::Unavailable
    );
}

#[test]
fn a_named_document_gets_a_version() {
    let mut request = request();
    request.parent = Parent::Document(5);
    request.known = None;
    let plain = |properties: Value| {
        let mut document = document(&version(1, true, None), None);
        document["external_properties"] = properties;
        answer(&document)
    };
    let mut clio = Script::default();
    clio.on(READ, plain(json!([])))
        .on(POST, answer(&document(&version(2, false, Some(2)), None)))
        .on(AGAIN, stored())
        .on(
            PATCH,
            answer(&document(&version(2, true, None), Some(DIGEST))),
        );
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::NewVersion, 5)
    );
    assert_eq!(
        clio.sent[3].data["external_properties"],
        json!([
            { "name": "source-id", "value": "intake:doc-1" },
            { "name": "sha256", "value": DIGEST },
        ])
    );

    // A repetition finds the version there.
    let mut clio = Script::default();
    clio.on(
        READ,
        answer(&document(&version(2, true, None), Some(DIGEST))),
    );
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Linked, 0)
    );

    let mut clio = Script::default();
    clio.on(
        READ,
        plain(json!([{ "id": 1, "name": "source-id", "value": "other:1" }])),
    );
    assert_eq!(
        run(&mut clio, &request).unwrap_err().code(),
        ProblemCode::Conflict
    );

    let mut clio = Script::default();
    clio.on(READ, refused(404, "NotFound", "no"));
    assert_eq!(
        run(&mut clio, &request).unwrap_err().code(),
        ProblemCode::NotFound
    );
}

#[test]
fn a_document_found_without_its_url_gets_a_version() {
    let begun = document(&version(1, false, None), Some(DIGEST));
    let mut clio = Script::default();
    clio.on(POST, lost())
        .on(LIST, rows(&json!([begun])))
        .on(READ, answer(&begun))
        .on(
            POST,
            answer(&document(&version(2, false, Some(2)), Some(DIGEST))),
        )
        .on(AGAIN, stored())
        .on(
            PATCH,
            answer(&document(&version(2, true, None), Some(DIGEST))),
        );
    assert_eq!(
        run(&mut clio, &request()).unwrap(),
        outcome(UploadDisposition::Created, 5)
    );
}
