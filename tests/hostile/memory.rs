//! Guests that take memory, in whatever form.

use clio_host::FailureCause;

use crate::trial::Trial;

pub(crate) async fn allocates(guest: Trial) {
    let ended = guest.ends().await;
    ended.by_the_host(&FailureCause::Memory, "67108864 bytes");
    let peak = ended.stats.peak_memory_bytes;
    assert!((60 << 20..=64 << 20).contains(&peak), "peak {peak}");
}

pub(crate) async fn grows_tables(guest: Trial) {
    guest.ends().await.at_the_limit("table_elements");
}

pub(crate) async fn many_tables(guest: Trial) {
    let guest = guest.limits(|limits| limits.tables = 8);
    guest.ends().await.at_the_limit("tables");
}

/// A call can bring lower limits than the host's, not higher ones.
pub(crate) async fn too_many_tables(guest: Trial) {
    let error = guest.refused_at_load();
    assert!(error.to_string().contains("tables count of 17"), "{error}");
}

pub(crate) async fn many_memories(guest: Trial) {
    let guest = guest.limits(|limits| limits.memories = 2);
    guest.ends().await.at_the_limit("memories");
}

pub(crate) async fn many_instances(guest: Trial) {
    let guest = guest.limits(|limits| limits.instances = 10);
    guest.ends().await.at_the_limit("instances");
}

pub(crate) async fn huge_header(guest: Trial) {
    guest.ends().await.at_the_limit("header_bytes");
}

pub(crate) async fn returns_too_much(guest: Trial) {
    guest.ends().await.at_the_limit("hostcall_bytes");
}

/// The host gives up at its limit and does not copy ten gigabytes first.
pub(crate) async fn amplifies(guest: Trial) {
    guest.ends().await.at_the_limit("hostcall_bytes");
}

pub(crate) async fn returns_nan(guest: Trial) {
    let ended = guest.ends().await;
    ended.by_the_host(&FailureCause::Trap, "what JSON cannot say");
}

pub(crate) async fn returns_elsewhere(guest: Trial) {
    let ended = guest.ends().await;
    ended.by_the_host(&FailureCause::Trap, "stopped");
}
