//! The control over HTTP.

use clio_sandbox::{NewContact, NewDocument, SeedContact, SeedMatter, Switches};
use serde_json::json;

use crate::client::{Clio, send, start};

#[tokio::test]
async fn a_whole_story_over_http_alone() {
    let clio = start().await;
    let about = clio.sandbox("GET", "", json!(null)).await.json();
    assert_eq!(about["token"], clio.token);
    assert_eq!(about["storage_origin"], clio.sandbox.storage_origin());

    let contact = clio
        .sandbox(
            "POST",
            "/contacts",
            json!({"first_name": "Ann", "last_name": "Lee",
            "emails": [{"label": "Work", "value": "a@x.example"}]}),
        )
        .await
        .json()["id"]
        .clone();
    let matter = clio
        .sandbox(
            "POST",
            "/matters",
            json!({"client": contact, "description": "Lee"}),
        )
        .await
        .json()["id"]
        .as_u64()
        .unwrap();
    let stage = clio.control.stage_named("Family", "Intake").unwrap();
    // "aGVsbG8=" is "hello".
    let automation =
        json!({"stage": stage, "name": "a.txt", "content": "aGVsbG8=", "after_ms": 60000});
    assert_eq!(
        clio.sandbox("POST", "/automations", automation)
            .await
            .status,
        204
    );
    let set = clio
        .sandbox(
            "POST",
            &format!("/matters/{matter}/stage"),
            json!({"stage": stage}),
        )
        .await;
    assert_eq!(set.status, 204);
    clio.sandbox("POST", "/clock", json!({"advance_ms": 61000}))
        .await;
    let state = clio.sandbox("GET", "/snapshot", json!(null)).await.json();
    assert_eq!(state["documents"][0]["versions"][0]["size"], 5);

    let document = clio
        .sandbox(
            "POST",
            "/documents",
            json!({"place": {"matter": matter}, "document": {"name": "b.txt"}}),
        )
        .await
        .json()["id"]
        .as_u64()
        .unwrap();
    for (verb, body) in [
        ("complete", json!({"content": "aGVsbG8="})),
        ("rename", json!({"name": "c.txt"})),
        ("version", json!({"content": "aGVsbG8="})),
        ("trash", json!(null)),
        ("restore", json!(null)),
    ] {
        let answer = clio
            .sandbox("POST", &format!("/documents/{document}/{verb}"), body)
            .await;
        assert_eq!(answer.status, 204, "{verb}");
    }
    let state = clio.control.snapshot();
    let last = state.documents.last().unwrap();
    assert_eq!(
        (last.name.as_str(), last.versions.len(), last.trashed),
        ("c.txt", 2, false)
    );
    // Control requests stand in no trace.
    assert_eq!(clio.control.requests(), 0);
}

#[tokio::test]
async fn faults_switches_tokens_and_the_trace_over_http() {
    let clio = start().await;
    let fault =
        json!({"method": "GET", "path": "/contacts", "effect": {"answer": {"status": 418}}});
    assert_eq!(clio.sandbox("POST", "/faults", fault).await.status, 204);
    assert_eq!(clio.get("/contacts?nonsense=1").await.status, 418);
    clio.get("/contacts?nonsense=1").await;
    let trace = clio.sandbox("GET", "/trace", json!(null)).await.json();
    assert_eq!(trace[0]["fault"], "answer 418");
    assert_eq!(trace[1]["operation"], "Contact#index");
    assert_eq!(trace[1]["authorization"], true);
    assert!(!trace.to_string().contains(&clio.token));
    let ignored = clio.sandbox("GET", "/ignored", json!(null)).await.json();
    assert_eq!(ignored[0]["where"], "nonsense");
    assert_eq!(ignored[0]["what"], "unknown_parameter");
    clio.sandbox("DELETE", "/trace", json!(null)).await;
    assert!(clio.control.trace().is_empty());

    let switched = clio
        .sandbox("POST", "/switches", json!({"region": "eu"}))
        .await;
    assert_eq!(switched.json()["region"], "eu");
    assert_eq!(
        clio.get("/contacts").await.status,
        401,
        "a token of another region"
    );
    let issued = clio
        .sandbox(
            "POST",
            "/tokens",
            json!({"permissions": {"only": {"contacts": "read"}}}),
        )
        .await;
    let mut clio = clio;
    clio.token = issued.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(clio.get("/contacts").await.status, 200);
    assert_eq!(clio.get("/matters").await.status, 403);
    clio.sandbox("POST", "/tokens/revoke", json!({"token": clio.token}))
        .await;
    assert_eq!(clio.get("/contacts").await.status, 401);

    assert_eq!(
        clio.sandbox("POST", "/switches", json!({"nonsense": 1}))
            .await
            .status,
        422
    );
    assert_eq!(
        clio.sandbox("GET", "/nonsense", json!(null)).await.status,
        404
    );
    let seed = json!({"practice_areas": [{"name": "Tax", "stages": ["One"]}]});
    assert_eq!(clio.sandbox("POST", "/seed", seed).await.status, 204);
    assert!(clio.control.stage_named("Tax", "One").is_some());
}

