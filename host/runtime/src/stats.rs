//! What one call cost.

use std::time::Duration;

use crate::egress::Traffic;

/// What one call cost. Handed to the observer of a [`crate::Call`] when the
/// call ends, well or badly.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CallStats {
    /// The requests that left, and their bytes.
    pub traffic: Traffic,
    /// Time that the guest, and the host on its behalf, computed.
    pub cpu: Duration,
    /// Whether the call ran on the threads of lower priority: it computed for
    /// longer than what it sent and received explains, or its component, where
    /// it is none of this project's, did so lately.
    pub left_fast_lane: bool,
    /// The most guest memory at once, in bytes.
    pub peak_memory_bytes: u64,
    /// How long it waited for rate budget and for a free slot before it began.
    pub waited: Duration,
    /// How long it ran, from its beginning to its end.
    pub ran: Duration,
    /// Bytes of log output that were dropped because of the limit.
    pub log_bytes_dropped: u64,
}
