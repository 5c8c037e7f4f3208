//! Requests to the account: credential, pool, retries, rate limit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::server::Reply;
use super::*;
use crate::connection::{CredentialError, CredentialProvider};

const CONTACTS: &str = "/api/v4/contacts.json";

fn url(server: &Server, path: &str) -> String {
    format!("{}{path}", server.origin())
}

#[tokio::test]
async fn requests_share_one_connection() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let call = call(&server);
    for _ in 0..5 {
        let response = send(&call, request("GET", &url(&server, CONTACTS), ""))
            .await
            .unwrap();
        assert_eq!(text(response).await, "{}");
    }
    assert_eq!((server.seen().len(), server.connections()), (5, 1));
    assert_eq!(call.noted().traffic.api_requests, 5);
    assert_eq!(call.noted().traffic.received, 10);
}

#[tokio::test]
async fn the_credential_is_the_hosts_and_what_a_guest_may_not_set_is_gone() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let mut request = request(
        "POST",
        &url(&server, "/api/v4/contacts.json?fields=id"),
        "{\"a\":1}",
    );
    for (name, value) in [
        ("authorization", "Bearer stolen"),
        ("cookie", "a=b"),
        ("host", "evil.example"),
        ("proxy-authorization", "x"),
        ("x-forwarded-host", "evil.example"),
        ("transfer-encoding", "chunked"),
        ("connection", "upgrade"),
        ("accept-encoding", "gzip"),
        ("x-api-version", "4.0.13"),
    ] {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    send(&call(&server), request).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(seen.target, "/api/v4/contacts.json?fields=id");
    assert_eq!(seen.header("authorization"), Some("Bearer 1-t0ken"));
    assert_eq!(
        seen.header("host"),
        Some(&*format!("127.0.0.1:{}", server.port))
    );
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("x-api-version"), Some("4.0.13"));
    assert_eq!(seen.header("content-length"), Some("7"));
    assert!(seen.header("user-agent").unwrap().starts_with("clio-host/"));
    for gone in [
        "cookie",
        "proxy-authorization",
        "x-forwarded-host",
        "transfer-encoding",
    ] {
        assert_eq!(seen.header(gone), None, "{gone}");
    }
}

#[tokio::test]
async fn a_write_is_never_sent_a_second_time() {
    let cases = [
        (Reply::new(502, &[], "bad gateway"), "502"),
        (Reply::new(503, &[("retry-after", "0")], ""), "503"),
        (
            Reply::json("{\"data\":{\"id\":1}}").cut(4),
            "HttpResponseIncomplete",
        ),
        (Reply::nothing(), "ConnectionTerminated"),
        (Reply::silence(), "HttpResponseTimeout"),
    ];
    for (reply, expected) in cases {
        for method in ["POST", "PATCH"] {
            let server = Server::answering(vec![reply.clone(), Reply::json("{}")]).await;
            let path = match method {
                "POST" => CONTACTS,
                _ => "/api/v4/documents/7.json",
            };
            let result = send(&call(&server), request(method, &url(&server, path), "{}")).await;
            let outcome = match result {
                Ok(response) => response.status().as_u16().to_string(),
                Err(error) => name(&error),
            };
            assert_eq!(outcome, expected, "{method}");
            assert_eq!(server.seen().len(), 1, "{method} {expected}");
        }
    }
}

#[tokio::test]
async fn a_read_is_repeated_until_it_is_whole() {
    let cases = [
        Reply::new(502, &[], "bad gateway"),
        Reply::json("{\"data\":[]}").cut(4),
        Reply::nothing(),
        Reply::silence(),
    ];
    for reply in cases {
        let server = Server::answering(vec![reply, Reply::json("{\"data\":[]}")]).await;
        let call = call(&server);
        let response = send(&call, request("GET", &url(&server, CONTACTS), ""))
            .await
            .unwrap();
        assert_eq!(text(response).await, "{\"data\":[]}");
        assert_eq!((server.seen().len(), call.noted().traffic.retries), (2, 1));
    }
}

