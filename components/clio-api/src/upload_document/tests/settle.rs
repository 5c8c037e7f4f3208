//! The last two steps, and what settles them.

use clio_types::types::ProblemCode;
use std::time::Duration;

use super::*;
use crate::Remedy;
use crate::scripted::{lost, refused};
use crate::transport::TransportError;

fn begun() -> Reply {
    answer(&document(&version(1, false, Some(1)), Some(DIGEST)))
}

/// A script up to the last step.
fn uploaded(put: Reply) -> Script {
    let mut clio = Script::default();
    clio.on(POST, noted()).on(PUT, put);
    clio
}

#[test]
fn clios_own_timeout_is_waited_out() {
    let timeout = || refused(422, "UploadTimeoutError", "Please try the request again.");
    let mut clio = uploaded(stored());
    clio.on(PATCH, timeout())
        .on(PATCH, timeout())
        .on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &request()).unwrap(),
        outcome(UploadDisposition::Created, 5)
    );
    assert_eq!(clio.slept, Duration::from_secs(3));

    // A minute of it is enough.
    let mut clio = uploaded(stored());
    for _ in 0..7 {
        clio.on(PATCH, timeout());
    }
    let failure = run(&mut clio, &request()).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Transient, ProblemCode::UploadIncomplete)
    );
    assert!(clio.slept <= Duration::from_secs(60));
}

#[test]
fn a_lost_last_answer_is_settled_by_reading() {
    for fault in [lost(), raw(502, ""), raw(200, "{\"data\":")] {
        let mut clio = uploaded(stored());
        clio.on(PATCH, fault.clone()).on(READ, finished());
        assert_eq!(
            run(&mut clio, &request()).unwrap(),
            outcome(UploadDisposition::Created, 5)
        );

        // The look shows that it was not carried out: once more.
        let mut clio = uploaded(stored());
        clio.on(PATCH, fault.clone())
            .on(READ, begun())
            .on(PATCH, finished());
        assert_eq!(
            run(&mut clio, &request()).unwrap(),
            outcome(UploadDisposition::Created, 5)
        );

        let mut clio = uploaded(stored());
        clio.on(PATCH, fault.clone())
            .on(READ, begun())
            .on(PATCH, fault)
            .on(READ, begun());
        assert_eq!(
            run(&mut clio, &request()).unwrap_err().remedy,
            Remedy::Transient
        );
    }
}

#[test]
fn already_uploaded_is_no_error() {
    for status in [400, 409, 422] {
        let already = refused(status, "ArgumentError", "already fully uploaded");
        let mut clio = uploaded(stored());
        clio.on(PATCH, already.clone()).on(READ, finished());
        assert_eq!(
            run(&mut clio, &request()).unwrap(),
            outcome(UploadDisposition::Created, 5)
        );

        let mut clio = uploaded(stored());
        clio.on(PATCH, already).on(READ, begun());
        let failure = run(&mut clio, &request()).unwrap_err();
        assert_eq!(failure.problem.status, Some(status));
    }
}

#[test]
fn a_success_that_shows_nothing_is_read_again() {
    let silent = raw(200, r#"{"data":{"id":5,"etag":"x"}}"#);
    let mut clio = uploaded(stored());
    clio.on(PATCH, silent.clone()).on(READ, finished());
    assert_eq!(
        run(&mut clio, &request()).unwrap(),
        outcome(UploadDisposition::Created, 5)
    );

    let mut clio = uploaded(stored());
    clio.on(PATCH, silent).on(READ, begun());
    assert_eq!(
        run(&mut clio, &request()).unwrap_err().code(),
        ProblemCode::UploadIncomplete
    );
}

#[test]
fn a_lost_answer_of_storage_is_settled_by_clio() {
    for fault in [lost(), raw(500, "")] {
        let mut clio = uploaded(fault.clone());
        clio.on(PATCH, finished());
        assert_eq!(
            run(&mut clio, &request()).unwrap(),
            outcome(UploadDisposition::Created, 5)
        );

        let mut clio = uploaded(fault.clone());
        clio.on(PATCH, refused(404, "UploadNotFoundError", "not found"))
            .on(READ, finished());
        assert_eq!(
            run(&mut clio, &request()).unwrap(),
            outcome(UploadDisposition::Created, 5)
        );

        let mut clio = uploaded(fault);
        clio.on(PATCH, refused(404, "UploadNotFoundError", "not found"))
            .on(READ, begun());
        let failure = run(&mut clio, &request()).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.code()),
            (Remedy::Transient, ProblemCode::UploadIncomplete)
        );
    }
}

#[test]
fn what_storage_refuses_is_told() {
    let signature = "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code>\
                     <Message>The request signature we calculated</Message></Error>";
    for (status, body, remedy) in [
        (403, signature, Remedy::Permanent),
        (
            501,
            "<Error><Code>NotImplemented</Code></Error>",
            Remedy::Permanent,
        ),
        (403, "<html>Forbidden</html>", Remedy::Permanent),
    ] {
        let mut clio = uploaded(raw(status, body));
        let failure = run(&mut clio, &request()).unwrap_err();
        assert_eq!(
            (failure.remedy, failure.problem.status),
            (remedy, Some(status))
        );
        assert!(!failure.problem.message.contains("request signature we"));
    }
}

const BUSY: &str = "<Error><Code>SlowDown</Code></Error>";

