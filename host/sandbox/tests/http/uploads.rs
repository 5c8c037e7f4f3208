//! Uploads: the three steps, and everything that goes wrong between them.

use std::time::Duration;

use clio_sandbox::{Body, Origin};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::send;
use crate::upload::{FIELDS, SIGNED, begin};

#[tokio::test]
async fn a_post_without_nested_fields_shows_a_stub_and_no_url() {
    let up = begin(|_| {}).await;
    let made = up
        .clio
        .post(
            "/documents?fields=id,latest_document_version",
            json!({"name": "b.pdf", "parent": {"id": up.matter, "type": "Matter"}}),
        )
        .await
        .data();
    let stub = made["latest_document_version"].as_object().unwrap();
    assert_eq!(stub.keys().collect::<Vec<_>>(), ["id", "version_number"]);
}

#[tokio::test]
async fn three_steps_upload_a_document() {
    let up = begin(|_| {}).await;
    let shown = up
        .clio
        .get(&format!(
            "/documents/{}?fields=latest_document_version{{put_headers}}",
            up.id
        ))
        .await
        .data();
    assert_eq!(
        shown["latest_document_version"]["put_headers"],
        json!([{"name": "x-amz-server-side-encryption", "value": "AES256"},
               {"name": "Content-Type", "value": "application/pdf"}])
    );
    assert!(up.url.starts_with(up.clio.sandbox.storage_origin()));
    assert!(
        up.url
            .contains("X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-server-side-encryption")
    );
    let put = up.put(&SIGNED, b"hello").await;
    assert_eq!(put.status, 200);
    assert!(put.header("etag").is_some());
    // The documentation's own sample sends the flag as text.
    let done = up.finish(json!("true")).await;
    assert_eq!(
        done.data()["latest_document_version"]["fully_uploaded"],
        true
    );
    assert_eq!(done.data()["latest_document_version"]["put_url"], "");
    let state = up.clio.control.snapshot();
    let version = state.documents[0].latest().unwrap();
    assert_eq!(version.size, Some(5));
    let digest = format!("{:x}", Sha256::digest(b"hello"));
    assert_eq!(version.sha256.as_ref(), Some(&digest));
    let trace = up.clio.control.trace();
    let stored = trace.iter().find(|e| e.origin == Origin::Storage).unwrap();
    assert_eq!(
        stored.body,
        Body::Bytes {
            length: 5,
            sha256: digest
        }
    );
    assert!(!stored.authorization);
    assert_eq!(up.clio.control.requests(), 3);
}

#[tokio::test]
async fn a_header_missing_changed_or_added_does_not_match_the_signature() {
    let up = begin(|_| {}).await;
    for headers in [
        &SIGNED[..1],
        &SIGNED[1..],
        &[SIGNED[0], ("content-type", "application/json")],
        &[SIGNED[0], SIGNED[1], ("x-amz-acl", "private")],
    ] {
        let answer = up.put(headers, b"hello").await;
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(answer.text().contains("<Code>SignatureDoesNotMatch</Code>"));
    }
    let moved = up.url.replace("X-Amz-Expires=600", "X-Amz-Expires=9999");
    assert_eq!(
        send("PUT", &moved, &SIGNED, "x".into())
            .await
            .unwrap()
            .status,
        403
    );
    let error = up.finish(json!(true)).await.error();
    assert_eq!(error.1, "UploadNotFoundError", "nothing was stored");
    assert!(error.2.contains(&up.uuid));
}

#[tokio::test]
async fn a_bearer_is_refused_by_the_storage() {
    let up = begin(|_| {}).await;
    let answer = up
        .put(
            &[SIGNED[0], SIGNED[1], ("authorization", "Bearer x")],
            b"hello",
        )
        .await;
    assert_eq!(answer.status, 400);
    assert!(
        up.clio
            .control
            .trace()
            .iter()
            .any(|e| e.origin == Origin::Storage && e.authorization)
    );
}

#[tokio::test]
async fn a_chunked_body_is_not_implemented() {
    let up = begin(|_| {}).await;
    let (authority, target) = up
        .url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let request = format!(
        "PUT /{target} HTTP/1.1\r\nhost: {authority}\r\ntransfer-encoding: chunked\r\n\
         content-type: application/pdf\r\nx-amz-server-side-encryption: AES256\r\n\
         connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 501"), "{answer}");
    assert!(answer.contains("<Code>NotImplemented</Code>"));
}

#[tokio::test]
async fn a_put_url_lives_ten_minutes_and_is_read_anew() {
    let up = begin(|_| {}).await;
    up.clio.control.advance(Duration::from_secs(601));
    let late = up.put(&SIGNED, b"hello").await;
    assert_eq!(late.status, 403);
    assert!(late.text().contains("expired"));
    let fresh = up
        .clio
        .get(&format!("/documents/{}?{FIELDS}", up.id))
        .await
        .data();
    let url = fresh["latest_document_version"]["put_url"]
        .as_str()
        .unwrap();
    assert_eq!(
        send("PUT", url, &SIGNED, "hello".into())
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(up.finish(json!(true)).await.status, 200);
}

#[tokio::test]
async fn a_parent_of_type_document_makes_a_version() {
    let up = begin(|_| {}).await;
    up.put(&SIGNED, b"one").await;
    up.finish(json!(true)).await;
    let again = up
        .clio
        .post(
            &format!("/documents?{FIELDS}"),
            json!({"name": "a.pdf", "parent": {"id": up.id, "type": "Document"}}),
        )
        .await;
    assert_eq!(again.id(), up.id);
    let version = again.data()["latest_document_version"].clone();
    assert_eq!(version["version_number"], 2);
    // The document is visible all the while.
    assert_eq!(up.clio.get("/documents").await.ids(), [up.id]);
    let url = version["put_url"].as_str().unwrap();
    assert_eq!(
        send("PUT", url, &SIGNED, "two".into())
            .await
            .unwrap()
            .status,
        200
    );
    let done = up
        .clio
        .patch(
            &format!("/documents/{}", up.id),
            json!({"uuid": version["uuid"], "fully_uploaded": true}),
        )
        .await;
    assert_eq!(done.status, 200);
    assert_eq!(up.clio.control.content(up.id).unwrap().as_ref(), b"two");
}

#[tokio::test]
async fn an_unknown_extension_needs_a_content_type() {
    let up = begin(|_| {}).await;
    let body = |extra: Value| {
        let mut body = json!({"name": "a.xyzzy", "parent": {"id": up.matter, "type": "Matter"}});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    };
    assert_eq!(
        up.clio.post("/documents", body(json!({}))).await.status,
        422
    );
    assert_eq!(
        up.clio
            .post("/documents", body(json!({"content_type": "nonsense/x"})))
            .await
            .status,
        422
    );
    assert_eq!(
        up.clio
            .post("/documents", body(json!({"content_type": "text/x"})))
            .await
            .status,
        201
    );
}
