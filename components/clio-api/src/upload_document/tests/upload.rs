//! What an upload does with what it finds.

use clio_types::types::ProblemCode;

use super::*;
use crate::Remedy;
use crate::scripted::{lost, refused, rows};

#[test]
fn a_document_known_to_be_absent_costs_two_requests_and_one_put() {
    let mut clio = Script::default();
    clio.on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    let done = run(&mut clio, &request()).unwrap();
    assert_eq!(done, outcome(UploadDisposition::Created, 5));

    let [post, put, patch] = clio.sent.as_slice() else {
        panic!("three exchanges")
    };
    assert_eq!(
        post.data,
        json!({
            "name": "Retainer “final” 🎉 'x'.pdf",
            "parent": { "id": 3, "type": "Matter" },
            "content_type": "application/pdf",
            "document_category": { "id": 4 },
            "external_properties": [
                { "name": "source-id", "value": "intake:doc-1" },
                { "name": "sha256", "value": DIGEST },
            ],
        })
    );
    assert!(
        post.param("fields")
            .unwrap()
            .contains("put_url,put_headers")
    );
    // Every header as it was given, and nothing else.
    assert_eq!(
        put.headers,
        [
            (
                "x-amz-server-side-encryption".to_owned(),
                "AES256".to_owned()
            ),
            ("Content-Type".to_owned(), "application/pdf".to_owned()),
        ]
    );
    assert_eq!(put.bytes, BYTES);
    assert_eq!(
        patch.data,
        json!({ "uuid": "uuid-1", "fully_uploaded": true })
    );
}

#[test]
fn without_knowledge_one_look_comes_first() {
    let mut request = request();
    request.known = None;
    let mut clio = Script::default();
    clio.on(LIST, rows(&json!([])))
        .on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Created, 5)
    );

    let mut clio = Script::default();
    let mut twin = document(&version(1, true, None), Some(DIGEST));
    twin["id"] = json!(8);
    clio.on(
        LIST,
        rows(&json!([
            twin,
            document(&version(1, true, None), Some(DIGEST))
        ])),
    );
    let done = run(&mut clio, &request).unwrap();
    assert_eq!(done.others, [8]);
    assert_eq!((done.id, done.disposition), (5, UploadDisposition::Linked));
}

#[test]
fn the_same_content_is_linked_without_a_write() {
    for sha256 in [Some(DIGEST), None] {
        let mut request = request();
        request.known = Some(known(DocumentStatus::Complete, sha256));
        request.on_change = Some(OnChange::NewVersion);
        let done = run(&mut Script::default(), &request).unwrap();
        assert_eq!(done, outcome(UploadDisposition::Linked, 0));
    }
}

#[test]
fn other_content_is_reported_or_becomes_a_version() {
    let mut request = request();
    request.known = Some(known(DocumentStatus::Complete, Some(OTHER)));
    let done = run(&mut Script::default(), &request).unwrap();
    assert_eq!(done, outcome(UploadDisposition::Changed, 0));

    request.on_change = Some(OnChange::NewVersion);
    let mut clio = Script::default();
    clio.on(
        READ,
        answer(&document(&version(1, true, None), Some(OTHER))),
    )
    .on(
        POST,
        answer(&document(&version(2, false, Some(2)), Some(OTHER))),
    )
    .on(AGAIN, stored())
    .on(
        PATCH,
        answer(&document(&version(2, true, None), Some(DIGEST))),
    );
    let done = run(&mut clio, &request).unwrap();
    assert_eq!(done, outcome(UploadDisposition::NewVersion, 5));
    assert_eq!(
        clio.sent[1].data["parent"],
        json!({ "id": 5, "type": "Document" })
    );
    assert_eq!(
        clio.sent[3].data,
        json!({
            "uuid": "uuid-2", "fully_uploaded": true,
            "external_properties": [{ "id": 71, "value": DIGEST }],
        })
    );
}

