//! On which lane a call runs, and what its component's earlier calls say about
//! where the next one should begin.
//!
//! Every call begins on the fast lane, where it may compute for some
//! milliseconds, and for longer the more bytes the host moves for it, before it
//! must leave: to digest a document on its way, or to read a thousand rows, is
//! what an action is for.
//!
//! One component that always computes for longer, or that is always ended by
//! the host, would take those milliseconds from its neighbours again and again:
//! two dozen such calls at once took 150 to 270 ms from every other call. So a
//! component that was caught runs its next calls, and those in flight, on the
//! slow lane until enough of them have gone well; and one that nobody knows yet
//! gets a shorter slice. This holds for strangers' components. Of an action of
//! this project it is known what it computes: a call of it that is long leaves
//! the fast lane by itself, and says nothing of the next.
//!
//! What must stay true: nothing is refused here, and no result differs. An
//! honest component that was unlucky loses nothing on an idle machine. Bytes
//! buy time, never a place at the front: whoever computes yields each
//! millisecond, on either lane.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::cpu::CpuMeter;
use crate::digest::Identity;

/// How long a call of a component that is known may compute on the fast lane,
/// whatever it moves.
///
/// Measured among 32 spinning neighbours: a call of 0.135 ms took 475 ms when
/// they stayed; now that they leave, an empty call takes 17 µs, as it does
/// alone. An ordinary action computes for less than 2 ms.
const FAST_LANE: Duration = Duration::from_millis(5);

/// How much longer for each byte that the host moved for it, in nanoseconds.
///
/// Measured: a poll of 1,000 rows, which are 308 KB, computes for 3.1 ms; an
/// upload in parts, digested on its way, for 1.1 a byte, since a byte is moved
/// twice there. Of one that does nothing but compute, 32 would have to move
/// 100 MB a second to stay.
const PER_BYTE: u64 = 10;

/// How many calls must go well before a component that was caught is trusted
/// again. One that alternates then costs its neighbours one slice of the fast
/// lane in this many calls.
const PROBATION: u32 = 32;

/// How long a component may compute on the fast lane while none of its calls
/// has ended well: half an epoch, so that one that never pauses leaves when it
/// is interrupted for the first or second time.
const NEWCOMER: Duration = Duration::from_micros(500);

thread_local! {
    /// Whether this is a slow worker.
    static SLOW: Cell<bool> = const { Cell::new(false) };
}

/// Makes this thread one of the slow lane.
pub(crate) fn enter_slow_lane() {
    SLOW.set(true);
}

/// Whether this thread is one of the slow lane.
pub(crate) fn on_slow_lane() -> bool {
    SLOW.get()
}

/// The reputation of one component within its host.
#[derive(Debug, Default)]
pub(crate) struct Reputation {
    /// Whether it is one of this project's, whose calls do not count.
    ours: bool,
    /// Calls that must still go well.
    left: AtomicU32,
    /// Whether a call has ended well.
    known: AtomicBool,
}

impl Reputation {
    /// That of a component of which no call was made.
    pub(crate) fn of(identity: &Identity) -> Self {
        Self {
            ours: matches!(identity, Identity::Ours(_)),
            ..Self::default()
        }
    }

    /// Whether it is one of this project's actions.
    pub(crate) fn is_ours(&self) -> bool {
        self.ours
    }

    /// Whether its calls belong on the slow lane.
    pub(crate) fn on_probation(&self) -> bool {
        self.left.load(Ordering::Relaxed) > 0
    }

    /// Whether a call on the fast lane must leave it: it has used up its slice,
    /// or another call of its component was caught meanwhile.
    pub(crate) fn must_leave(&self, call: &CpuMeter) -> bool {
        if call.used() > self.slice(call.bytes()) {
            self.left_fast_lane();
            return true;
        }
        self.on_probation()
    }

    /// How long a call for which so many bytes were moved may compute on the
    /// fast lane.
    fn slice(&self, bytes: u64) -> Duration {
        match self.ours || self.known.load(Ordering::Relaxed) {
            true => allowance(bytes),
            false => NEWCOMER.saturating_add(for_bytes(bytes)),
        }
    }

    /// A call used up its slice. Of a newcomer that says little: it is trusted
    /// as soon as one call has ended well.
    fn left_fast_lane(&self) {
        match self.known.load(Ordering::Relaxed) {
            _ if self.ours => {}
            true => self.caught(),
            false => drop(self.left.fetch_max(1, Ordering::Relaxed)),
        }
    }

    /// A call has ended: by itself, or because the host had to end it.
    pub(crate) fn ended(&self, call: &CpuMeter, by_the_host: bool) {
        match by_the_host || call.used_now() > allowance(call.bytes()) {
            true => self.caught(),
            false => self.behaved(),
        }
    }

    fn caught(&self) {
        if !self.ours {
            self.left.store(PROBATION, Ordering::Relaxed);
        }
    }

    fn behaved(&self) {
        self.known.store(true, Ordering::Relaxed);
        let less = |left: u32| left.checked_sub(1);
        // At zero there is nothing to take off.
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

/// How long a call for which so many bytes were moved computes in good order.
fn allowance(bytes: u64) -> Duration {
    FAST_LANE.saturating_add(for_bytes(bytes))
}

fn for_bytes(bytes: u64) -> Duration {
    Duration::from_nanos(bytes.saturating_mul(PER_BYTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_call_counts_for_many_good_ones() {
        let reputation = Reputation::default();
        reputation.behaved();
        assert!(!reputation.on_probation());
        reputation.left_fast_lane();
        for _ in 1..PROBATION {
            reputation.behaved();
            assert!(reputation.on_probation());
        }
        reputation.behaved();
        assert!(!reputation.on_probation());
    }

    #[test]
    fn a_newcomer_is_trusted_after_its_first_good_call() {
        let reputation = Reputation::default();
        assert_eq!(reputation.slice(0), NEWCOMER);
        reputation.left_fast_lane();
        assert!(reputation.on_probation());
        reputation.behaved();
        assert!(!reputation.on_probation());
        assert_eq!(reputation.slice(0), FAST_LANE);
    }

    #[test]
    fn a_newcomer_that_the_host_ended_is_caught() {
        let reputation = Reputation::default();
        reputation.left_fast_lane();
        reputation.caught();
        reputation.behaved();
        assert!(reputation.on_probation());
    }

    #[test]
    fn the_slice_grows_with_the_bytes_that_the_host_moves() {
        let reputation = Reputation::default();
        reputation.behaved();
        let call = CpuMeter::new();
        call.charge(FAST_LANE * 3);
        // Without the growth a digested part of 16 MiB would be caught.
        call.moved(16 << 20);
        assert!(!reputation.must_leave(&call));
        reputation.ended(&call, false);
        assert!(!reputation.on_probation());
        let idle = CpuMeter::new();
        idle.charge(FAST_LANE * 3);
        assert!(reputation.must_leave(&idle));
        assert!(reputation.on_probation());
    }

    #[test]
    fn a_long_call_of_ours_leaves_and_says_nothing_of_the_next() {
        let ours = Reputation::of(&Identity::Ours("find-documents"));
        assert_eq!(ours.slice(0), FAST_LANE);
        let long = CpuMeter::new();
        long.charge(FAST_LANE * 3);
        assert!(ours.must_leave(&long));
        ours.ended(&long, false);
        ours.ended(&long, true);
        assert!(!ours.on_probation());
        let stranger = Identity::Other(crate::digest::ComponentDigest::of(b"a stranger's"));
        let stranger = Reputation::of(&stranger);
        stranger.ended(&long, false);
        assert!(stranger.on_probation());
    }
}
