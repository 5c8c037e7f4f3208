//! Guests that wait, in the host's own functions.

use std::time::Duration;

use clio_host::FailureCause;

use crate::server::{Answer, Server};
use crate::trial::{ALLOWED, Trial};

const DEADLINE: Duration = Duration::from_millis(400);

async fn waits(guest: Trial, clio: &Server) {
    let ended = guest
        .limits(|limits| limits.deadline = DEADLINE)
        .on(clio)
        .target(format!("{}{ALLOWED}", clio.origin()))
        .ends()
        .await;
    ended.by_the_host(&FailureCause::Deadline, "400ms");
    assert!(ended.error.is_transient());
    // Nothing of the call is left behind, not even a connection in use.
    drop(ended);
    clio.all_closed().await;
}

pub(crate) async fn sleeps(guest: Trial) {
    let clio = Server::polite().await;
    waits(guest, &clio).await;
    clio.heard_nothing();
}

pub(crate) async fn holds_body(guest: Trial) {
    // An answer to the account is held whole by the host: the guest gets it,
    // and sits on it.
    let clio = Server::polite().await;
    waits(guest, &clio).await;
    assert_eq!(clio.lines(), [format!("GET {ALLOWED}")]);
}

pub(crate) async fn waits_for_answer(guest: Trial) {
    let clio = Server::start(|_| Answer::Nothing).await;
    waits(guest, &clio).await;
    assert_eq!(clio.lines(), [format!("GET {ALLOWED}")]);
}

pub(crate) async fn never_finishes_request(guest: Trial) {
    let clio = Server::polite().await;
    let guest = guest.policy(|policy| {
        policy.allow = Some(vec![
            format!("POST {ALLOWED}").parse().unwrap(),
            format!("GET {ALLOWED}").parse().unwrap(),
        ]);
    });
    waits(guest, &clio).await;
    // A write leaves whole or not at all.
    clio.heard_nothing();
}

/// The honest one. Each trial ends with a call of it.
pub(crate) async fn asks_once(guest: Trial) {
    let clio = Server::polite().await;
    // What it asks is not allowed to it: it is told so, like the others.
    let ended = guest.on(&clio).target("/api/v4/matters.json").ends().await;
    let request = format!("GET {}/api/v4/matters.json", clio.origin());
    ended
        .was_refused("HttpRequestDenied")
        .denied(&[(&request, clio_host::DenialReason::NotAllowed)]);
    clio.heard_nothing();
}