#[tokio::test]
async fn every_reading_serves_requests() {
    for (name, switches) in Switches::all() {
        let clio = crate::client::start_with(|c| c.switches = switches).await;
        assert_eq!(clio.get("/contacts").await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_dropped_sandbox_frees_its_port_and_outlives_blocked_runtimes() {
    let clio = start().await;
    let origin = clio.sandbox.origin().to_owned();
    // The test's runtime is blocked here; the sandbox has its own.
    let token = clio.token.clone();
    let answered = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let authority = origin.strip_prefix("http://").unwrap().to_owned();
        let mut stream = std::net::TcpStream::connect(&authority).unwrap();
        write!(stream, "GET /api/v4/contacts HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
    .join()
    .unwrap();
    assert!(answered.starts_with("HTTP/1.1 200"));
    let port: u16 = clio
        .sandbox
        .origin()
        .rsplit_once(':')
        .unwrap()
        .1
        .parse()
        .unwrap();
    drop(clio);
    let again = crate::client::start_with(|c| c.port = port).await;
    assert_eq!(again.get("/contacts").await.status, 200);
}

#[tokio::test]
async fn a_seed_names_what_it_refers_to_and_is_old_enough_to_be_searched() {
    let clio = crate::client::start_with(|c| {
        c.seed.contacts.push(SeedContact {
            contact: NewContact::person("Ann", "Lee").email("ann@x.example"),
            matters: vec![SeedMatter {
                description: "Lee v. Lee".to_owned(),
                practice_area: Some("Family".to_owned()),
                stage: Some("Retained".to_owned()),
                documents: vec![NewDocument::complete("petition.pdf", b"%PDF")],
                ..SeedMatter::default()
            }],
        });
    })
    .await;
    let state = clio.control.snapshot();
    let (contact, matter, document) = (&state.contacts[0], &state.matters[0], &state.documents[0]);
    assert_eq!(matter.client, contact.id);
    assert_eq!(matter.stage, clio.control.stage_named("Family", "Retained"));
    assert_eq!(document.matter, Some(matter.id));
    assert!(document.complete);
    assert_eq!(
        clio.get("/contacts?query=ann@x.example").await.ids(),
        [contact.id]
    );
    assert_eq!(
        clio.get("/documents?query=petition").await.ids(),
        [document.id]
    );
}

/// A control request as a page sends it that a browser shows.
async fn from_a_page(clio: &Clio, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
    let url = format!("{}/sandbox{path}", clio.sandbox.origin());
    let body = if method == "GET" {
        ""
    } else {
        r#"{"frozen": true}"#
    };
    let answer = send(method, &url, headers, body.into()).await.unwrap();
    assert!(!answer.text().contains(&clio.token), "the token was given");
    let secret = &clio.sandbox.app().client_secret;
    assert!(!answer.text().contains(secret), "the secret was given");
    answer.status.as_u16()
}

// CASES S11
#[tokio::test]
async fn a_page_of_the_web_neither_steers_the_sandbox_nor_learns_its_token() {
    let clio = start().await;
    clio.control
        .add_contact(NewContact::person("Ann", "Lee").email("ann@x.example"));
    let evil = ("origin", "https://evil.example");
    let plain = ("content-type", "text/plain");
    let json = ("content-type", "application/json");
    for headers in [
        vec![plain],
        vec![plain, evil],
        vec![json, evil],
        vec![json, ("origin", "null")],
        vec![json, ("sec-fetch-site", "cross-site")],
        vec![("content-type", "application/x-www-form-urlencoded")],
        vec![],
    ] {
        let status = from_a_page(&clio, "POST", "/seed", &headers).await;
        assert!(matches!(status, 403 | 415), "{headers:?}: {status}");
    }
    // A name of the page's own that points here.
    for host in [
        "evil.example",
        "evil.example:80",
        "localhost",
        "127.0.0.1:1",
    ] {
        let rebound = [json, ("host", host)];
        for (method, path) in [("GET", ""), ("POST", "/tokens"), ("DELETE", "/trace")] {
            let status = from_a_page(&clio, method, path, &rebound).await;
            assert_eq!(status, 421, "{host} {method} {path}");
        }
    }
    assert_eq!(clio.control.snapshot().contacts.len(), 1);
    // Programs of this machine go on, under any of its names.
    let port = clio.sandbox.origin().rsplit_once(':').unwrap().1.to_owned();
    let url = format!("{}/sandbox", clio.sandbox.origin());
    let local = format!("localhost:{port}");
    let answer = send("GET", &url, &[("host", &local)], "".into()).await;
    assert_eq!(answer.unwrap().json()["token"], clio.token);
}

#[tokio::test]
async fn a_sandbox_of_a_known_secret_is_the_same_at_each_start() {
    let keys = async |secret| {
        let config = clio_sandbox::Config {
            secret,
            ..clio_sandbox::Config::default()
        };
        let sandbox = clio_sandbox::Sandbox::start(config).await.unwrap();
        let control = sandbox.control();
        let ann = control.add_contact(NewContact::person("Ann", "Lee"));
        let document = NewDocument::complete("a.txt", b"a");
        control.add_document(clio_sandbox::Place::Contact(ann), document);
        control.snapshot().documents[0].versions[0].uuid.clone()
    };
    assert_eq!(keys(Some([7; 32])).await, keys(Some([7; 32])).await);
    assert_ne!(keys(Some([7; 32])).await, keys(Some([8; 32])).await);
    assert_ne!(keys(None).await, keys(None).await);
}