#[test]
fn a_document_in_the_trash_is_left_there() {
    let mut request = request();
    request.known = Some(known(DocumentStatus::Trashed, Some(DIGEST)));
    let failure = run(&mut Script::default(), &request).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Permanent, ProblemCode::Removed)
    );
    assert_eq!(failure.problem.candidates, [5]);

    // Trashed documents still answer 200, and what is known may be outdated.
    let mut trashed = document(&version(1, true, None), Some(OTHER));
    trashed["deleted_at"] = json!("2026-02-01T00:00:00Z");
    request.on_change = Some(OnChange::NewVersion);
    for status in [DocumentStatus::Complete, DocumentStatus::Incomplete] {
        request.known = Some(known(status, Some(OTHER)));
        let mut clio = Script::default();
        clio.on(READ, answer(&trashed));
        assert_eq!(
            run(&mut clio, &request).unwrap_err().code(),
            ProblemCode::Removed
        );
    }
}

#[test]
fn an_interrupted_upload_is_taken_up() {
    let mut request = request();
    request.known = Some(known(DocumentStatus::Incomplete, Some(DIGEST)));
    let begun = || answer(&document(&version(1, false, Some(1)), Some(DIGEST)));

    // The bytes were there, and only the last step was missing.
    let mut clio = Script::default();
    clio.on(READ, begun()).on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Completed, 0)
    );

    // They were not.
    let not_found = || {
        refused(
            422,
            "UploadNotFoundError",
            "A matching remote file was not found",
        )
    };
    let mut clio = Script::default();
    clio.on(READ, begun())
        .on(PATCH, not_found())
        .on(PUT, stored())
        .on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Completed, 5)
    );

    // It was complete already.
    let mut clio = Script::default();
    clio.on(READ, finished());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Linked, 0)
    );

    // It was purged meanwhile.
    let mut clio = Script::default();
    clio.on(READ, refused(404, "NotFound", "gone"))
        .on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Created, 5)
    );
}

#[test]
fn other_bytes_than_those_begun_with_are_sent_whole() {
    let mut request = request();
    request.known = Some(known(DocumentStatus::Incomplete, Some(OTHER)));
    let mut clio = Script::default();
    clio.on(
        READ,
        answer(&document(&version(1, false, Some(1)), Some(OTHER))),
    )
    .on(PUT, stored())
    .on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Completed, 5)
    );
    assert_eq!(
        clio.sent[2].data["external_properties"],
        json!([{ "id": 71, "value": DIGEST }])
    );
}

#[test]
fn after_a_lost_answer_the_document_is_found_and_not_made_again() {
    for fault in [lost(), raw(502, ""), raw(201, "{\"data\":")] {
        let begun = document(&version(1, false, Some(1)), Some(DIGEST));
        let mut clio = Script::default();
        clio.on(POST, fault.clone())
            .on(LIST, rows(&json!([begun])))
            .on(READ, answer(&begun))
            .on(PUT, stored())
            .on(PATCH, finished());
        assert_eq!(
            run(&mut clio, &request()).unwrap(),
            outcome(UploadDisposition::Created, 5)
        );

        let mut clio = Script::default();
        clio.on(POST, fault).on(LIST, rows(&json!([])));
        let failure = run(&mut clio, &request()).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Transient, ProblemCode::Unavailable)
        );
    }
}

#[test]
fn a_parent_that_does_not_exist_is_named() {
    let mut clio = Script::default();
    clio.on(POST, refused(404, "NotFound", "no"));
    let failure = run(&mut clio, &request()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::NotFound);
    assert_eq!(failure.problem.field.as_deref(), Some("/parent"));
}

#[test]
fn a_document_that_could_not_be_found_again_gets_no_bytes() {
    let mut noted = document(&version(1, false, Some(1)), None);
    noted["external_properties"] = json!([]);
    let mut clio = Script::default();
    clio.on(POST, answer(&noted));
    let failure = run(&mut clio, &request()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    assert_eq!(failure.problem.candidates, [5]);
}
