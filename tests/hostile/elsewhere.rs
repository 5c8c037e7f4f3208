//! Guests that send to another host than their account's. The other host is a
//! real server on this machine, and hears nothing.

use clio_host::{AccessToken, Connection, DenialReason, Origin};

use crate::server::{Answer, Server, TOKEN};
use crate::trial::{ALLOWED, Ended, Trial};

/// Runs the guest on an account, with another server to attack. Asserts that
/// neither hears anything, and that all `forms` of the attack were refused.
async fn reaches_nobody(guest: Trial, forms: usize) -> (Ended, Server, Server) {
    let (clio, other) = (Server::polite().await, Server::polite().await);
    let ended = guest.on(&clio).target(other.origin()).ends().await;
    ended.was_refused("");
    let told = ended.error.to_string();
    assert_eq!(told.split("; ").count(), forms, "{told}");
    clio.heard_nothing();
    other.heard_nothing();
    (ended, clio, other)
}

/// Trap: the bearer goes along to another origin.
/// Take out: `host/runtime/src/egress/bearer.rs`: `if destination.origin != *self.connection.origin() {`
/// Replace with: `if false {`
pub(crate) async fn other_host(guest: Trial) {
    // What it asks for is allowed on its account, and there alone.
    let guest = guest.policy(|policy| {
        let rules = policy.allow.get_or_insert_default();
        rules.push("GET /".parse().unwrap());
    });
    let (ended, _, other) = reaches_nobody(guest, 1).await;
    // No path and no query of another origin is told: names stand there.
    let request = format!("GET {}", other.origin());
    ended.denied(&[(&request, DenialReason::ContentOrigin)]);
}

pub(crate) async fn other_host_post(guest: Trial) {
    let (ended, _, other) = reaches_nobody(guest, 1).await;
    let request = format!("POST {}", other.origin());
    ended.denied(&[(&request, DenialReason::OtherOrigin)]);
}

pub(crate) async fn userinfo(guest: Trial) {
    let (ended, ..) = reaches_nobody(guest, 7).await;
    let told = ended.error.to_json().to_string();
    assert!(!told.contains("password"), "{told}");
    assert!(
        told.contains("a user name stands before the host"),
        "{told}"
    );
}

pub(crate) async fn odd_port(guest: Trial) {
    let (ended, _, other) = reaches_nobody(guest, 9).await;
    let denied = ended.error.denied();
    let first = denied.first().unwrap();
    assert_eq!(first.request, format!("GET {}", other.origin()));
    assert_eq!(first.reason, DenialReason::ContentOrigin);
}

pub(crate) async fn trailing_dot(guest: Trial) {
    let (ended, ..) = reaches_nobody(guest, 11).await;
    let told = ended.error.to_json().to_string();
    assert!(told.contains("the host ends with a dot"), "{told}");
    assert!(told.contains("a number that is no plain IPv4"), "{told}");
}

pub(crate) async fn mapped_ipv6(guest: Trial) {
    let (ended, ..) = reaches_nobody(guest, 9).await;
    let reasons: Vec<_> = ended.error.denied().iter().map(|it| it.reason).collect();
    assert!(
        reasons.contains(&DenialReason::ContentOrigin),
        "{reasons:?}"
    );
}

/// The name is allowed, its address is not: that is checked when it is dialled.
pub(crate) async fn resolves_inside(guest: Trial) {
    let (clio, other) = (Server::polite().await, Server::polite().await);
    let origin = format!("https://localhost:{}", other.port());
    let listed = origin.clone();
    let ended = guest
        .policy(|policy| policy.content_origins = vec![listed])
        .on(&clio)
        .target(format!("{origin}/x"))
        .ends()
        .await;
    ended
        .was_refused("DestinationIpProhibited")
        .denied(&[(&format!("GET {origin}"), DenialReason::Address)]);
    clio.heard_nothing();
    other.heard_nothing();
}

pub(crate) async fn absolute_form(guest: Trial) {
    reaches_nobody(guest, 8).await;
}

pub(crate) async fn follows_redirect(guest: Trial) {
    let other = Server::polite().await;
    let location = format!("{}/stolen", other.origin());
    let clio = Server::start(move |_| {
        let head =
            format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        Answer::Bytes(head.into_bytes())
    })
    .await;
    let ended = guest.on(&clio).target(ALLOWED).ends().await;
    ended.was_refused("HttpRequestDenied").denied(&[(
        &format!("GET {}", other.origin()),
        DenialReason::ContentOrigin,
    )]);
    assert_eq!(clio.lines(), [format!("GET {ALLOWED}")]);
    other.heard_nothing();
}

/// The account speaks TLS; the server behind its port would take anything.
pub(crate) async fn downgrades(guest: Trial) {
    let clio = Server::polite().await;
    let origin = Origin::allow(&format!("https://127.0.0.1:{}", clio.port())).unwrap();
    let ended = guest
        .connected(Connection::new(origin, AccessToken::from(TOKEN)))
        .ends()
        .await;
    ended.was_refused("HttpRequestDenied");
    let plain = format!("GET {}", clio.origin());
    assert!(ended.error.denied().iter().any(|it| it.request == plain));
    clio.heard_nothing();
}

// CASES S1
pub(crate) async fn content_on_account(guest: Trial) {
    let clio = Server::polite().await;
    // A rule allows the component to read this very record.
    let named = format!("{}{ALLOWED}?fields=id,name", clio.origin());
    let ended = guest
        .fetching(&[&format!("GET {ALLOWED}")])
        .on(&clio)
        .target(named)
        .ends()
        .await;
    ended.was_refused("HttpRequestDenied");
    let told = ended.error.to_string();
    assert_eq!(told.split("; ").count(), 11, "{told}");
    let own = format!("GET {}{ALLOWED}", clio.origin());
    let denied = ended.error.denied();
    assert_eq!(denied[0].request, own);
    assert_eq!(denied[0].reason, DenialReason::NotContent);
    clio.heard_nothing();
}
