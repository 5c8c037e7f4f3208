//! Reading on scripted answers: which version, which bytes, and when not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use clio_types::read_document::{
    Content, ReadOutcome, ReadRequest, Recorded, Stored, VersionRef, Wanted,
};
use clio_types::types::ProblemCode;
use serde_json::{Value, json};

use super::read;
use crate::problem::{Failure, Remedy};
use crate::scripted::{Reply, Script, data, lost, page, raw, refused, rows};
use crate::transport::TransportError;
use crate::upload_document::digest;

const URL: &str = "https://storage.example/a.pdf?X-Amz-Signature=1";
const BYTES: &[u8] = b"%PDF-1.4 a retainer agreement";
const SHOW: &str = "GET documents/7.json";
const DOWNLOAD: &str = "GET documents/7/download.json";
const VERSIONS: &str = "GET documents/7/versions.json";
const DOCUMENT: Stored = Stored::Document(7);
const OPEN: &str = "OPEN https://storage.example/a.pdf?X-Amz-Signature=1";
const OVER: &str = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

fn version(id: u64, number: u64, uploaded: bool) -> Value {
    json!({"id": id, "version_number": number, "fully_uploaded": uploaded, "size": BYTES.len(),
        "filename": format!("v{number}.pdf"), "content_type": "application/pdf",
        "created_at": "2026-02-01T00:00:00Z"})
}

fn shown(latest: &Value) -> Value {
    json!({
        "id": "7", "etag": "\"a\"", "name": "Retainer.pdf", "filename": "retainer.pdf",
        "content_type": "application/pdf", "size": BYTES.len(), "deleted_at": null,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-02-01T00:00:00Z",
        "matter": {"id": 3}, "contact": {"redacted": true}, "parent": {"id": 5},
        "document_category": {"id": 9, "name": "Court"},
        "external_properties": [
            {"name": "source-id", "value": "intake:1"},
            {"name": "sha256", "value": digest::of(BYTES)},
        ],
        "latest_document_version": latest,
    })
}

fn found(url: &str) -> Reply {
    raw(303, "").header("location", url)
}

fn bytes(bytes: &[u8]) -> Reply {
    raw(200, bytes).header("content-length", &bytes.len().to_string())
}

fn whole() -> Script {
    let mut script = Script::default();
    script.on(SHOW, data(&shown(&version(71, 1, true))));
    script
}

fn wanting(content: Wanted) -> ReadRequest {
    ReadRequest {
        content: Some(content),
        ..ReadRequest::new(DOCUMENT)
    }
}

fn latest(script: &mut Script) -> Result<ReadOutcome, Failure> {
    let outcome = read(script, &ReadRequest::new(DOCUMENT));
    script.done();
    outcome
}

#[test]
fn a_document_is_read_with_all_that_is_said_of_it() {
    let mut script = whole();
    script.on(DOWNLOAD, found(URL)).on(OPEN, bytes(BYTES));
    let outcome = latest(&mut script).unwrap();
    assert_eq!(script.sent[1].param("document_version_id"), Some("71"));
    assert_eq!((outcome.id, outcome.name.as_str()), (7, "Retainer.pdf"));
    assert_eq!(outcome.filename.as_deref(), Some("v1.pdf"));
    assert_eq!(outcome.media_type.as_deref(), Some("application/pdf"));
    assert_eq!(outcome.size, Some(BYTES.len() as u64));
    assert_eq!(outcome.category.unwrap().id, 9);
    let facts = outcome.document.unwrap();
    assert_eq!(facts.matter, Some(3));
    assert_eq!((facts.contact, facts.folder), (None, Some(5)));
    assert_eq!(facts.version.unwrap().number, Some(1));
    assert_eq!(facts.source_id.as_deref(), Some("intake:1"));
    assert!(facts.complete && !facts.trashed && !facts.newer_unfinished);
    let Content::Inline(content) = outcome.content else {
        panic!("not inline");
    };
    assert_eq!(content.bytes, BYTES);
    assert_eq!(content.recorded, Recorded::Matches);
}

#[test]
fn other_bytes_than_the_recorded_ones_are_told() {
    let mut script = Script::default();
    let mut row = shown(&version(71, 1, true));
    row["latest_document_version"]["size"] = json!(5);
    script
        .on(SHOW, data(&row))
        .on(DOWNLOAD, found(URL))
        .on(OPEN, bytes(b"other"));
    let Content::Inline(content) = latest(&mut script).unwrap().content else {
        panic!("not inline");
    };
    assert_eq!(content.recorded, Recorded::Differs);
}

// CASES A7
#[test]
fn bytes_that_storage_hands_out_encoded_are_not_taken_for_the_document() {
    let mut script = whole();
    script
        .on(DOWNLOAD, found(URL))
        .on(OPEN, bytes(BYTES).header("Content-Encoding", "gzip"));
    let failure = latest(&mut script).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
}

