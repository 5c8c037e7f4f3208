//! Requests without a credential: storage that Clio named, redirects, content.

use std::convert::Infallible;

use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;

use super::server::Reply;
use super::*;

const DOCUMENTS: &str = "/api/v4/documents.json";

/// An account that grants a URL on a storage of its own.
async fn account_and_storage(storage_reply: Reply) -> (Server, Server, String) {
    let storage = Server::answering(vec![storage_reply]).await;
    let put_url = format!(
        "{}/bucket/Jane%20Doe.pdf?X-Amz-Signature=a%2Fb",
        storage.origin()
    );
    let body = json!({"data": {"put_url": put_url}}).to_string();
    let account = Server::answering(vec![Reply::json(&body)]).await;
    (account, storage, put_url)
}

async fn granted(account: &Server) -> Arc<CallEgress> {
    let call = call(account);
    let url = format!("{}{DOCUMENTS}", account.origin());
    send(&call, request("POST", &url, "{}")).await.unwrap();
    call
}

fn streamed(pieces: Vec<&'static str>, pause: Duration) -> WasiBody {
    let frames = stream::unfold(pieces.into_iter(), move |mut pieces| async move {
        let piece = pieces.next()?;
        tokio::time::sleep(pause).await;
        let frame = Frame::data(Bytes::from_static(piece.as_bytes()));
        Some((Ok::<_, Infallible>(frame), pieces))
    });
    StreamBody::new(frames)
        .map_err(|never| match never {})
        .boxed_unsync()
}

#[tokio::test]
async fn a_granted_url_gets_the_body_and_no_credential() {
    let (account, storage, put_url) = account_and_storage(Reply::new(200, &[], "")).await;
    let call = granted(&account).await;
    let mut put =
        request("PUT", &put_url, "").map(|_| streamed(vec!["abc", "def"], Duration::ZERO));
    for (name, value) in [
        ("content-length", "6"),
        ("content-type", "application/pdf"),
        ("x-amz-server-side-encryption", "AES256"),
        ("authorization", "Bearer stolen"),
    ] {
        put.headers_mut().insert(name, value.parse().unwrap());
    }
    let response = send(&call, put).await.unwrap();
    assert_eq!(response.status(), 200);
    let seen = storage.seen().remove(0);
    assert_eq!(seen.method, "PUT");
    assert_eq!(seen.target, "/bucket/Jane%20Doe.pdf?X-Amz-Signature=a%2Fb");
    assert_eq!(seen.body, b"abcdef");
    let sent: Vec<_> = seen.headers.keys().map(String::as_str).collect();
    assert_eq!(
        sent,
        [
            "content-length",
            "content-type",
            "host",
            "x-amz-server-side-encryption"
        ]
    );
    assert_eq!(call.noted().traffic.granted_requests, 1);
}

#[tokio::test]
async fn another_url_of_the_same_storage_is_denied_without_naming_the_file() {
    let (account, storage, put_url) = account_and_storage(Reply::new(200, &[], "")).await;
    let call = granted(&account).await;
    for (method, url) in [
        ("GET", put_url.clone()),
        ("DELETE", put_url.clone()),
        ("PUT", put_url.replace("Jane", "John")),
        ("PUT", format!("{put_url}&x=1")),
    ] {
        let error = send(&call, request(method, &url, "")).await.unwrap_err();
        assert_eq!(name(&error), "HttpRequestDenied", "{method} {url}");
    }
    assert_eq!(storage.connections(), 0);
    let told = format!("{:?}", call.noted().denials);
    assert!(
        !told.contains("Doe") && !told.contains("Signature"),
        "{told}"
    );
}

#[tokio::test]
async fn a_grant_ends_with_its_call() {
    let (account, storage, put_url) = account_and_storage(Reply::new(200, &[], "")).await;
    drop(granted(&account).await);
    let error = send(&call(&account), request("PUT", &put_url, "x"))
        .await
        .unwrap_err();
    assert_eq!(name(&error), "HttpRequestDenied");
    assert_eq!(storage.connections(), 0);
}

#[tokio::test]
async fn a_refused_answer_grants_nothing() {
    let storage = Server::answering(vec![Reply::json("{}")]).await;
    let put_url = format!("{}/x", storage.origin());
    let body = json!({"data": {"put_url": put_url}}).to_string();
    let account = Server::answering(vec![Reply::new(422, &[], &body)]).await;
    let call = granted(&account).await;
    assert!(send(&call, request("PUT", &put_url, "x")).await.is_err());
    assert_eq!(storage.connections(), 0);
}

#[tokio::test]
async fn a_body_without_a_length_does_not_leave() {
    let (account, storage, put_url) = account_and_storage(Reply::new(200, &[], "")).await;
    let call = granted(&account).await;
    let put = request("PUT", &put_url, "").map(|_| streamed(vec!["abc"], Duration::ZERO));
    let error = send(&call, put).await.unwrap_err();
    assert_eq!(name(&error), "HttpRequestLengthRequired");
    assert_eq!(call.noted().failure, Some(EgressFailure::LengthRequired));
    assert_eq!(storage.connections(), 0);
}

