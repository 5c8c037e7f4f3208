//! Guests that stretch what was given to them, or to another call.

use clio_host::{DenialReason, Host, LocalContent};
use serde_json::json;

use crate::component;
use crate::server::Server;
use crate::traffic::{clio_giving, grant};
use crate::trial::Trial;

pub(crate) async fn other_bucket(guest: Trial) {
    let storage = Server::polite().await;
    let clio = clio_giving(format!(
        "{}/bucket/name?X-Amz-Signature=1",
        storage.origin()
    ))
    .await;
    let ended = guest
        .described(&["GET /api/v4/documents/{id}.json"], grant("PUT"))
        .on(&clio)
        .ends()
        .await;
    ended.was_refused("HttpRequestDenied");
    // Neither bucket, file nor signature is told.
    let request = format!("PUT {}", storage.origin());
    ended.denied(&[(&request, DenialReason::OtherOrigin)]);
    storage.heard_nothing();
    assert_eq!(clio.lines(), ["GET /api/v4/documents/1.json"]);
}

// CASES S4
/// The URL stands in a field that anybody can fill in, and the component's own
/// description grants it. Nobody has vouched for the component.
pub(crate) async fn grants_itself(guest: Trial) {
    let elsewhere = Server::polite().await;
    let clio = clio_giving(format!("{}/collect", elsewhere.origin())).await;
    for method in ["PUT", "POST", "GET"] {
        let guest = guest
            .again()
            .described(&["GET /api/v4/documents/{id}.json"], grant(method))
            .unknown();
        let digest = guest.digest();
        let ended = guest.on(&clio).ends().await;
        ended.was_refused("HttpRequestDenied");
        let denied = ended.error.denied();
        assert!(!denied.is_empty());
        for denial in denied {
            let word = format!("[components.\"{digest}\"] grants = true");
            assert!(denial.rule.contains(&word), "{denial:?}");
        }
        elsewhere.heard_nothing();
    }
}

/// The other call runs, and its file's name is known, which no guest can know.
pub(crate) async fn other_calls_file(guest: Trial) {
    let clio = Server::polite().await;
    let host = Host::builder()
        .workers(1)
        .concurrent_calls(4)
        .build()
        .unwrap();
    let mut lent = host.call(&clio.connection());
    let url = lent
        .add_content(LocalContent::bytes(b"a client's secret".to_vec()))
        .unwrap();
    let sleeper = host.load(&component("sleeps")).unwrap();
    let other = tokio::spawn(async move { lent.invoke(&sleeper, None, json!("")).await });
    let ended = guest.on(&clio).target(&url).ends().await;
    assert_eq!(ended.error.code(), "not_found", "{:?}", ended.error);
    assert!(!ended.error.to_json().to_string().contains("secret"));
    assert_eq!(ended.stats.traffic.local_requests, 1);
    clio.heard_nothing();
    other.abort();
}