#[tokio::test]
async fn attempts_at_a_read_end() {
    let server = Server::answering(vec![Reply::new(500, &[], "")]).await;
    let response = send(&call(&server), request("GET", &url(&server, CONTACTS), ""))
        .await
        .unwrap();
    assert_eq!((response.status().as_u16(), server.seen().len()), (500, 3));
}

#[tokio::test]
async fn a_refused_write_waits_and_is_sent_again_unchanged() {
    let refusal = Reply::new(429, &[("retry-after", "1")], "");
    let server = Server::answering(vec![refusal, Reply::json("{}")]).await;
    let began = Instant::now();
    let call = call(&server);
    let response = send(&call, request("POST", &url(&server, CONTACTS), "{\"b\":2}"))
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(began.elapsed() >= Duration::from_secs(1));
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (&*seen[0].body, &*seen[1].body),
        (&b"{\"b\":2}"[..], &b"{\"b\":2}"[..])
    );
}

#[tokio::test]
async fn a_refusal_that_came_as_a_200_is_one() {
    let words = r#"{"error":{"type":"RateLimited","message":"Retry in 1 seconds."}}"#;
    let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, words);
    let wrapped = json!({"metadata": {"encodingDecoded": "text/plain"}, "data": data});
    let replies = vec![Reply::json(&wrapped.to_string()), Reply::json("{}")];
    let server = Server::answering(replies).await;
    let began = Instant::now();
    let call = call(&server);
    let response = send(&call, request("GET", &url(&server, CONTACTS), ""))
        .await
        .unwrap();
    assert_eq!(text(response).await, "{}");
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_refusal_that_asks_for_too_long_goes_to_the_guest() {
    let server = Server::answering(vec![Reply::new(429, &[("retry-after", "30")], "later")]).await;
    let call = call(&server);
    let response = send(&call, request("POST", &url(&server, CONTACTS), "{}"))
        .await
        .unwrap();
    assert_eq!((response.status().as_u16(), server.seen().len()), (429, 1));
    // The next one is not even sent: the budget knows, and says for how long.
    let response = send(&call, request("GET", &url(&server, CONTACTS), ""))
        .await
        .unwrap();
    assert_eq!((response.status().as_u16(), server.seen().len()), (429, 1));
    let wait: u64 = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((28..=30).contains(&wait), "{wait}");
    assert!(text(response).await.contains("RateLimited"));
    assert!(matches!(
        call.noted().failure,
        Some(EgressFailure::RateBudget { .. })
    ));
}

#[tokio::test]
async fn nothing_listening_is_tried_again_and_then_told() {
    let port = {
        let server = Server::answering(vec![Reply::nothing()]).await;
        server.port
    };
    // The server's task ends when it is dropped; wait until its port is free.
    let origin = format!("http://127.0.0.1:{port}");
    while tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .is_ok()
    {
        tokio::task::yield_now().await;
    }
    let call = call_with(connection(&origin), rules(), limits(), settings());
    let error = send(&call, request("POST", &format!("{origin}{CONTACTS}"), "{}"))
        .await
        .unwrap_err();
    assert_eq!(name(&error), "ConnectionRefused");
    assert_eq!(call.noted().traffic.retries, 2);
}

/// Hands out `1-old`, and after a 401 `1-new`.
struct Refreshing {
    refreshed: Arc<AtomicUsize>,
    to: Option<&'static str>,
}

impl CredentialProvider for Refreshing {
    fn bearer(&self) -> BoxFuture<'_, Result<AccessToken, CredentialError>> {
        Box::pin(std::future::ready(Ok("1-old".into())))
    }

    fn refreshed_after_401<'a>(
        &'a self,
        rejected: &'a AccessToken,
    ) -> BoxFuture<'a, Result<Option<AccessToken>, CredentialError>> {
        assert!(rejected.is_same(&"1-old".into()) || rejected.is_same(&"1-new".into()));
        self.refreshed.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(self.to.map(AccessToken::from))))
    }
}

