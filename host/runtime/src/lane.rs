//! On which lane a call runs, and what its component's earlier calls say about
//! where the next one should begin.
//!
//! Every call begins on the fast lane, where it may compute for some
//! milliseconds before it must leave. One component that always does so, or
//! that is always ended by the host, would take those milliseconds from its
//! neighbours again and again: two dozen such calls at once took 150 to 270 ms
//! from every other call. So a component that was caught runs its next calls,
//! and those in flight, on the slow lane until enough of them have gone well;
//! and one that nobody knows yet gets a shorter slice.
//!
//! What must stay true: nothing is refused here, and no result differs. An
//! honest component that was unlucky loses nothing on an idle machine.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::cpu::FAST_LANE;

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
    /// Calls that must still go well.
    left: AtomicU32,
    /// Whether a call has ended well.
    known: AtomicBool,
}

impl Reputation {
    /// Whether its calls belong on the slow lane.
    pub(crate) fn on_probation(&self) -> bool {
        self.left.load(Ordering::Relaxed) > 0
    }

    /// How long a call may compute on the fast lane.
    pub(crate) fn slice(&self) -> Duration {
        match self.known.load(Ordering::Relaxed) {
            true => FAST_LANE,
            false => NEWCOMER,
        }
    }

    /// A call used up its slice. Of a newcomer that says little: it is trusted
    /// as soon as one call has ended well.
    pub(crate) fn left_fast_lane(&self) {
        match self.known.load(Ordering::Relaxed) {
            true => self.caught(),
            false => drop(self.left.fetch_max(1, Ordering::Relaxed)),
        }
    }

    /// A call computed for too long, or the host had to end it.
    pub(crate) fn caught(&self) {
        self.left.store(PROBATION, Ordering::Relaxed);
    }

    /// A call ended by itself and in good time.
    pub(crate) fn behaved(&self) {
        self.known.store(true, Ordering::Relaxed);
        let less = |left: u32| left.checked_sub(1);
        // At zero there is nothing to take off.
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
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
        assert_eq!(reputation.slice(), NEWCOMER);
        reputation.left_fast_lane();
        assert!(reputation.on_probation());
        reputation.behaved();
        assert!(!reputation.on_probation());
        assert_eq!(reputation.slice(), FAST_LANE);
    }

    #[test]
    fn a_newcomer_that_the_host_ended_is_caught() {
        let reputation = Reputation::default();
        reputation.left_fast_lane();
        reputation.caught();
        reputation.behaved();
        assert!(reputation.on_probation());
    }
}