// CASES A5
#[test]
fn what_storage_did_not_take_is_sent_again() {
    for busy in [
        raw(503, BUSY),
        raw(503, "<html>Service Unavailable</html>"),
        raw(429, ""),
        raw(400, "<Error><Code>RequestTimeout</Code></Error>"),
        Reply::Failed(TransportError::NotSent("no route")),
    ] {
        let mut clio = uploaded(busy.clone());
        clio.on(PUT, busy).on(PUT, stored()).on(PATCH, finished());
        assert_eq!(
            run(&mut clio, &request()).unwrap(),
            outcome(UploadDisposition::Created, 5)
        );
        assert_eq!(clio.sent[3].bytes, BYTES);
        assert_eq!(clio.slept, Duration::from_secs(3));
    }

    // Not for ever.
    let mut clio = uploaded(raw(503, BUSY));
    for _ in 0..3 {
        clio.on(PUT, raw(503, BUSY));
    }
    let failure = run(&mut clio, &request()).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code(), failure.problem.status),
        (Remedy::Transient, ProblemCode::UploadIncomplete, Some(503))
    );

    // Storage that asks for more time than that is not waited for.
    let mut clio = uploaded(raw(503, BUSY).header("Retry-After", "120"));
    let failure = run(&mut clio, &request()).unwrap_err();
    assert_eq!(failure.problem.retry_after_ms, Some(120_000));
    assert_eq!(clio.slept, Duration::ZERO);
}

// CASES A5
#[test]
fn a_source_that_is_read_once_more_is_opened_again() {
    const OPEN: &str = "OPEN https://files.example/retainer.pdf";
    let mut request = request();
    request.content.source = ContentSource::Url("https://files.example/retainer.pdf".into());
    request.content.sha256 = Some(DIGEST.into());
    let content = || raw(200, BYTES).header("content-length", "5");
    let mut clio = Script::default();
    clio.on(OPEN, content())
        .on(POST, noted())
        .on(PUT, raw(503, BUSY))
        .on(OPEN, content())
        .on(PUT, stored())
        .on(PATCH, finished());
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::Created, 5)
    );
    assert_eq!(clio.sent[4].bytes, BYTES);

    // It is gone by then, and what storage said is told.
    let mut clio = Script::default();
    clio.on(OPEN, content())
        .on(POST, noted())
        .on(PUT, raw(503, BUSY))
        .on(OPEN, raw(404, ""));
    let failure = run(&mut clio, &request).unwrap_err();
    assert_eq!(failure.problem.status, Some(503));
}

#[test]
fn a_host_that_cannot_send_to_storage_is_not_asked_again() {
    let unfit = TransportError::Unfit("it refuses a header");
    let mut clio = uploaded(Reply::Failed(unfit));
    let failure = run(&mut clio, &request()).unwrap_err();
    assert_eq!(
        (failure.remedy, failure.code()),
        (Remedy::Permanent, ProblemCode::UnexpectedAnswer)
    );
}

// CASES S1
#[test]
fn an_upload_url_on_the_accounts_own_server_is_not_used() {
    for url in [
        "https://APP.clio.com:443/api/v4/documents/9.json",
        "https://app.clio.com./put",
        "https://app.clio.com\\@s3.example/put",
    ] {
        let mut version = version(1, false, Some(1));
        version["put_url"] = json!(url);
        let mut clio = Script::default();
        clio.on(POST, answer(&document(&version, Some(DIGEST))));
        assert_eq!(
            run(&mut clio, &request()).unwrap_err().code(),
            ProblemCode::UnexpectedAnswer
        );
    }
}

// CASES A6
#[test]
fn the_length_among_the_headers_of_an_upload_url_is_not_sent_twice() {
    let mut version = version(1, false, Some(1));
    version["put_headers"] = json!([
        { "name": "Content-Length", "value": "5" },
        { "name": "Host", "value": "s3.example" },
        { "name": "Content-Type", "value": "application/pdf" },
    ]);
    let mut clio = Script::default();
    clio.on(POST, answer(&document(&version, Some(DIGEST))))
        .on(PUT, stored())
        .on(PATCH, finished());
    run(&mut clio, &request()).unwrap();
    assert_eq!(
        clio.sent[1].headers,
        [("Content-Type".to_owned(), "application/pdf".to_owned())]
    );
}

#[test]
fn an_upload_url_without_encryption_is_not_used() {
    let mut version = version(1, false, Some(1));
    version["put_url"] = json!("http://s3.example/put");
    let mut clio = Script::default();
    clio.on(POST, answer(&document(&version, Some(DIGEST))));
    assert_eq!(
        run(&mut clio, &request()).unwrap_err().code(),
        ProblemCode::UnexpectedAnswer
    );
}

#[test]
fn a_digest_that_went_lost_with_the_answer_is_recorded_alone() {
    let mut request = request();
    request.known = Some(known(DocumentStatus::Complete, Some(OTHER)));
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
    .on(PATCH, lost())
    .on(
        READ,
        answer(&document(&version(2, true, None), Some(OTHER))),
    )
    .on(
        PATCH,
        answer(&document(&version(2, true, None), Some(DIGEST))),
    );
    assert_eq!(
        run(&mut clio, &request).unwrap(),
        outcome(UploadDisposition::NewVersion, 5)
    );
    assert_eq!(
        clio.sent[5].data,
        json!({ "external_properties": [{ "id": 71, "value": DIGEST }] })
    );
}
