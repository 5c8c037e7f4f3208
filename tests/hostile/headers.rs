//! Guests that set fields which are not theirs to set, or hide them in others.

use crate::server::{Server, TOKEN};
use crate::trial::{ALLOWED, Ended, Trial};

async fn sets(guest: Trial, forms: usize) -> (Ended, Server) {
    let clio = Server::polite().await;
    let ended = guest
        .policy(|policy| {
            policy.allow = ["GET", "POST"]
                .map(|method| format!("{method} {ALLOWED}").parse().unwrap())
                .to_vec()
                .into();
        })
        .on(&clio)
        .target(ALLOWED)
        .ends()
        .await;
    ended.was_refused("");
    let told = ended.error.to_string();
    assert_eq!(told.split("; ").count(), forms, "{told}");
    (ended, clio)
}

pub(crate) async fn sets_authorization(guest: Trial) {
    let (ended, clio) = sets(guest, 7 * 3).await;
    ended.was_refused("the field `authorization`: forbidden");
    clio.heard_nothing();
}

pub(crate) async fn sets_cookie(guest: Trial) {
    let (_, clio) = sets(guest, 4 * 3).await;
    clio.heard_nothing();
}

pub(crate) async fn sets_host(guest: Trial) {
    let (_, clio) = sets(guest, 9 * 3).await;
    clio.heard_nothing();
}

pub(crate) async fn sets_transfer_encoding(guest: Trial) {
    let (_, clio) = sets(guest, 9 * 3).await;
    clio.heard_nothing();
}

pub(crate) async fn conflicting_length(guest: Trial) {
    let (ended, clio) = sets(guest, 12).await;
    ended.was_refused("content-length");
    clio.heard_nothing();
}

pub(crate) async fn smuggles_in_values(guest: Trial) {
    let (_, clio) = sets(guest, 9).await;
    clio.heard_nothing();
}

pub(crate) async fn smuggles_in_trailers(guest: Trial) {
    let (_, clio) = sets(guest, 5).await;
    let received = clio.received();
    let [sent] = received.as_slice() else {
        panic!("{received:?}")
    };
    // The body arrived with its length and nothing behind it.
    assert_eq!(sent.line(), format!("POST {ALLOWED}"));
    assert_eq!(sent.field("content-length"), ["2"]);
    assert_eq!(sent.field("authorization"), [format!("Bearer {TOKEN}")]);
    assert!(sent.field("transfer-encoding").is_empty());
    assert_eq!(sent.body, b"{}");
    assert!(!sent.head.contains("smuggled"), "{}", sent.head);
}

// CASES S10
pub(crate) async fn overrides_method(guest: Trial) {
    let (ended, clio) = sets(guest, 8 * 3).await;
    ended.was_refused("the field `x_http_method_override`: forbidden");
    clio.heard_nothing();
}
