//! How much CPU time a call has used.
//!
//! Epoch ticks alone cannot tell: they pass while a call waits for an answer,
//! and a guest that wakes up sees them all at once. So the time of each poll of
//! the call's future is measured, and the epoch callback asks here.
//!
//! What counts is the thread's own CPU time: a thread that the system keeps
//! waiting, as a busy machine does, does not charge its call for that. On the
//! fast lane a poll that was over quickly is taken at its wall time, which is
//! cheaper to read and never less; and the time that a poll began with may be a
//! little older, so that the clock is not read at every poll. Reading it is a
//! system call of some microseconds.
//!
//! Beside it stands what the host moved for the call: who passes a gigabyte on
//! computes for longer than who asks a question, and does no wrong.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A poll that took no longer by the clock on the wall cannot have computed for
/// longer: its CPU time is not asked for. On a busy machine it is charged its
/// waits, so that this is little beside what a call may compute.
const BRIEF: u64 = 150_000;

/// How old, on the fast lane, the reading of a thread's CPU clock may be that a
/// poll begins with. What the thread has computed since is charged as well where
/// the poll turns out not to be brief.
const FRESH: Duration = Duration::from_micros(500);

thread_local! {
    /// When this thread's CPU clock was last read at the beginning of a poll or
    /// at its end, and what it said.
    static LAST_READ: Cell<Option<(Instant, u64)>> = const { Cell::new(None) };
}

/// The CPU time of one call. Shared by its future and its store.
#[derive(Debug)]
pub(crate) struct CpuMeter {
    /// When this meter was made: the zero of the wall clock readings.
    base: Instant,
    /// Nanoseconds used in polls that are over.
    used: AtomicU64,
    /// The clock on the wall when the poll in progress began.
    began: AtomicU64,
    /// The thread's CPU time when the poll in progress began.
    began_cpu: AtomicU64,
    /// Bytes that the host sent and received for the call.
    moved: AtomicU64,
    /// Whether the call runs on the slow lane.
    slow: AtomicBool,
}

impl Default for CpuMeter {
    fn default() -> Self {
        Self::new()
    }
}

impl CpuMeter {
    pub(crate) fn new() -> Self {
        Self {
            base: Instant::now(),
            used: AtomicU64::new(0),
            began: AtomicU64::new(0),
            began_cpu: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            slow: AtomicBool::new(false),
        }
    }

    /// A poll begins on this thread.
    pub(crate) fn enter(&self) {
        let now = Instant::now();
        self.began.store(self.wall_time(now), Ordering::Relaxed);
        let fresh = |read: &(Instant, u64)| !self.slow() && now - read.0 < FRESH;
        let cpu = match LAST_READ.get().filter(fresh) {
            Some((_, cpu)) => cpu,
            None => read(now).unwrap_or_default(),
        };
        self.began_cpu.store(cpu, Ordering::Relaxed);
    }

    /// The poll ends.
    pub(crate) fn leave(&self) {
        self.used.fetch_add(self.spent(), Ordering::Relaxed);
    }

    /// The time used so far. Within a poll, on its thread.
    pub(crate) fn used_now(&self) -> Duration {
        Duration::from_nanos(
            self.used
                .load(Ordering::Relaxed)
                .saturating_add(self.spent()),
        )
    }

    /// The time used in the poll in progress.
    fn spent(&self) -> u64 {
        let now = Instant::now();
        let wall = self
            .wall_time(now)
            .saturating_sub(self.began.load(Ordering::Relaxed));
        if wall < BRIEF && !self.slow() {
            return wall;
        }
        match read(now) {
            Some(cpu) => cpu
                .saturating_sub(self.began_cpu.load(Ordering::Relaxed))
                .min(wall),
            None => wall,
        }
    }

    /// The time used in polls that are over.
    pub(crate) fn used(&self) -> Duration {
        Duration::from_nanos(self.used.load(Ordering::Relaxed))
    }

    /// The host sent or received so many bytes of bodies for the call.
    pub(crate) fn moved(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The bytes moved so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// The call goes on on the slow lane. Between polls only.
    pub(crate) fn leave_fast_lane(&self) {
        self.slow.store(true, Ordering::Relaxed);
    }

    /// Whether the call left the fast lane.
    pub(crate) fn slow(&self) -> bool {
        self.slow.load(Ordering::Relaxed)
    }

    /// As if a poll had taken so long.
    #[cfg(test)]
    pub(crate) fn charge(&self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.used.fetch_add(time, Ordering::Relaxed);
        self.enter();
        self.leave();
    }

    fn wall_time(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.base);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Reads this thread's CPU clock, and keeps what it says for the next poll.
fn read(now: Instant) -> Option<u64> {
    let cpu = thread_cpu_time()?;
    LAST_READ.set(Some((now, cpu)));
    Some(cpu)
}

/// The CPU time of this thread in nanoseconds, where the system tells it.
#[cfg(unix)]
fn thread_cpu_time() -> Option<u64> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(
        seconds
            .saturating_mul(1_000_000_000)
            .saturating_add(u64::try_from(time.tv_nsec).ok()?),
    )
}

#[cfg(not(unix))]
fn thread_cpu_time() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Far more than a brief poll.
    const LONG: Duration = Duration::from_millis(5);

    /// Computes for so long, however long the thread has to wait for its turns.
    fn spin(meter: &CpuMeter, time: Duration) {
        let (start, used) = (Instant::now(), thread_cpu_time());
        let spent = || match (used, thread_cpu_time()) {
            (Some(before), Some(now)) => Duration::from_nanos(now - before),
            _ => start.elapsed(),
        };
        meter.enter();
        while spent() < time {
            std::hint::spin_loop();
        }
        meter.leave();
    }

    #[test]
    fn only_time_within_polls_counts() {
        let meter = CpuMeter::new();
        std::thread::sleep(LONG * 2);
        meter.enter();
        meter.leave();
        assert!(meter.used() < LONG, "counted {:?}", meter.used());
        spin(&meter, LONG * 2);
        assert!(meter.used() > LONG, "counted {:?}", meter.used());
    }

    #[cfg(unix)]
    #[test]
    fn a_thread_that_is_kept_waiting_does_not_charge_its_call() {
        let meter = CpuMeter::new();
        meter.enter();
        std::thread::sleep(Duration::from_millis(40));
        meter.leave();
        assert!(meter.used() < LONG, "charged {:?}", meter.used());
    }

    #[cfg(unix)]
    #[test]
    fn a_poll_that_is_long_is_charged_what_it_computed() {
        // After a brief one on the same thread, whose reading it begins with.
        let meter = CpuMeter::new();
        for _ in 0..3 {
            meter.enter();
            meter.leave();
        }
        spin(&meter, LONG);
        let used = meter.used();
        assert!(used >= LONG, "charged {used:?}");
    }
}
