//! How much one call may use of everything that can run out.
//!
//! Every knob is set, none is left at the engine's default, because a default
//! that suits a trusted program (10,000 memories, 128 MiB of copies, 100,000
//! handles) does not suit a stranger's.

use std::time::Duration;

/// What one call may use at most.
///
/// A host is built with one set; a call may bring its own. Memory, memories,
/// tables, table elements and instances are reserved when the host is built, so
/// a call can lower those but not raise them: a higher value counts as the
/// host's. More knobs will come, so one begins with the defaults:
///
/// ```
/// let mut limits = clio_host::Limits::default();
/// limits.requests = 50;
/// ```
// The tests take it apart without a rest, so that no knob goes untested.
#[cfg_attr(not(feature = "testing"), non_exhaustive)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Guest memory in bytes, all memories of the call together. Default:
    /// 64 MiB. Contents by URL pass through the guest piece by piece, so that
    /// this bounds neither a document's size nor an account's.
    pub memory_bytes: usize,
    /// Linear memories. Default: 4 (a plugged component has two).
    pub memories: usize,
    /// Tables. Default: 16.
    pub tables: usize,
    /// Elements of each table. Default: 20,000.
    pub table_elements: usize,
    /// Core module instances. Default: 64 (a component of Python with libraries
    /// has 44).
    pub instances: usize,
    /// WASI resources (requests, streams, pollables, …) that stand open at
    /// once. Default: 1,024.
    pub handles: usize,
    /// Bytes of one set of HTTP header fields, counted as they stand in the
    /// host's memory. Default: 64 KiB.
    pub header_bytes: usize,
    /// Bytes that the guest may hand to the host in one call or result,
    /// counted as they stand in the host's memory; a byte of a `list<u8>`
    /// counts 40 in a JSON result. Default: 48 MiB.
    pub hostcall_bytes: usize,
    /// Bytes of log output that are kept. What is written beyond is dropped and
    /// counted. Default: 64 KiB.
    pub log_bytes: usize,
    /// CPU time of the guest, apart from the deadline. Default: 10 seconds. For
    /// contents of gigabytes see [`Self::with_time_for`].
    pub cpu: Duration,
    /// Wall-clock time of the whole call once it has begun, host calls
    /// included. Default: 5 minutes. For large contents see
    /// [`Self::with_time_for`].
    pub deadline: Duration,
    /// Wall-clock time to wait for rate budget and for a free slot before the
    /// call begins, outside the deadline. Within the call, one request waits for
    /// rate budget at most as long. Default: 2 minutes.
    pub wait: Duration,
    /// HTTP requests of one call, repetitions by the host not counted.
    /// Default: 500.
    pub requests: u32,
    /// Bytes of all request bodies. Default: 16 GiB.
    pub request_bytes: u64,
    /// Bytes of all response bodies. Default: 16 GiB.
    pub response_bytes: u64,
}

/// The most random bytes that a guest may ask for at once. How often, its CPU time
/// bounds.
pub(crate) const RANDOM_BYTES: u64 = 64 << 10;

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            memories: 4,
            tables: 16,
            table_elements: 20_000,
            instances: 64,
            handles: 1_024,
            header_bytes: 64 << 10,
            hostcall_bytes: 48 << 20,
            log_bytes: 64 << 10,
            cpu: Duration::from_secs(10),
            deadline: Duration::from_secs(300),
            wait: Duration::from_secs(120),
            requests: 500,
            request_bytes: 16 << 30,
            response_bytes: 16 << 30,
        }
    }
}

/// What it may take to load a component that is not of this project. Our own
/// actions are known, and not bounded.
///
/// ```
/// let mut limits = clio_host::CompileLimits::default();
/// limits.memory_bytes = 256 << 20;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompileLimits {
    /// Bytes of the component. Default: 32 MiB.
    pub component_bytes: usize,
    /// Wall-clock time to compile it. Default: 30 seconds.
    pub time: Duration,
    /// Memory to compile it, in bytes: of the process that compiles it, or by an
    /// estimate from its code where that is this one. Default: 1 GiB.
    pub memory_bytes: usize,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            component_bytes: 32 << 20,
            time: Duration::from_secs(30),
            memory_bytes: 1 << 30,
        }
    }
}

/// The longest time that a limit counts as: thirty days. Sums with an instant
/// then never overflow.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

impl Limits {
    /// These limits, with more time for a call that moves this many bytes of
    /// content: a second of the deadline for each MiB, and 20 seconds of CPU for
    /// each GiB, since a large content passes through the guest part by part.
    #[must_use]
    pub fn with_time_for(mut self, bytes: u64) -> Self {
        let wall = Duration::from_secs(bytes >> 20);
        self.deadline = self.deadline.saturating_add(wall);
        self.cpu = self.cpu.saturating_add(wall / 50);
        self
    }

    /// These limits, with no time longer than [`LONGEST`].
    pub(crate) fn bounded(mut self) -> Self {
        self.cpu = self.cpu.min(LONGEST);
        self.deadline = self.deadline.min(LONGEST);
        self.wait = self.wait.min(LONGEST);
        self
    }

    /// These limits, with what was reserved when the host was built as the
    /// upper bound of what the engine reserves.
    pub(crate) fn within(mut self, host: &Self) -> Self {
        self.memory_bytes = self.memory_bytes.min(host.memory_bytes);
        self.memories = self.memories.min(host.memories);
        self.tables = self.tables.min(host.tables);
        self.table_elements = self.table_elements.min(host.table_elements);
        self.instances = self.instances.min(host.instances);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_lowers_what_was_reserved_and_cannot_raise_it() {
        let host = Limits::default();
        let lower = Limits {
            memory_bytes: 1 << 20,
            ..Limits::default()
        };
        assert_eq!(lower.clone().within(&host).memory_bytes, 1 << 20);
        let higher = Limits {
            memory_bytes: usize::MAX,
            tables: 99,
            ..Limits::default()
        };
        let cut = higher.within(&host);
        assert_eq!(
            (cut.memory_bytes, cut.tables),
            (host.memory_bytes, host.tables)
        );
    }

    #[test]
    fn a_content_gets_time_by_its_length() {
        let limits = Limits::default();
        let more = limits.clone().with_time_for(3 << 30);
        assert_eq!(more.deadline - limits.deadline, Duration::from_secs(3072));
        assert_eq!((more.cpu - limits.cpu).as_secs(), 61);
        assert_eq!(limits.clone().with_time_for(1000), limits);
        let most = limits.with_time_for(u64::MAX).bounded();
        assert_eq!((most.cpu, most.deadline), (LONGEST, LONGEST));
    }

    #[test]
    fn times_of_a_call_are_its_own() {
        let longer = Limits {
            deadline: Duration::from_secs(3600),
            ..Limits::default()
        };
        assert_eq!(
            longer.within(&Limits::default()).deadline,
            Duration::from_secs(3600)
        );
    }
}