#[tokio::test]
async fn a_body_of_another_length_than_announced_is_an_error() {
    for (length, pieces) in [("4", vec!["abc", "def"]), ("9", vec!["abc", "def"])] {
        let (account, storage, put_url) = account_and_storage(Reply::new(200, &[], "")).await;
        let call = granted(&account).await;
        let mut put = request("PUT", &put_url, "").map(|_| streamed(pieces, Duration::ZERO));
        put.headers_mut()
            .insert("content-length", length.parse().unwrap());
        let error = send(&call, put).await.unwrap_err();
        assert_eq!(name(&error), "HttpRequestBodySize", "{length}");
        assert!(storage.seen().is_empty(), "{length}");
    }
}

#[tokio::test]
async fn an_upload_that_may_have_arrived_is_not_sent_again() {
    let slow_down = Reply::new(429, &[("retry-after", "0")], "");
    for reply in [slow_down, Reply::new(503, &[], ""), Reply::nothing()] {
        let (account, storage, put_url) = account_and_storage(reply).await;
        let call = granted(&account).await;
        let mut put = request("PUT", &put_url, "").map(|_| streamed(vec!["abc"], Duration::ZERO));
        put.headers_mut()
            .insert("content-length", "3".parse().unwrap());
        drop(send(&call, put).await);
        assert_eq!((storage.seen().len(), call.noted().traffic.retries), (1, 0));
        // The audit has it, by where it went and nothing of the name.
        let last = call.noted().writes.pop().unwrap();
        assert_eq!(
            (last.method, last.path),
            ("PUT".to_owned(), storage.origin())
        );
    }
}

#[tokio::test]
async fn a_slow_guest_is_not_taken_for_a_slow_storage() {
    let (account, storage, put_url) = account_and_storage(Reply::new(200, &[], "")).await;
    let call = granted(&account).await;
    // Each pause is longer than the time that storage has for its answer.
    let pause = settings().timeouts.first_byte + Duration::from_millis(200);
    let mut put = request("PUT", &put_url, "").map(|_| streamed(vec!["abc", "def"], pause));
    put.headers_mut()
        .insert("content-length", "6".parse().unwrap());
    assert_eq!(send(&call, put).await.unwrap().status(), 200);
    assert_eq!(storage.seen()[0].body, b"abcdef");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_location_is_granted_without_credential() {
    let storage = Server::answering(vec![Reply::new(200, &[], "bytes")]).await;
    let location = format!("{}/download?sig=1", storage.origin());
    let account = Server::answering(vec![Reply::new(303, &[("location", &location)], "")]).await;
    let call = call(&account);
    let url = format!("{}/api/v4/documents/5/download.json", account.origin());
    let response = send(&call, request("GET", &url, "")).await.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], location);
    assert_eq!(storage.connections(), 0);

    let response = send(&call, request("GET", &location, "")).await.unwrap();
    assert_eq!(text(response).await, "bytes");
    assert_eq!(storage.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_download_that_is_cut_is_an_error_and_not_short_data() {
    let storage = Server::answering(vec![Reply::new(200, &[], "many bytes").cut(3)]).await;
    let location = format!("{}/download", storage.origin());
    let account = Server::answering(vec![Reply::new(303, &[("location", &location)], "")]).await;
    let call = call(&account);
    let url = format!("{}/api/v4/documents/5/download.json", account.origin());
    send(&call, request("GET", &url, "")).await.unwrap();
    let response = send(&call, request("GET", &location, "")).await.unwrap();
    let error = response.into_body().collect().await.unwrap_err();
    assert_eq!(name(&error), "HttpResponseIncomplete");
}

#[tokio::test]
async fn a_listed_content_origin_that_leads_to_this_machine_is_not_dialled() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let files = format!("https://files.example:{}", server.port);
    let rules = rules().content_origins(&[Origin::allow(&files).unwrap()]);
    let call = call_with(connection(&server.origin()), rules, limits(), settings());
    let url = format!("{files}/Jane.pdf");
    let error = send(&call, request("GET", &url, "")).await.unwrap_err();
    assert_eq!(name(&error), "DestinationIpProhibited");
    assert_eq!(server.connections(), 0);
    let denial = call.noted().denials.remove(0);
    assert_eq!(denial.reason, DenialReason::Address);
    assert_eq!(denial.request, format!("GET {files}"));
}

#[tokio::test]
async fn content_is_not_fetched_from_this_machine_even_where_it_is_listed() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let files = Server::answering(vec![Reply::json("{}")]).await;
    for origin in [files.origin(), files.origin().replace("http:", "https:")] {
        let rules = rules().content_origins(&[Origin::allow(&origin).unwrap()]);
        let call = call_with(connection(&server.origin()), rules, limits(), settings());
        let error = send(&call, request("GET", &origin, "")).await.unwrap_err();
        assert_eq!(name(&error), "DestinationIpProhibited");
        assert_eq!(call.noted().denials.remove(0).reason, DenialReason::Address);
    }
    assert_eq!(files.connections(), 0);
}

#[tokio::test]
async fn an_account_whose_name_leads_to_this_machine_is_not_dialled() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let origin = format!("https://clio.gateway.example:{}", server.port);
    let call = call_with(connection(&origin), rules(), limits(), settings());
    let url = format!("{origin}/api/v4/contacts.json");
    let error = send(&call, request("GET", &url, "")).await.unwrap_err();
    assert_eq!(name(&error), "DestinationIpProhibited");
    assert_eq!((server.connections(), call.noted().traffic.retries), (0, 0));
}