// CASES S1
#[test]
fn a_redirect_to_the_accounts_own_server_is_not_followed() {
    for url in [
        "https://app.clio.com/api/v4/contacts/17.json",
        "https://APP.clio.com:443/x",
        "https://x@s3.example/x",
    ] {
        let mut script = whole();
        script.on(DOWNLOAD, found(url));
        let failure = latest(&mut script).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer, "{url}");
    }
}

#[test]
fn metadata_and_a_url_open_nothing() {
    let mut script = whole();
    let outcome = read(&mut script, &wanting(Wanted::Metadata)).unwrap();
    script.done();
    assert_eq!(outcome.content, Content::Withheld);
    let mut script = whole();
    script.on(DOWNLOAD, found(URL));
    let outcome = read(&mut script, &wanting(Wanted::Url)).unwrap();
    script.done();
    assert_eq!(outcome.content, Content::Url(URL.into()));
    assert_eq!(outcome.size, Some(BYTES.len() as u64));
    assert!(!format!("{outcome:?}").contains("Signature"));
}

#[test]
fn much_is_handed_out_by_url_whatever_the_size_says() {
    let large = vec![0; (1 << 20) + 1];
    let unannounced = || raw(200, &large);
    for (size, opened, told) in [
        (json!(1 << 26), None, Some(1 << 26)),
        // Above 2 GiB the size says nothing; storage does.
        (
            json!(i32::MAX),
            Some(bytes(&large)),
            Some(large.len() as u64),
        ),
        (json!(-1), Some(bytes(&large)), Some(large.len() as u64)),
        (json!(null), Some(unannounced()), None),
    ] {
        let mut row = shown(&version(71, 1, true));
        row["latest_document_version"]["size"] = size.clone();
        row["size"] = size.clone();
        let mut script = Script::default();
        script.on(SHOW, data(&row)).on(DOWNLOAD, found(URL));
        if let Some(opened) = opened {
            script.on(OPEN, opened);
        }
        let outcome = latest(&mut script).unwrap();
        assert_eq!(outcome.content, Content::Url(URL.into()), "{size}");
        assert_eq!(outcome.size, told, "{size}");
    }
}

#[test]
fn bytes_that_are_not_all_there_are_no_success() {
    let announced =
        |bytes: &[u8], length: usize| raw(200, bytes).header("content-length", &length.to_string());
    let cut = Reply::Cut {
        status: 200,
        headers: Vec::new(),
        body: BYTES[..9].to_vec(),
    };
    for opened in [
        announced(&BYTES[..9], BYTES.len()),
        announced(&BYTES[..9], 9),
        raw(200, &BYTES[..9]),
        raw(200, [BYTES, b"!"].concat()),
        cut,
        Reply::Failed(TransportError::Lost("broke")),
        raw(503, "<Error><Code>SlowDown</Code></Error>"),
        raw(404, "<Error><Code>NoSuchKey</Code></Error>"),
    ] {
        let mut script = whole();
        script.on(DOWNLOAD, found(URL)).on(OPEN, opened.clone());
        let failure = latest(&mut script).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::Unavailable, "{opened:?}");
        assert_eq!(failure.remedy, Remedy::Transient);
    }
}

#[test]
fn a_url_that_is_over_is_asked_for_anew_once() {
    let mut script = whole();
    script
        .on(DOWNLOAD, found(URL))
        .on(OPEN, raw(403, OVER))
        .on(DOWNLOAD, found("https://storage.example/second"))
        .on("OPEN https://storage.example/second", bytes(BYTES));
    latest(&mut script).unwrap();
    let mut script = whole();
    for _ in 0..2 {
        script.on(DOWNLOAD, found(URL)).on(OPEN, raw(403, OVER));
    }
    assert_eq!(latest(&mut script).unwrap_err().remedy, Remedy::Transient);
    // Any other refusal is none of time's.
    let mut script = whole();
    script.on(DOWNLOAD, found(URL)).on(
        OPEN,
        raw(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"),
    );
    let failure = latest(&mut script).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer);
}

#[test]
fn a_redirect_that_leads_nowhere_safe_is_not_followed() {
    for reply in [
        found("http://storage.example/a"),
        found("/relative"),
        found(""),
        raw(303, ""),
        raw(200, "{}"),
    ] {
        let mut script = whole();
        script.on(DOWNLOAD, reply.clone());
        let failure = latest(&mut script).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::UnexpectedAnswer, "{reply:?}");
    }
    let mut script = whole();
    // A refusal in a success: `{"error":{"type":"RateLimited"}}` in base64.
    script.on(
        DOWNLOAD,
        raw(
            200,
            r#"{"metadata":{"encodingDecoded":"text/plain"},
                "data":"eyJlcnJvciI6eyJ0eXBlIjoiUmF0ZUxpbWl0ZWQifX0="}"#,
        ),
    );
    assert_eq!(
        latest(&mut script).unwrap_err().code(),
        ProblemCode::RateLimited
    );
    let mut script = whole();
    script.on(DOWNLOAD, lost());
    assert_eq!(latest(&mut script).unwrap_err().remedy, Remedy::Transient);
}

