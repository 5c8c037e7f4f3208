//! A request goes one way: to the account, or for content. // CASES S1

use super::server::Reply;
use super::*;

const CONTACTS: &str = "/api/v4/contacts.json";

/// A call whose caller named these URLs.
fn call_naming(connection: Connection, rules: Rules, urls: &[String]) -> Arc<CallEgress> {
    let mut contents = CallContent::default();
    for url in urls {
        contents.note(
            connection.origin(),
            &json!({"content": {"url": url}}),
            false,
        );
    }
    let egress = Arc::new(Egress::new(settings()).unwrap());
    CallEgress::new(
        egress,
        connection,
        Arc::new(rules),
        contents,
        limits(),
        Arc::default(),
        false,
    )
}

#[tokio::test]
async fn what_the_caller_named_on_the_account_is_not_fetched_with_the_credential() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let (account, port) = (server.origin(), server.port);
    // A rule allows the action this very request.
    let asked = format!("{account}{CONTACTS}?fields=id");
    for named in [
        asked.clone(),
        format!("{account}{CONTACTS}"),
        format!("HTTP://127.0.0.1:{port}{CONTACTS}"),
        format!("https://127.0.0.1:{port}{CONTACTS}"),
        format!("http://localhost:{port}{CONTACTS}#x"),
        format!("http://x@[::1]:{port}{CONTACTS}"),
        format!("http://[::ffff:127.0.0.1]:{port}{CONTACTS}"),
        format!("http://127.0.0.1.:{port}{CONTACTS}"),
    ] {
        let call = call_naming(connection(&account), rules(), std::slice::from_ref(&named));
        let error = send(&call, request("GET", &asked, "")).await.unwrap_err();
        assert_eq!(name(&error), "HttpRequestDenied", "{named}");
        let reasons: Vec<_> = call.noted().denials.iter().map(|it| it.reason).collect();
        assert_eq!(reasons, [DenialReason::NotContent], "{named}");
    }
    assert_eq!(server.connections(), 0);
    // What else the action reads of the account it reads as ever.
    let elsewhere = format!("https://files.example{CONTACTS}");
    let download = format!("{account}/api/v4/documents/5/download.json");
    let call = call_naming(connection(&account), rules(), &[elsewhere, download]);
    assert!(send(&call, request("GET", &asked, "")).await.is_ok());
}

#[tokio::test]
async fn the_accounts_own_server_is_no_content_even_where_it_is_listed() {
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let port = server.port;
    let account = format!("https://gateway.example:{port}");
    let forms = [
        account.clone(),
        account.to_uppercase(),
        "https://gateway.example".to_owned(),
        format!("https://gateway.example.:{port}"),
        format!("http://gateway.example:{port}"),
        "http://gateway.example".to_owned(),
    ];
    for form in forms {
        let listed = Origin::allow(&form).into_iter().collect::<Vec<_>>();
        let call = call_with(
            connection(&account),
            rules().content_origins(&listed),
            limits(),
            settings(),
        );
        let url = format!("{form}/files/Jane.pdf");
        assert!(
            send(&call, request("GET", &url, "")).await.is_err(),
            "{form}"
        );
        assert_eq!(call.noted().denials.len(), 1, "{form}");
        assert_eq!(call.noted().traffic.content_requests, 0, "{form}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn clio_grants_no_url_on_the_accounts_own_server() {
    for scheme in ["http", "https"] {
        let server = Server::start(move |_, seen| {
            let (_, port) = seen.header("host").unwrap().split_once(':').unwrap();
            let url = format!("{scheme}://localhost:{port}/files/Jane.pdf");
            Reply::new(303, &[("location", &url)], "")
        })
        .await;
        let call = call(&server);
        let download = format!("{}/api/v4/documents/5/download.json", server.origin());
        let answer = send(&call, request("GET", &download, "")).await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        for url in [location, format!("{}/files/Jane.pdf", server.origin())] {
            let error = send(&call, request("GET", &url, "")).await.unwrap_err();
            assert_eq!(name(&error), "HttpRequestDenied", "{url}");
        }
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn no_grant_is_taken_from_a_description_that_nobody_vouches_for() {
    // CASES S4
    let storage = Server::answering(vec![Reply::new(200, &[], "")]).await;
    let put_url = format!("{}/x", storage.origin());
    let body = json!({"data": {"put_url": put_url}}).to_string();
    let account = Server::answering(vec![Reply::json(&body)]).await;
    let foreign = rules().without_grants("the operator's word".to_owned());
    let call = call_with(connection(&account.origin()), foreign, limits(), settings());
    let post = format!("{}/api/v4/documents.json", account.origin());
    send(&call, request("POST", &post, "{}")).await.unwrap();
    for method in ["PUT", "GET"] {
        assert!(send(&call, request(method, &put_url, "")).await.is_err());
    }
    assert_eq!(storage.connections(), 0);
    for denial in call.noted().denials {
        assert!(denial.rule.contains("the operator's word"), "{denial:?}");
    }
}

#[tokio::test]
async fn fields_that_nobody_needs_do_not_reach_the_account() {
    // CASES S10
    let server = Server::answering(vec![Reply::json("{}")]).await;
    let url = format!("{}{CONTACTS}", server.origin());
    let mut get = request("GET", &url, "");
    for name in [
        "x_http_method_override",
        "x-http-method",
        "x-method",
        "_method",
        "x-anything",
        "x_api_version",
        "origin",
        "content_length",
    ] {
        get.headers_mut().append(name, "DELETE".parse().unwrap());
    }
    get.headers_mut()
        .append("if-match", "\"a\"".parse().unwrap());
    send(&call(&server), get).await.unwrap();
    let seen = server.seen().remove(0);
    let sent: Vec<_> = seen.headers.keys().map(String::as_str).collect();
    assert_eq!(
        sent,
        [
            "accept-encoding",
            "authorization",
            "host",
            "if-match",
            "user-agent"
        ]
    );
}
