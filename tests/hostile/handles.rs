//! Guests that open and do not close.

use std::time::Duration;

use clio_host::FailureCause;

use crate::trial::Trial;

pub(crate) async fn opens_pollables(guest: Trial) {
    guest.ends().await.at_the_limit("handles");
}

pub(crate) async fn opens_fields(guest: Trial) {
    guest.ends().await.at_the_limit("handles");
}

pub(crate) async fn opens_streams(guest: Trial) {
    guest.ends().await.at_the_limit("handles");
}

pub(crate) async fn opens_requests(guest: Trial) {
    guest.ends().await.at_the_limit("handles");
}

/// Handles to a component's own things are counted like those to the host's.
pub(crate) async fn opens_own_resources(guest: Trial) {
    guest.ends().await.at_the_limit("handles");
}

/// Just below the limit it may sit, until its deadline.
pub(crate) async fn hoards_handles(guest: Trial) {
    let guest = guest.limits(|limits| limits.deadline = Duration::from_millis(200));
    guest
        .ends()
        .await
        .by_the_host(&FailureCause::Deadline, "200ms");
}