#[test]
fn while_a_version_is_being_uploaded_the_one_before_is_read() {
    let mut script = Script::default();
    script
        .on(SHOW, data(&shown(&version(73, 3, false))))
        .on(
            VERSIONS,
            page(
                &json!([version(71, 1, true), version(72, 2, true)]),
                "https://app.clio.com/api/v4/documents/7/versions.json?page_token=2",
            ),
        )
        .on(VERSIONS, rows(&json!([])))
        .on(DOWNLOAD, found(URL))
        .on(OPEN, bytes(BYTES));
    let outcome = latest(&mut script).unwrap();
    assert_eq!(script.sent[3].param("document_version_id"), Some("72"));
    let facts = outcome.document.unwrap();
    assert!(facts.newer_unfinished && facts.complete);
    assert_eq!(facts.version.unwrap().number, Some(2));
    let Content::Inline(content) = outcome.content else {
        panic!("not inline");
    };
    assert_eq!(content.recorded, Recorded::Absent);
}

#[test]
fn a_document_without_a_whole_version_is_incomplete() {
    for number in [1, 2] {
        let mut script = Script::default();
        script.on(SHOW, data(&shown(&version(70 + number, number, false))));
        if number > 1 {
            script.on(VERSIONS, rows(&json!([])));
        }
        let failure = latest(&mut script).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::UploadIncomplete);
        assert_eq!(failure.problem.candidates, [7]);
    }
    let mut script = Script::default();
    script.on(SHOW, data(&shown(&version(71, 1, false))));
    let outcome = read(&mut script, &wanting(Wanted::Metadata)).unwrap();
    assert!(!outcome.document.unwrap().complete);
}

#[test]
fn one_version_is_read_by_its_id() {
    let of = |version| {
        ReadRequest::new(Stored::Version(VersionRef {
            document: 7,
            version,
        }))
    };
    let mut script = Script::default();
    let both = json!([version(71, 1, true), version(72, 2, true)]);
    script
        .on(SHOW, data(&shown(&version(72, 2, true))))
        .on(VERSIONS, rows(&both))
        .on(DOWNLOAD, found(URL))
        .on(OPEN, bytes(BYTES));
    let outcome = read(&mut script, &of(71)).unwrap();
    script.done();
    assert_eq!(script.sent[2].param("document_version_id"), Some("71"));
    assert_eq!(outcome.filename.as_deref(), Some("v1.pdf"));

    let mut script = Script::default();
    script
        .on(SHOW, data(&shown(&version(72, 2, true))))
        .on(VERSIONS, rows(&both));
    let failure = read(&mut script, &of(2)).unwrap_err();
    script.done();
    assert_eq!(failure.code(), ProblemCode::NotFound);
    assert_eq!(
        failure.problem.field.as_deref(),
        Some("/of/version/version")
    );
}

#[test]
fn what_is_not_there_is_named() {
    let missing = || refused(404, "RecordNotFound", "Document not found");
    for (of, line, field) in [
        (DOCUMENT, SHOW, "/of/document"),
        (
            Stored::Template(8),
            "GET document_templates/8.json",
            "/of/template",
        ),
    ] {
        let mut script = Script::default();
        script.on(line, missing());
        let failure = read(&mut script, &ReadRequest::new(of)).unwrap_err();
        assert_eq!(failure.code(), ProblemCode::NotFound);
        assert_eq!(failure.problem.field.as_deref(), Some(field));
    }
    let request = ReadRequest::new(Stored::Template(0));
    let failure = read(&mut Script::default(), &request).unwrap_err();
    assert_eq!(failure.code(), ProblemCode::InvalidInput);
}

#[test]
fn a_document_in_the_trash_is_read_and_says_so() {
    let mut row = shown(&version(71, 1, true));
    row["deleted_at"] = json!("2026-02-02T00:00:00Z");
    let mut script = Script::default();
    script
        .on(SHOW, data(&row))
        .on(DOWNLOAD, found(URL))
        .on(OPEN, bytes(BYTES));
    assert!(latest(&mut script).unwrap().document.unwrap().trashed);
    let mut script = Script::default();
    script
        .on(SHOW, data(&row))
        .on(DOWNLOAD, refused(404, "RecordNotFound", "x"));
    assert_eq!(
        latest(&mut script).unwrap_err().code(),
        ProblemCode::Removed
    );
}

#[test]
fn a_template_is_read() {
    let row = json!({"id": 8, "etag": "\"t\"", "filename": "Retainer.docx", "size": BYTES.len(),
        "content_type": "application/msword", "document_category": {"id": 9, "name": "Court"}});
    let mut script = Script::default();
    script
        .on("GET document_templates/8.json", data(&row))
        .on("GET document_templates/8/download.json", found(URL))
        .on(OPEN, bytes(BYTES));
    let outcome = read(&mut script, &ReadRequest::new(Stored::Template(8))).unwrap();
    script.done();
    assert_eq!(outcome.name, "Retainer.docx");
    assert_eq!(outcome.document, None);
    assert!(matches!(outcome.content, Content::Inline(_)));
}
