//! Guests that compute, or stop.

use std::time::Duration;

use clio_host::FailureCause;

use crate::trial::Trial;

/// Enough for an action, and soon over.
fn briefly(guest: Trial) -> Trial {
    guest.limits(|limits| {
        limits.cpu = Duration::from_millis(300);
        limits.log_bytes = 10_000;
    })
}

pub(crate) async fn spins(guest: Trial) {
    let ended = briefly(guest).ends().await;
    ended.by_the_host(&FailureCause::Cpu, "computed for longer");
    assert!(ended.stats.left_fast_lane, "{:?}", ended.stats);
}

pub(crate) async fn recurses(guest: Trial) {
    let ended = guest.ends().await;
    ended.by_the_host(&FailureCause::Trap, "its stack overflowed");
}

pub(crate) async fn traps(guest: Trial) {
    let ended = guest.target("a client's name").ends().await;
    ended.by_the_host(&FailureCause::Trap, "gave up by itself");
    // What it said of it went to its log, and nowhere else.
    assert!(ended.printed.contains("a client's name"));
    assert!(!ended.error.to_json().to_string().contains("client's name"));
}

pub(crate) async fn exits(guest: Trial) {
    let ended = guest.ends().await;
    ended.by_the_host(&FailureCause::Trap, "called exit with 1");
}

pub(crate) async fn floods_stdout(guest: Trial) {
    let ended = briefly(guest).ends().await;
    ended.by_the_host(&FailureCause::Cpu, "computed for longer");
    // Two lines of 4,000, and what was left of the third, without their ends.
    assert_eq!(ended.printed.len(), 9_998);
    assert!(ended.stats.log_bytes_dropped > 100_000, "{:?}", ended.stats);
}

pub(crate) async fn floods_stderr(guest: Trial) {
    let ended = briefly(guest).ends().await;
    ended.by_the_host(&FailureCause::Cpu, "computed for longer");
    assert_eq!(ended.printed.len(), 10_000);
    assert!(ended.stats.log_bytes_dropped > 100_000, "{:?}", ended.stats);
}

pub(crate) async fn polls_a_million(guest: Trial) {
    let ended = briefly(guest).ends().await;
    // A handle is lent once for each time it stands in the list.
    ended.at_the_limit("handles");
}
