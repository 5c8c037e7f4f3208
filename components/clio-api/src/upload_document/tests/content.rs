//! The bytes: their length, their digest, and who approved them.

use clio_types::types::ProblemCode;

use super::*;
use crate::Remedy;
use crate::scripted::lost;
use crate::transport::TransportError;

const OPEN: &str = "OPEN https://files.example/retainer.pdf";

fn by_url() -> UploadRequest {
    let mut request = request();
    request.content.source = ContentSource::Url("https://files.example/retainer.pdf".into());
    request
}

fn draft(mut request: UploadRequest, sha256: &str) -> UploadRequest {
    request.provenance = Provenance::Draft(Approval {
        approver: "j.doe".into(),
        at: "2026-03-01T08:00:00Z".into(),
        sha256: sha256.into(),
    });
    request
}

fn content(bytes: &[u8]) -> Reply {
    raw(200, bytes).header("Content-Length", &bytes.len().to_string())
}

#[test]
fn a_url_is_opened_before_anything_is_made_and_passed_on() {
    let mut clio = Script::default();
    let no_digest = answer(&document(&version(1, false, Some(1)), None));
    clio.on(OPEN, content(BYTES))
        .on(POST, no_digest)
        .on(PUT, stored())
        .on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &by_url()).unwrap(),
        outcome(UploadDisposition::Created, 5)
    );
    assert_eq!(clio.sent[2].bytes, BYTES);
    assert_eq!(
        clio.sent[1].data["external_properties"],
        json!([{ "name": "source-id", "value": "intake:doc-1" }])
    );
}

#[test]
fn a_digest_that_the_url_tells_is_recorded_and_compared() {
    let told = || {
        content(BYTES).header(
            "Repr-Digest",
            "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:",
        )
    };
    let mut clio = Script::default();
    clio.on(OPEN, told())
        .on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    run(&mut clio, &by_url()).unwrap();
    assert_eq!(clio.sent[1].data["external_properties"][1]["value"], DIGEST);

    let mut request = by_url();
    request.known = Some(known(DocumentStatus::Complete, Some(DIGEST)));
    let mut clio = Script::default();
    clio.on(OPEN, told());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Linked, 0)
    );

    request.known = Some(known(DocumentStatus::Absent, None));
    request.content.sha256 = Some(OTHER.into());
    let mut clio = Script::default();
    clio.on(OPEN, told());
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/content/sha256"));
}

#[test]
fn a_known_digest_needs_no_look_at_the_url() {
    let mut request = by_url();
    request.content.sha256 = Some(DIGEST.into());
    request.known = Some(known(DocumentStatus::Complete, Some(DIGEST)));
    let done = run(&mut Script::default(), &request).unwrap();
    assert_eq!(done, outcome(UploadDisposition::Linked, 0));
}

#[test]
fn the_length_has_to_be_right_beforehand() {
    for (length, told, ok) in [
        // Nobody tells it, and all of it fits into a buffer.
        (None, None, true),
        (Some(5), None, true),
        (Some(5), Some("5"), true),
        (Some(6), Some("5"), false),
        (None, Some("6000000000"), false),
    ] {
        let mut request = by_url();
        request.content.length = length;
        let reply = told.map_or(raw(200, BYTES), |l| {
            raw(200, BYTES).header("content-length", l)
        });
        let mut clio = Script::default();
        clio.on(OPEN, reply);
        if ok {
            clio.on(POST, noted())
                .on(PUT, stored())
                .on(PATCH, finished());
        }
        let result = run(&mut clio, &request);
        assert_eq!(result.is_ok(), ok, "{length:?} {told:?}");
        if let Err(failure) = result {
            assert_eq!(failure.code(), ProblemCode::InvalidInput);
            assert_eq!(failure.problem.field.as_deref(), Some("/content/length"));
        }
    }
}

#[test]
fn an_unreadable_url_leaves_nothing_half_made() {
    for (reply, code, remedy) in [
        (raw(404, ""), ProblemCode::InvalidInput, Remedy::Permanent),
        (raw(403, ""), ProblemCode::InvalidInput, Remedy::Permanent),
        (raw(503, ""), ProblemCode::Unavailable, Remedy::Transient),
        (lost(), ProblemCode::Unavailable, Remedy::Transient),
        (
            Reply::Failed(TransportError::Denied),
            ProblemCode::DeniedByPolicy,
            Remedy::Permanent,
        ),
    ] {
        let mut clio = Script::default();
        clio.on(OPEN, reply);
        let failure = run(&mut clio, &by_url()).unwrap_err();
        assert_eq!((failure.code(), failure.remedy), (code, remedy));
        assert_eq!(
            failure.problem.field.as_deref(),
            Some("/content/source/url")
        );
    }
}

// CASES A7
#[test]
fn a_url_that_answers_encoded_bytes_is_refused() {
    for coding in ["gzip", "GZIP", "identity, br"] {
        let mut clio = Script::default();
        clio.on(OPEN, content(BYTES).header("Content-Encoding", coding));
        let failure = run(&mut clio, &by_url()).unwrap_err();
        assert_eq!(
            (failure.code(), failure.remedy),
            (ProblemCode::InvalidInput, Remedy::Permanent)
        );
        assert_eq!(
            failure.problem.field.as_deref(),
            Some("/content/source/url")
        );
    }
    let mut clio = Script::default();
    clio.on(OPEN, content(BYTES).header("Content-Encoding", "identity"))
        .on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    run(&mut clio, &by_url()).unwrap();
}

