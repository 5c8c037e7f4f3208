//! What is not meant for the service, what a foreign page had sent, what is too long
//! and what comes too slowly is refused, and nothing is told by it.

use std::time::{Duration, Instant};

use clio_tests::{Answer, Serving, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const TEN_GIB: &str = "10737418240";

/// An error of ours, that holds nothing of what the service knows.
#[track_caller]
fn refused(answer: Answer, status: u16, code: &str) {
    let answer = answer.expect_status(status);
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/problem+json"), "{}", answer.head);
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["code"], code, "{problem}");
    let told = String::from_utf8_lossy(&answer.body).into_owned() + &answer.head;
    assert!(!told.contains("harbor"), "a firm's name: {told}");
    for (field, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(field), Some(value), "{}", answer.head);
    }
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn what_is_not_meant_for_it_is_refused() {
    let world = World::new().await;
    let key = world.key(&["read", "admin"], &["harbor"]).await;
    let bearer = format!("Bearer {key}");
    let key = ("Authorization", bearer.as_str());
    let serving = world
        .serve(&["--public-url", "https://clio.firm.example"])
        .await;

    for host in ["evil.example", "127.0.0.1:1", "clio.firm.example:8443"] {
        let headers = [("Host", host), key];
        let answer = serving.send("GET", "/v1/runs", &headers, b"").await;
        refused(answer, 421, "wrong_host");
        let answer = serving.send("GET", "/health", &headers[..1], b"").await;
        refused(answer, 421, "wrong_host");
    }
    let proxied = [("Host", "clio.firm.example")];
    let answer = serving.send("GET", "/health", &proxied, b"").await;
    answer.expect_status(200);

    for origin in ["https://evil.example", "null"] {
        for method in ["GET", "POST", "OPTIONS"] {
            let answer = serving
                .send(method, "/v1/runs", &[("Origin", origin), key], b"")
                .await;
            refused(answer, 403, "foreign_page");
        }
    }
    let answer = serving
        .send(
            "GET",
            "/v1/runs",
            &[("Sec-Fetch-Site", "cross-site"), key],
            b"",
        )
        .await;
    refused(answer, 403, "foreign_page");

    refused(
        serving.send("GET", "/metrics", &[], b"").await,
        401,
        "not_authorized",
    );
    for odd in ["Basic Y2xpbw==", "Bearer", "Bearer ", "clio_00"] {
        let answer = serving
            .send("GET", "/metrics", &[("Authorization", odd)], b"")
            .await;
        refused(answer, 401, "not_authorized");
    }
    refused(
        serving.send("GET", "/nowhere", &[key], b"").await,
        404,
        "not_found",
    );
    refused(
        serving.send("DELETE", "/health", &[key], b"").await,
        405,
        "method_not_allowed",
    );
}

#[tokio::test]
async fn ten_gibibytes_are_refused_before_any_comes() {
    let world = World::new().await;
    let serving = world.serve(&[]).await;
    let head = format!(
        "POST /v1/runs HTTP/1.1\r\nHost: {}\r\nContent-Length: {TEN_GIB}\r\n\r\n",
        serving.address
    );
    let mut socket = TcpStream::connect(&serving.address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"too_long\""), "{answer}");

    // A head has its bound as well.
    let long = "x".repeat(64 * 1024);
    let answer = serving
        .send("GET", "/health", &[("X-Long", &long)], b"")
        .await;
    answer.expect_status(431);
}

