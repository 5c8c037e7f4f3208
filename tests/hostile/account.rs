//! Guests that use the host's bearer for what they do not say that they do.

use clio_host::{Denial, DenialReason};
use clio_sandbox::NewContact;
use clio_tests::{World, empty};
use serde_json::json;

use crate::server::Server;
use crate::trial::{ALLOWED, Ended, Trial};

/// Runs the guest with a description that lists one read, on an account that
/// hears nothing of it. All `forms` of the attack are refused.
async fn is_not_described(guest: Trial, forms: usize) -> (Ended, Server) {
    let clio = Server::polite().await;
    let ended = guest
        .described(&[&format!("GET {ALLOWED}")], json!([]))
        .on(&clio)
        .target(ALLOWED)
        .ends()
        .await;
    ended.was_refused("");
    let told = ended.error.to_string();
    assert_eq!(told.split("; ").count(), forms, "{told}");
    clio.heard_nothing();
    (ended, clio)
}

fn reasons(denied: &[Denial]) -> Vec<DenialReason> {
    let mut reasons: Vec<_> = denied.iter().map(|denial| denial.reason).collect();
    reasons.dedup();
    reasons
}

pub(crate) async fn wrong_method(guest: Trial) {
    // A real contact, which stays.
    let world = World::with(empty()).await;
    let contact = world.control.add_contact(NewContact::person("Ann", "Lee"));
    let path = format!("/api/v4/contacts/{contact}.json");
    let ended = guest
        .described(&["GET /api/v4/contacts/{id}.json"], json!([]))
        .connected(world.connection.clone())
        .target(path)
        .ends()
        .await;
    ended.was_refused("HttpRequestDenied");
    let denied = ended.error.denied();
    assert_eq!(reasons(denied), [DenialReason::NotDescribed]);
    assert_eq!(
        denied.first().unwrap().rule,
        "requests = [{ method = \"DELETE\", path = \"/api/v4/contacts/{id}.json\" }]"
    );
    assert_eq!(denied.len(), 8);
    assert_eq!(world.requests(), [""; 0]);
}

pub(crate) async fn custom_method(guest: Trial) {
    is_not_described(guest, 11).await;
}

pub(crate) async fn wrong_path(guest: Trial) {
    let (ended, clio) = is_not_described(guest, 13).await;
    let first = ended.error.denied().first().unwrap();
    assert_eq!(first.reason, DenialReason::NotDescribed);
    assert_eq!(
        first.request,
        format!("GET {}/api/v4/contacts.json", clio.origin())
    );
}

pub(crate) async fn ambiguous_paths(guest: Trial) {
    let (ended, _) = is_not_described(guest, 16).await;
    let found = reasons(ended.error.denied());
    assert!(found.contains(&DenialReason::AmbiguousPath), "{found:?}");
}

pub(crate) async fn smuggles_in_query(guest: Trial) {
    is_not_described(guest, 6).await;
}

/// Not even a policy that allowed everything could allow this.
pub(crate) async fn calls_oauth(guest: Trial) {
    let world = World::with(empty()).await;
    let ended = guest.connected(world.connection.clone()).ends().await;
    ended.was_refused("HttpRequestDenied");
    let denied = ended.error.denied();
    assert!(
        denied
            .iter()
            .all(|it| it.rule == "none: this is never allowed"),
        "{denied:?}"
    );
    assert_eq!(world.requests(), [""; 0]);
}
