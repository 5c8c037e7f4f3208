//! Contents that go in parts. Here a part has 8 bytes, and a content of 20 is
//! large.

use clio_types::types::ProblemCode;

use super::*;
use crate::Remedy;
use crate::scripted::{lost, refused};
use crate::transport::TransportError;

const OPEN: &str = "OPEN https://files.example/video.mp4";
const CONTENT: &[u8] = b"0123456789abcdefghijklm";
/// The MD5 of each part, in base64.
const MD5: [&str; 3] = [
    "Lp7DF+GXgZNY+8Q6/KfYNw==",
    "PWyUbqDan0nuTgF6ZnMvUQ==",
    "ZEB3A+PZkPP5Nfopyq99Dw==",
];

fn by_url() -> UploadRequest {
    let mut request = request();
    request.content.source = ContentSource::Url("https://files.example/video.mp4".into());
    request
}

fn content(bytes: &[u8]) -> Reply {
    raw(200, bytes).header("Content-Length", &bytes.len().to_string())
}

/// A version in parts; the given part has its URL, with a signature.
fn offering(number: u64, part: u64, signature: u64) -> Reply {
    let mut version = version(number, false, None);
    version["multiparts"] = json!([
        { "part_number": 99, "put_url": "https://s3.example/other" },
        {
            "part_number": part,
            "put_url": format!("https://s3.example/put?X-Amz-Signature={signature}"),
            "put_headers": [
                { "name": "Content-Length", "value": "8" },
                { "name": "Content-MD5", "value": "as it was given" },
            ],
        },
    ]);
    answer(&document(&version, None))
}

fn no_digest() -> Reply {
    answer(&document(&version(1, true, None), None))
}

fn put(signature: u64) -> String {
    format!("PUT https://s3.example/put?X-Amz-Signature={signature}")
}

#[test]
fn each_part_is_announced_when_it_is_there_and_sent_with_its_own_headers() {
    for told in [true, false] {
        let mut clio = Script::default();
        let opened = if told {
            content(CONTENT)
        } else {
            raw(200, CONTENT)
        };
        clio.on(OPEN, opened)
            .on(POST, offering(1, 1, 1))
            .on(&put(1), stored())
            .on(PATCH, offering(1, 2, 2))
            .on(&put(2), stored())
            .on(PATCH, offering(1, 3, 3))
            .on(&put(3), stored())
            .on(PATCH, no_digest());
        let done = run(&mut clio, &by_url()).unwrap();
        assert_eq!(done, outcome(UploadDisposition::Created, 23));

        assert!(clio.sent[1].param("fields").unwrap().contains("multiparts"));
        assert_eq!(
            clio.sent[1].data["multiparts"],
            json!([{
                "part_number": 1, "content_length": "8",
                "content_md5": MD5[0],
            }])
        );
        assert_eq!(
            clio.sent[5].data,
            json!({
                "uuid": "uuid-1", "fully_uploaded": false,
                "multiparts": [{
                    "part_number": 3, "content_length": "7",
                    "content_md5": MD5[2],
                }],
            })
        );
        assert_eq!(
            clio.sent[7].data,
            json!({ "uuid": "uuid-1", "fully_uploaded": true })
        );
        let parts = [2, 4, 6].map(|at| clio.sent[at].bytes.as_slice());
        assert_eq!(parts.concat(), CONTENT);
        // The version's headers are not signed for a part, and the length goes
        // with every request to storage.
        let headers = [("Content-MD5".to_owned(), "as it was given".to_owned())];
        assert_eq!(clio.sent[2].headers, headers);
    }
}

#[test]
fn a_content_that_ends_with_a_part_has_no_empty_one() {
    let mut clio = Script::default();
    clio.on(OPEN, content(&CONTENT[..16]))
        .on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    // Below the bound, one request carries it.
    run(&mut clio, &by_url()).unwrap();

    let mut clio = Script::default();
    clio.on(OPEN, raw(200, &CONTENT[..16]))
        .on(POST, offering(1, 1, 1))
        .on(&put(1), stored())
        .on(PATCH, offering(1, 2, 2))
        .on(&put(2), stored())
        .on(PATCH, no_digest());
    let done = run(&mut clio, &by_url()).unwrap();
    assert_eq!(done.sent, 16);
}