// CASES S1
#[test]
fn a_url_on_the_accounts_own_server_is_refused_before_anything_is_sent() {
    for url in [
        "https://app.clio.com/api/v4/contacts/17.json?fields=name",
        "https://APP.CLIO.com:443/api/v4/contacts/17.json",
        "http://app.clio.com./x",
        "https://x@files.example/",
        "https://files.example\\@app.clio.com/",
        "https://%61pp.clio.com/",
        "https://app。clio.com/",
    ] {
        let mut request = by_url();
        request.content.source = ContentSource::Url(url.into());
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput, "{url}");
        assert_eq!(
            failure.problem.field.as_deref(),
            Some("/content/source/url")
        );
    }
}

// CASES E6
#[test]
fn empty_inline_bytes_need_a_length_of_zero() {
    let mut request = request();
    request.content.source = ContentSource::Inline(Vec::new());
    let failure = run(&mut Script::default(), &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::InvalidInput);
    assert_eq!(
        failure.problem.field.as_deref(),
        Some("/content/source/inline")
    );
    request.content.length = Some(0);
    let mut clio = Script::default();
    clio.on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    run(&mut clio, &request).unwrap();
    assert!(clio.sent[1].bytes.is_empty());
}

#[test]
fn a_content_that_breaks_off_or_is_shorter_is_not_completed() {
    let cut = Reply::Cut {
        status: 200,
        headers: vec![],
        body: b"hel".to_vec(),
    };
    for reply in [
        cut.header("content-length", "5"),
        raw(200, "hel").header("content-length", "5"),
    ] {
        let mut clio = Script::default();
        clio.on(OPEN, reply).on(POST, noted()).on(PUT, stored());
        let failure = run(&mut clio, &by_url()).unwrap_err();
        assert_eq!(failure.remedy, Remedy::Transient);
        assert_eq!(
            failure.problem.field.as_deref(),
            Some("/content/source/url")
        );
    }
}

#[test]
fn inline_bytes_have_to_be_the_announced_ones() {
    let mut request = request();
    request.content.sha256 = Some(OTHER.into());
    let failure = run(&mut Script::default(), &request).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/content/sha256"));
    request.content.sha256 = Some(DIGEST.into());
    request.content.length = Some(4);
    let failure = run(&mut Script::default(), &request).unwrap_err();
    assert_eq!(failure.problem.field.as_deref(), Some("/content/length"));
}

#[test]
fn a_draft_without_a_fitting_approval_reaches_nobody() {
    let failure = run(&mut Script::default(), &draft(request(), OTHER)).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Permanent, ProblemCode::ReviewRequired)
    );

    let mut clio = Script::default();
    clio.on(OPEN, content(BYTES));
    let failure = run(&mut clio, &draft(by_url(), OTHER)).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::ReviewRequired);

    let mut nobody = draft(request(), DIGEST);
    if let Provenance::Draft(approval) = &mut nobody.provenance {
        approval.approver = " ".into();
    }
    let failure = run(&mut Script::default(), &nobody).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::ReviewRequired);
}

#[test]
fn an_approved_draft_is_hashed_first_and_checked_on_the_way() {
    let mut clio = Script::default();
    clio.on(OPEN, content(BYTES))
        .on(OPEN, content(BYTES))
        .on(POST, noted())
        .on(PUT, stored())
        .on(PATCH, finished());
    let request = draft(by_url(), DIGEST);
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Created, 5)
    );
    assert_eq!(clio.sent[2].data["external_properties"][1]["value"], DIGEST);
    assert_eq!(clio.sent[3].bytes, BYTES);

    // Other bytes the second time: storage never gets the end of them.
    for second in [b"jello".as_slice(), b"hell"] {
        let mut clio = Script::default();
        let reply = raw(200, second).header("content-length", "5");
        clio.on(OPEN, content(BYTES))
            .on(OPEN, reply)
            .on(POST, noted())
            .on(PUT, stored());
        let failure = run(&mut clio, &request).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Transient, ProblemCode::UploadIncomplete)
        );
        assert!(clio.sent[3].bytes.is_empty());
    }
}

#[test]
fn a_malformed_input_costs_no_request() {
    type Change = fn(&mut UploadRequest);
    let cases: [(&str, Change); 18] = [
        ("/source_id", |r| r.source_id = " ".into()),
        ("/began", |r| r.began = Some("now".into())),
        ("/parent/matter", |r| r.parent = Parent::Matter(0)),
        ("/parent/document", |r| r.parent = Parent::Document(0)),
        ("/name", |r| r.name = " ".into()),
        ("/name", |r| r.name = "a/b.pdf".into()),
        ("/name", |r| r.name = "a\\b.pdf".into()),
        ("/name", |r| r.name = "a\nb.pdf".into()),
        ("/name", |r| r.name = "é".repeat(128)),
        ("/content/media_type", |r| {
            r.content.media_type = Some("pdf".into())
        }),
        ("/content/media_type", |r| {
            r.content.media_type = Some("a/b\r\nX: y".into())
        }),
        ("/content/sha256", |r| {
            r.content.sha256 = Some(DIGEST.to_uppercase())
        }),
        ("/content/length", |r| r.content.length = Some(1)),
        ("/content/source/url", |r| {
            r.content.source = ContentSource::Url("file:///x".into())
        }),
        ("/content/source/inline", |r| {
            r.content.source = ContentSource::Inline(vec![0; (1 << 20) + 1]);
        }),
        ("/known/source_id", |r| {
            r.known.as_mut().unwrap().source_id = "x".into()
        }),
        ("/known/id", |r| {
            r.known.as_mut().unwrap().status = DocumentStatus::Complete
        }),
        ("/received_at", |r| r.received_at = Some("today".into())),
    ];
    for (field, change) in cases {
        let mut request = request();
        change(&mut request);
        let failure = run(&mut Script::default(), &request).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::InvalidInput, "{field}");
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
}