#[tokio::test]
async fn who_says_nothing_or_says_it_slowly_is_let_go() {
    let world = World::new().await;
    std::fs::write(world.home().join("serve.toml"), "wait_seconds = 1\n").unwrap();
    let serving = world.serve(&[]).await;
    let head = "GET /health HTTP/1.1\r\nHost: ";

    let began = Instant::now();
    let mut silent = TcpStream::connect(&serving.address).await.unwrap();
    let mut slow = TcpStream::connect(&serving.address).await.unwrap();
    let (mut reading, mut writing) = slow.split();
    let trickle = async {
        for byte in head.bytes() {
            if writing.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let mut nothing = Vec::new();
    let ended = reading.read_to_end(&mut nothing);
    tokio::select! {
        _ = ended => {}
        () = trickle => panic!("a head that trickles was waited for"),
    }
    assert!(nothing.is_empty(), "{nothing:?}");
    assert_eq!(read_to_end(&mut silent).await, "");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_body_that_trickles_or_is_too_long_is_refused_and_its_sender_told() {
    let world = World::new().await;
    std::fs::write(world.home().join("serve.toml"), "wait_seconds = 1\n").unwrap();
    let serving = world.serve(&[]).await;
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\nkey=",
        serving.address
    );
    let mut slow = TcpStream::connect(&serving.address).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    let began = Instant::now();
    let (mut reading, mut writing) = slow.split();
    let trickle = async {
        // Never long between two, and never enough.
        while writing.write_all(b"0").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let mut answer = [0; 13];
    tokio::select! {
        read = reading.read_exact(&mut answer) => assert_eq!(read.unwrap(), 13),
        () = trickle => panic!("the connection ended without an answer"),
    }
    assert_eq!(&answer, b"HTTP/1.1 408 ");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");

    // All of it is sent before the answer is read.
    let long = vec![b'x'; 5 * 1024 * 1024];
    let answer = serving.send("POST", "/sign-in", &[], &long).await;
    refused(answer, 413, "too_long");
    // Who has no key yet has little to say.
    let long = vec![b'x'; 20 * 1024];
    let answer = serving.send("POST", "/sign-in", &[], &long).await;
    refused(answer, 413, "too_long");
}

#[tokio::test]
async fn who_does_not_take_its_answers_is_let_go() {
    let world = World::new().await;
    std::fs::write(world.home().join("serve.toml"), "wait_seconds = 1\n").unwrap();
    let serving = world.serve(&[]).await;
    let request = format!("GET /sign-in HTTP/1.1\r\nHost: {}\r\n\r\n", serving.address);
    let mut greedy = TcpStream::connect(&serving.address).await.unwrap();
    let asks = async {
        // Until both sides' buffers are full, and then until the connection is ended.
        while greedy.write_all(request.as_bytes()).await.is_ok() {}
    };
    let ended = tokio::time::timeout(Duration::from_secs(30), asks).await;
    ended.expect("a peer that reads nothing was waited for");
}

#[tokio::test]
async fn what_was_asked_is_answered_before_it_ends_and_nothing_else_is() {
    let world = World::new().await;
    let serving = world.serve(&[]).await;
    let wrong = format!("clio_{}", "0".repeat(64));
    let key = world.key(&["read"], &[]).await;
    // They are held for a while, for their keys are wrong.
    let ask = || serving.ask("GET", "/metrics", &wrong, None);
    let asked = async { tokio::join!(ask(), ask(), ask()) };
    let held = async || {
        let metrics = serving.ask("GET", "/metrics", &key, None).await;
        String::from_utf8_lossy(&metrics.body).contains("clio_wrong_keys_total 3\n")
    };
    let address = serving.address.clone();
    let stop = async {
        let mut idle = TcpStream::connect(&address).await.unwrap();
        let keep = format!("GET /health HTTP/1.1\r\nHost: {address}\r\n\r\n");
        idle.write_all(keep.as_bytes()).await.unwrap();
        let mut begun = [0; 12];
        idle.read_exact(&mut begun).await.unwrap();
        assert_eq!(&begun, b"HTTP/1.1 200");
        while !held().await {}
        let asked = std::process::Command::new("kill")
            .arg(serving.pid().to_string())
            .status();
        assert!(asked.unwrap().success());
        // The idle one is closed.
        read_to_end(&mut idle).await;
    };
    let ((first, second, third), ()) = tokio::join!(asked, stop);
    for answer in [first, second, third] {
        refused(answer, 401, "not_authorized");
    }
    assert!(TcpStream::connect(&address).await.is_err());
    assert_eq!(serving.ended().await, Some(0));
}

#[tokio::test]
async fn elsewhere_than_on_loopback_it_insists_on_tls_and_on_a_key() {
    let world = World::new().await;
    let listen = ["serve", "--listen", "0.0.0.0:0"];
    let told = world.clio(&listen).await.expect_code(64);
    assert!(told.stderr.contains("--tls-certificate"), "{}", told.stderr);
    assert!(told.stderr.contains("--tls-in-front"), "{}", told.stderr);
    let behind = [&listen[..], &["--tls-in-front"]].concat();
    let told = world.clio(&behind).await.expect_code(64);
    assert!(told.stderr.contains("clio key add"), "{}", told.stderr);

    let key = world.key(&["read"], &[]).await;
    let serving = world
        .serve(&["--listen", "0.0.0.0:0", "--tls-in-front"])
        .await;
    let port = serving.address.rsplit(':').next().unwrap();
    let host = format!("127.0.0.1:{port}");
    let headers = [
        ("Host", host.as_str()),
        ("Authorization", &format!("Bearer {key}")),
    ];
    let answer = serving.send("GET", "/metrics", &headers, b"").await;
    answer.expect_status(200);
    let answer = serving.send("GET", "/metrics", &headers[..1], b"").await;
    answer.expect_status(401);
}

#[tokio::test]
async fn each_answer_is_logged_as_json_without_what_was_asked() {
    let world = World::new().await;
    let key = world.key(&["read"], &[]).await;
    let log = tempfile::NamedTempFile::new().unwrap();
    let written = log.reopen().unwrap();
    let levels = [("RUST_LOG", "clio_server=info")];
    let serving = Serving::logged(world.home(), &["--json-logs"], &levels, written.into()).await;
    serving
        .ask("GET", "/metrics?name=Chan", &key, None)
        .await
        .expect_status(200);
    serving
        .ask("GET", "/hooks/harbor/Nonce17", &key, None)
        .await;
    serving.end().await;

    let log = std::fs::read_to_string(log.path()).unwrap();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let answered = lines
        .iter()
        .find(|line| line["route"] == "/metrics")
        .unwrap();
    assert_eq!(answered["status"], 200, "{answered}");
    assert_eq!(answered["level"], "INFO", "{answered}");
    assert_eq!(answered["message"], "answered", "{answered}");
    for secret in ["Chan", "Nonce17", "harbor", key.as_str()] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

/// What still comes, until the other side closes.
async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let all = socket.read_to_end(&mut answer);
    let waited = tokio::time::timeout(Duration::from_secs(10), all).await;
    let _ = waited.expect("the other side closes");
    String::from_utf8_lossy(&answer).into_owned()
}
