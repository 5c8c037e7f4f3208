//! How uploads end: the final PATCH under every reading, bodies cut short,
//! large content, parts.

use std::time::Duration;

use clio_sandbox::{AlreadyUploaded, NewContact, PutUrlOnRead};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{send, start_with};
use crate::upload::{FIELDS, SIGNED, begin};

#[tokio::test]
async fn a_put_url_may_be_read_as_issued_or_not_at_all() {
    let up = begin(|s| s.put_url_on_read = PutUrlOnRead::AsIssued).await;
    up.clio.control.advance(Duration::from_secs(60));
    let path = format!("/documents/{}?{FIELDS}", up.id);
    assert_eq!(
        up.clio.get(&path).await.data()["latest_document_version"]["put_url"],
        up.url.as_str()
    );
    let mut switches = up.clio.control.switches();
    switches.put_url_on_read = PutUrlOnRead::Absent;
    up.clio.control.set_switches(switches);
    assert_eq!(
        up.clio.get(&path).await.data()["latest_document_version"]["put_url"],
        ""
    );
}

#[tokio::test]
async fn the_final_patch_times_out_and_then_works() {
    let up = begin(|s| s.upload_timeouts = 2).await;
    up.put(&SIGNED, b"hello").await;
    for _ in 0..2 {
        let (status, kind, _) = up.finish(json!(true)).await.error();
        assert_eq!((status, kind.as_str()), (422, "UploadTimeoutError"));
    }
    assert_eq!(up.finish(json!(true)).await.status, 200);
}

#[tokio::test]
async fn an_upload_is_not_finished_twice() {
    for (reading, status) in [
        (AlreadyUploaded::Unprocessable, 422),
        (AlreadyUploaded::BadRequest, 400),
        (AlreadyUploaded::Conflict, 409),
        (AlreadyUploaded::UploadNotFound, 404),
        (AlreadyUploaded::Accepted, 200),
    ] {
        let up = begin(|s| s.already_uploaded = reading).await;
        up.put(&SIGNED, b"hello").await;
        assert_eq!(up.finish(json!(true)).await.status, 200);
        assert_eq!(up.finish(json!(true)).await.status, status, "{reading:?}");
    }
}

#[tokio::test]
async fn the_final_patch_moves_updated_at_or_not() {
    for moves in [true, false] {
        let up = begin(|s| s.final_patch_touches_updated_at = moves).await;
        up.put(&SIGNED, b"hello").await;
        up.clio.control.advance(Duration::from_secs(100));
        up.finish(json!(true)).await;
        let document = &up.clio.control.snapshot().documents[0];
        let moved = document
            .updated_at
            .duration_since(document.created_at)
            .as_secs()
            >= 100;
        assert_eq!(moved, moves);
    }
}

#[tokio::test]
async fn a_body_cut_short_leaves_nothing_in_the_storage() {
    let up = begin(|_| {}).await;
    let (authority, target) = up
        .url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let request = format!(
        "PUT /{target} HTTP/1.1\r\nhost: {authority}\r\ncontent-length: 100\r\n\
         content-type: application/pdf\r\nx-amz-server-side-encryption: AES256\r\n\r\nhello"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
    assert_eq!(
        up.finish(json!(true)).await.error().1,
        "UploadNotFoundError"
    );
}

#[tokio::test]
async fn large_content_is_counted_and_digested_but_not_kept() {
    let clio = start_with(|c| c.content.each = 1000).await;
    let ann = clio.control.add_contact(NewContact::person("Ann", "Lee"));
    let made = clio
        .post(
            &format!("/documents?{FIELDS}"),
            json!({"name": "a.pdf", "parent": {"id": ann, "type": "Contact"}}),
        )
        .await;
    let version = made.data()["latest_document_version"].clone();
    let body = vec![7_u8; 300_000];
    let url = version["put_url"].as_str().unwrap();
    send("PUT", url, &SIGNED, body.clone().into())
        .await
        .unwrap();
    clio.patch(
        &format!("/documents/{}", made.id()),
        json!({"uuid": version["uuid"], "fully_uploaded": true}),
    )
    .await;
    let state = clio.control.snapshot();
    let stored = state.documents[0].latest().unwrap();
    let digest = format!("{:x}", Sha256::digest(&body));
    assert_eq!(
        (stored.size, stored.sha256.as_ref()),
        (Some(300_000), Some(&digest))
    );
    assert!(clio.control.content(made.id()).is_none());
    let location = clio
        .get(&format!("/documents/{}/download", made.id()))
        .await;
    let download = send("GET", location.header("location").unwrap(), &[], "".into())
        .await
        .unwrap();
    assert_eq!(download.status, 501);
}

#[tokio::test]
async fn parts_have_urls_and_headers_of_their_own() {
    let up = begin(|_| {}).await;
    let big = vec![1_u8; 5 << 20];
    let made = up
        .clio
        .post(
            "/documents?fields=id,latest_document_version{uuid,put_url,put_headers,multiparts}",
            json!({"name": "big.pdf", "parent": {"id": up.matter, "type": "Matter"}, "multiparts": [
                {"part_number": 1, "content_length": big.len()},
                {"part_number": 2, "content_length": "3"}]}),
        )
        .await;
    let version = made.data()["latest_document_version"].clone();
    let parts = version["multiparts"].as_array().unwrap().clone();
    assert_eq!(
        parts[1]["put_headers"],
        json!([{"name": "Content-Length", "value": "3"}])
    );
    let finish = json!({"uuid": version["uuid"], "fully_uploaded": true});
    let path = format!("/documents/{}", made.id());
    let url = |n: usize| parts[n]["put_url"].as_str().unwrap();
    assert_eq!(
        send("PUT", url(0), &[], big.clone().into())
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(
        up.clio.patch(&path, finish.clone()).await.status,
        422,
        "a part is missing"
    );
    // A length other than the signed one.
    assert_eq!(
        send("PUT", url(1), &[], "abcd".into())
            .await
            .unwrap()
            .status,
        403
    );
    assert_eq!(
        send("PUT", url(1), &[], "abc".into()).await.unwrap().status,
        200
    );
    assert_eq!(
        up.clio
            .call("PUT", &path, &[], Some(json!({"data": finish})))
            .await
            .unwrap()
            .status,
        200
    );
    let mut whole = big;
    whole.extend_from_slice(b"abc");
    assert_eq!(up.clio.control.content(made.id()).unwrap().as_ref(), whole);
}
