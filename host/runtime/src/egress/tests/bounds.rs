//! Bounds of time, bytes and number.

use std::time::Instant;

use super::server::Reply;
use super::*;
use crate::budget::Class;

const CONTACTS: &str = "/api/v4/contacts.json";

fn contacts(server: &Server) -> String {
    format!("{}{CONTACTS}", server.origin())
}

async fn error_of(call: &Arc<CallEgress>, request: Request<WasiBody>) -> String {
    name(&send(call, request).await.unwrap_err())
}

#[tokio::test]
async fn an_answer_over_its_bound_is_refused_whether_announced_or_not() {
    let large = "x".repeat(2000);
    let unannounced = Reply::new(200, &[("x-pad", "y")], &large);
    for reply in [Reply::json(&large), unannounced] {
        let server = Server::answering(vec![reply]).await;
        let settings = EgressSettings {
            api_answer_bytes: 1999,
            ..settings()
        };
        let call = call_with(connection(&server.origin()), rules(), limits(), settings);
        let error = error_of(&call, request("GET", &contacts(&server), "")).await;
        assert_eq!(error, "HttpResponseBodySize");
        assert_eq!(
            call.noted().failure,
            Some(EgressFailure::ResponseBytes { most: 1999 })
        );
        assert_eq!(
            server.seen().len(),
            1,
            "asking again would end the same way"
        );
    }
}

#[tokio::test]
async fn all_answers_of_a_call_have_one_bound() {
    let server = Server::answering(vec![Reply::json(&"x".repeat(400))]).await;
    let limits = Limits {
        response_bytes: 1000,
        ..limits()
    };
    let call = call_with(connection(&server.origin()), rules(), limits, settings());
    for _ in 0..2 {
        send(&call, request("GET", &contacts(&server), ""))
            .await
            .unwrap();
    }
    let error = error_of(&call, request("GET", &contacts(&server), "")).await;
    assert_eq!(error, "HttpResponseBodySize");
}

#[tokio::test]
async fn a_request_over_its_bound_does_not_leave() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let settings = EgressSettings {
        api_request_bytes: 3,
        ..settings()
    };
    let call = call_with(connection(&server.origin()), rules(), limits(), settings);
    let error = error_of(&call, request("POST", &contacts(&server), "four")).await;
    assert_eq!(error, "HttpRequestBodySize");
    assert_eq!(
        call.noted().failure,
        Some(EgressFailure::RequestBytes { most: 3 })
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_length_that_is_not_the_bodys_does_not_leave() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    for lengths in [&["3"][..], &["5"], &["4", "4"], &["+4"]] {
        let mut request = request("POST", &contacts(&server), "four");
        for length in lengths {
            request
                .headers_mut()
                .append("content-length", length.parse().unwrap());
        }
        assert!(send(&call(&server), request).await.is_err(), "{lengths:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_call_makes_only_so_many_requests() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let limits = Limits {
        requests: 2,
        ..limits()
    };
    let call = call_with(connection(&server.origin()), rules(), limits, settings());
    for _ in 0..2 {
        send(&call, request("GET", &contacts(&server), ""))
            .await
            .unwrap();
    }
    let error = error_of(&call, request("GET", &contacts(&server), "")).await;
    assert_eq!(error, "HttpRequestDenied");
    assert_eq!(
        call.noted().failure,
        Some(EgressFailure::Requests { most: 2 })
    );
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_answer_that_stops_in_the_middle_times_out() {
    let server = Server::answering(vec![Reply::json("{\"data\":[]}").stuck(3)]).await;
    let began = Instant::now();
    let error = error_of(&call(&server), request("POST", &contacts(&server), "{}")).await;
    assert_eq!(error, "ConnectionReadTimeout");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_guest_may_wait_for_less_but_not_for_longer() {
    let server = Server::answering(vec![Reply::silence()]).await;
    let call = call(&server);
    for (asked, bound) in [(50, 400), (60_000, 2000)] {
        let began = Instant::now();
        let options = wasmtime_wasi_http::RequestOptions {
            first_byte_timeout: Some(Duration::from_millis(asked)),
            ..Default::default()
        };
        let request = request("POST", &contacts(&server), "{}");
        let error = Arc::clone(&call)
            .send(request, Some(options))
            .await
            .unwrap_err();
        assert_eq!(name(&error), "HttpResponseTimeout");
        assert!(began.elapsed() < Duration::from_millis(bound), "{asked}");
    }
}

#[tokio::test]
async fn a_connection_that_never_stands_is_given_up() {
    // It accepts the connection and never speaks TLS.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!(
        "https://127.0.0.1:{}",
        listener.local_addr().unwrap().port()
    );
    let call = call_with(connection(&origin), rules(), limits(), settings());
    let url = format!("{origin}{CONTACTS}");
    let error = error_of(&call, request("POST", &url, "{}")).await;
    assert_eq!(error, "ConnectionTimeout");
    assert_eq!(
        call.noted().traffic.retries,
        2,
        "nothing was written, so it may be tried again"
    );
}

#[tokio::test]
async fn a_peer_that_speaks_no_tls_is_not_spoken_to_in_plain() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let origin = server.origin().replace("http:", "https:");
    let call = call_with(connection(&origin), rules(), limits(), settings());
    let error = error_of(&call, request("POST", &format!("{origin}{CONTACTS}"), "{}")).await;
    let expected = [
        "TlsProtocolError",
        "ConnectionTerminated",
        "ConnectionTimeout",
    ];
    assert!(expected.contains(&&*error), "{error}");
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| !seen.headers.contains_key("authorization"))
    );
}

#[tokio::test]
async fn a_dropped_call_ends_its_request_and_counts_it() {
    let server = Server::answering(vec![Reply::silence()]).await;
    let connection = connection(&server.origin());
    let call = call_with(connection.clone(), rules(), limits(), settings());
    let sending = send(&call, request("POST", &contacts(&server), "{}"));
    let ended = tokio::time::timeout(Duration::from_millis(100), sending).await;
    assert!(ended.is_err());
    // Nothing is in flight any more: the next request need not wait for it.
    let slot = connection
        .budget()
        .start(
            &Mutex::new(None),
            Class::Interactive,
            Duration::from_millis(100),
        )
        .await;
    assert!(slot.is_ok());
}

#[tokio::test]
async fn local_content_is_read_by_its_name() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let mut contents = CallContent::default();
    let url = contents
        .add(LocalContent::bytes("local").with_media_type("text/plain"))
        .unwrap();
    let egress = Arc::new(Egress::new(settings()).unwrap());
    let call = CallEgress::new(
        egress,
        connection(&server.origin()),
        Arc::new(rules()),
        contents,
        limits(),
        Arc::default(),
        false,
    );
    let response = send(&call, request("GET", &url, "")).await.unwrap();
    assert_eq!(response.headers()["content-length"], "5");
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(text(response).await, "local");
    let other = "http://content.invalid/00000000000000000000000000000000";
    assert_eq!(
        send(&call, request("GET", other, ""))
            .await
            .unwrap()
            .status(),
        404
    );
    assert_eq!(call.noted().traffic.local_requests, 2);
}