#[test]
fn only_the_part_that_failed_is_sent_again() {
    let mut clio = Script::default();
    let digest = "<Error><Code>BadDigest</Code></Error>";
    clio.on(OPEN, content(CONTENT))
        .on(POST, offering(1, 1, 1))
        .on(&put(1), stored())
        .on(PATCH, offering(1, 2, 2))
        .on(&put(2), raw(400, digest))
        .on(&put(2), Reply::Failed(TransportError::Lost("cut")))
        .on(
            &put(2),
            raw(
                403,
                "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            ),
        )
        .on(PATCH, offering(1, 2, 4))
        .on(&put(4), stored())
        .on(PATCH, offering(1, 3, 3))
        .on(&put(3), stored())
        .on(PATCH, no_digest());
    let done = run(&mut clio, &by_url()).unwrap();
    assert_eq!(done.sent, 23);
    for at in [4, 5, 6, 8] {
        assert_eq!(clio.sent[at].bytes, &CONTENT[8..16]);
    }
    // Nor is it announced as another one.
    for at in [3, 7] {
        assert_eq!(clio.sent[at].data["multiparts"][0]["content_md5"], MD5[1]);
    }
}

#[test]
fn a_part_that_storage_never_takes_ends_the_call() {
    let mut clio = Script::default();
    clio.on(OPEN, content(CONTENT)).on(POST, offering(1, 1, 1));
    for _ in 0..4 {
        clio.on(&put(1), raw(503, ""));
    }
    let failure = run(&mut clio, &by_url()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UploadIncomplete);
    assert_eq!(failure.remedy, Remedy::Transient);

    // What storage refuses is not sent again.
    let mut clio = Script::default();
    let signature = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
    clio.on(OPEN, content(CONTENT))
        .on(POST, offering(1, 1, 1))
        .on(&put(1), raw(403, signature));
    let failure = run(&mut clio, &by_url()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
}

#[test]
fn a_lost_answer_to_the_announcement_of_a_part_is_asked_for_again() {
    let mut clio = Script::default();
    clio.on(OPEN, content(CONTENT))
        .on(POST, offering(1, 1, 1))
        .on(&put(1), stored())
        .on(PATCH, lost())
        .on(PATCH, offering(1, 2, 2))
        .on(&put(2), stored())
        .on(PATCH, refused(422, "ArgumentError", "x"));
    let failure = run(&mut clio, &by_url()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::RejectedByClio);
}

#[test]
fn parts_of_another_version_are_not_used() {
    let mut clio = Script::default();
    clio.on(OPEN, content(CONTENT))
        .on(POST, offering(1, 1, 1))
        .on(&put(1), stored())
        .on(PATCH, offering(2, 2, 2));
    let failure = run(&mut clio, &by_url()).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
    assert_eq!(failure.problem.candidates, [5]);
}

#[test]
fn an_interrupted_upload_begins_a_new_version_of_the_same_document() {
    let mut request = by_url();
    request.known = Some(known(DocumentStatus::Incomplete, None));
    let mut clio = Script::default();
    // It still names a URL for a whole content; what was sent may be of another.
    clio.on(READ, answer(&document(&version(1, false, Some(9)), None)))
        .on(OPEN, content(CONTENT))
        .on(POST, offering(2, 1, 1))
        .on(&put(1), stored())
        .on(PATCH, offering(2, 2, 2))
        .on(&put(2), stored())
        .on(PATCH, offering(2, 3, 3))
        .on(&put(3), stored())
        .on(PATCH, answer(&document(&version(2, true, None), None)));
    let done = run(&mut clio, &request).unwrap();
    assert_eq!(done, outcome(UploadDisposition::Completed, 23));
    assert_eq!(
        clio.sent[2].data["parent"],
        json!({ "id": 5, "type": "Document" })
    );
}

#[test]
fn a_source_that_changes_its_length_is_never_finished() {
    for opened in [
        raw(200, CONTENT).header("Content-Length", "40"),
        raw(200, CONTENT).header("Content-Length", "22"),
        Reply::Cut {
            status: 200,
            headers: Vec::new(),
            body: CONTENT.to_vec(),
        },
    ] {
        let mut clio = Script::default();
        clio.on(OPEN, opened)
            .on(POST, offering(1, 1, 1))
            .on(&put(1), stored())
            .on(PATCH, offering(1, 2, 2))
            .on(&put(2), stored());
        let failure = run(&mut clio, &by_url()).unwrap_err();
        assert_eq!(failure.remedy, Remedy::Transient);
        assert_eq!(
            failure.problem.field.as_deref(),
            Some("/content/source/url")
        );
    }
}

#[test]
fn a_draft_whose_bytes_changed_is_not_sent_whole() {
    let mut request = by_url();
    request.provenance = Provenance::Draft(Approval {
        approver: "j.doe".into(),
        at: "2026-03-01T08:00:00Z".into(),
        sha256: digest::of(CONTENT),
    });
    let mut changed = CONTENT.to_vec();
    changed[0] = b'!';
    let mut clio = Script::default();
    clio.on(OPEN, content(CONTENT))
        .on(OPEN, content(&changed))
        .on(POST, offering(1, 1, 1))
        .on(&put(1), stored())
        .on(PATCH, offering(1, 2, 2))
        .on(&put(2), stored());
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UploadIncomplete);
}

#[test]
fn a_content_of_more_parts_than_fit_is_refused() {
    let mut clio = Script::default();
    clio.on(OPEN, raw(200, "").header("Content-Length", "8001"));
    let failure = run(&mut clio, &by_url()).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/content/length"));
}

/// Parts that Clio was told of are all there is to it, so the last step alone
/// would complete a document that lacks its end.
#[test]
fn what_may_have_gone_in_parts_is_not_finished_by_the_last_step_alone() {
    let small = &CONTENT[..8];
    let begun = |bytes: &[u8]| {
        let version = version(1, false, Some(9));
        answer(&document(&version, Some(&digest::of(bytes))))
    };
    for (bytes, length, ends) in [
        (small, Some(8), true),
        // Nobody says that it fits into one part.
        (small, None, false),
        // Without a length it would have gone in parts.
        (&CONTENT[..16], Some(16), false),
        (CONTENT, Some(23), false),
    ] {
        let mut request = by_url();
        request.content.sha256 = Some(digest::of(bytes));
        request.content.length = length;
        request.known = Some(known(DocumentStatus::Incomplete, None));
        let mut clio = Script::default();
        clio.on(READ, begun(bytes));
        if ends {
            let end = document(&version(1, true, None), Some(&digest::of(bytes)));
            clio.on(PATCH, answer(&end));
            let done = run(&mut clio, &request).unwrap();
            assert_eq!(done, outcome(UploadDisposition::Completed, 0));
        } else {
            clio.on(OPEN, lost());
            run(&mut clio, &request).unwrap_err();
        }
    }
}
