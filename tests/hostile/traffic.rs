//! Guests that move more than they may: bytes, and requests.

use std::time::Duration;

use clio_tests::{World, empty};
use serde_json::{Value, json};

use crate::server::{Answer, Server};
use crate::trial::{ALLOWED, Trial};

pub(crate) const DOCUMENT: &str = "GET /api/v4/documents/{id}.json";

/// An account whose answers name a URL on `storage`, which a guest with these
/// grants may use.
pub(crate) async fn clio_giving(url: String) -> Server {
    Server::start(move |_| Answer::json(&json!({"data": {"url": url}}).to_string())).await
}

/// The grant of that URL, for one method.
pub(crate) fn grant(method: &str) -> Value {
    json!([{"method": "GET", "path": "/api/v4/documents/{id}.json", "member": "/data/url",
        "allows": method}])
}

async fn endless() -> Server {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\n";
    Server::start(|_| Answer::Endless(head.into())).await
}

pub(crate) async fn pulls_gigabytes(guest: Trial) {
    let storage = endless().await;
    let clio = clio_giving(format!("{}/big?sig=1", storage.origin())).await;
    let ended = guest
        .described(&[DOCUMENT], grant("GET"))
        .limits(|limits| limits.response_bytes = 64 << 20)
        .on(&clio)
        .ends()
        .await;
    ended.at_the_limit("response_bytes");
    // It passed through, and was not kept.
    let stats = &ended.stats;
    assert!(stats.peak_memory_bytes < 8 << 20, "{stats:?}");
    assert!(
        stats.traffic.received <= (64 << 20) + (1 << 20),
        "{stats:?}"
    );
    assert_eq!(storage.lines(), ["GET /big?sig=1"]);
    storage.all_closed().await;
}

pub(crate) async fn splices_for_ever(guest: Trial) {
    let storage = endless().await;
    let clio = clio_giving(format!("{}/big?sig=1", storage.origin())).await;
    let ended = guest
        .described(&[DOCUMENT], grant("GET"))
        .limits(|limits| limits.response_bytes = 16 << 20)
        .on(&clio)
        .ends()
        .await;
    ended.at_the_limit("response_bytes");
    assert!(ended.printed.len() <= 64 << 10);
    storage.all_closed().await;
}

pub(crate) async fn pushes_gigabytes(guest: Trial) {
    let storage = Server::polite().await;
    let clio = clio_giving(format!("{}/big?sig=1", storage.origin())).await;
    let ended = guest
        .described(&[DOCUMENT], grant("PUT"))
        .limits(|limits| limits.request_bytes = 1 << 20)
        .on(&clio)
        .ends()
        .await;
    ended.at_the_limit("request_bytes");
    // What it announced is too much already: not a byte of it left.
    storage.heard_nothing();
}

pub(crate) async fn floods_requests(guest: Trial) {
    let clio = Server::polite().await;
    let flood = guest
        .on(&clio)
        .target(format!("{}{ALLOWED}", clio.origin()));
    let ended = flood.limits(|limits| limits.requests = 7).ends().await;
    ended.at_the_limit("requests");
    assert_eq!(clio.lines(), vec![format!("GET {ALLOWED}"); 7]);
    spends_the_budget().await;
}

/// Where the number of requests is not the limit, the account's rate budget is.
async fn spends_the_budget() {
    let world = World::with(empty()).await;
    let ended = Trial::of("floods_requests")
        .limits(|limits| limits.wait = Duration::from_millis(100))
        .connected(world.connection.clone())
        .target(format!("{}{ALLOWED}", world.sandbox.origin()))
        .ends()
        .await;
    assert_eq!(ended.error.code(), "rate_limited");
    assert!(ended.error.is_transient());
    let told = &ended.error.to_json()["error"]["transient"];
    assert!(
        told["retry_after_ms"].as_u64().is_some_and(|ms| ms > 0),
        "{told}"
    );
    // What Clio allows in a minute, and not one request more.
    assert_eq!(world.requests().len(), 50);
}