async fn with_refresh(to: Option<&'static str>) -> (u16, usize, Vec<String>) {
    let server = Server::start(|_, seen| match seen.header("authorization") {
        Some("Bearer 1-new") => Reply::json("{}"),
        _ => Reply::new(401, &[], ""),
    })
    .await;
    let refreshed = Arc::new(AtomicUsize::new(0));
    let provider = Refreshing {
        refreshed: Arc::clone(&refreshed),
        to,
    };
    let origin = Origin::parse(&server.origin()).unwrap();
    let connection = Connection::with_provider(origin, provider);
    let call = call_with(connection, rules(), limits(), settings());
    let response = send(&call, request("POST", &url(&server, CONTACTS), "{}"))
        .await
        .unwrap();
    let sent = server
        .seen()
        .iter()
        .map(|seen| seen.headers["authorization"].clone())
        .collect();
    (
        response.status().as_u16(),
        refreshed.load(Ordering::SeqCst),
        sent,
    )
}

#[tokio::test]
async fn a_rejected_credential_is_refreshed_once_and_the_request_sent_again() {
    let (status, refreshed, sent) = with_refresh(Some("1-new")).await;
    assert_eq!((status, refreshed), (200, 1));
    assert_eq!(sent, ["Bearer 1-old", "Bearer 1-new"]);
}

#[tokio::test]
async fn a_refresh_that_does_not_help_ends_with_the_refusal() {
    let (status, refreshed, sent) = with_refresh(Some("1-other")).await;
    assert_eq!((status, refreshed, sent.len()), (401, 1, 2));
    // The same token again would be refused again.
    let (status, _, sent) = with_refresh(Some("1-old")).await;
    assert_eq!((status, sent.len()), (401, 1));
    let (status, _, sent) = with_refresh(None).await;
    assert_eq!((status, sent.len()), (401, 1));
}

#[tokio::test]
async fn what_no_rule_allows_does_not_leave_and_the_denial_names_the_rule() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let call = call(&server);
    let error = send(
        &call,
        request(
            "DELETE",
            &url(&server, "/api/v4/matters/12.json?x=secret"),
            "",
        ),
    )
    .await
    .unwrap_err();
    assert_eq!(name(&error), "HttpRequestDenied");
    assert_eq!(
        call.noted().denials,
        [Denial {
            request: format!("DELETE {}/api/v4/matters/{{id}}.json", server.origin()),
            rule: r#"requests = [{ method = "DELETE", path = "/api/v4/matters/{id}.json" }]"#
                .into(),
            reason: DenialReason::NotDescribed,
        }]
    );
    for path in [
        "/oauth/token",
        "/api/v4/../oauth/token",
        "//oauth/token",
        "/api/v4/%2e%2e/x",
    ] {
        assert!(
            send(&call, request("GET", &url(&server, path), ""))
                .await
                .is_err(),
            "{path}"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn other_hosts_are_not_reached_in_any_spelling() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let call = call(&server);
    let port = server.port;
    for url in [
        format!("http://localhost:{port}{CONTACTS}"),
        format!("http://127.0.0.1.:{port}{CONTACTS}"),
        format!("http://user@127.0.0.1:{port}{CONTACTS}"),
        format!("http://127.0.0.2:{port}{CONTACTS}"),
        format!("https://127.0.0.1:{port}{CONTACTS}"),
        format!("http://[::ffff:127.0.0.1]:{port}{CONTACTS}"),
        format!("http://127.0.0.1:{}{CONTACTS}", port ^ 1),
    ] {
        assert!(
            send(&call, request("GET", &url, "")).await.is_err(),
            "{url}"
        );
    }
    assert_eq!(server.connections(), 0);
    assert!(
        call.noted()
            .denials
            .iter()
            .all(|denial| !denial.request.contains("contacts"))
    );
}
