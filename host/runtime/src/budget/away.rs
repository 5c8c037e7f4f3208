//! Whether Clio is away: under maintenance, or not to be reached.
//!
//! One request that fails is nothing. After some in a row, with no answer of Clio's
//! in between, the account is left alone, and one request at a time asks whether it
//! is back, after pauses that grow. The first answer lets everybody go on.
//!
//! What must stay true: an hour away costs a bounded number of requests, however
//! many want to be sent; a process that ends while it asks holds nobody up for longer
//! than the pause.

use std::time::{Duration, Instant};

/// So many in a row say that Clio is away: more than the attempts at one request.
const AFTER: u32 = 6;
/// The pause before it is asked for the first time. It doubles each time.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(120);
/// The longest pause taken from an answer's `Retry-After`.
const LONGEST_ASKED: Duration = Duration::from_secs(600);

/// How it stands with Clio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Away {
    /// How many failed in a row, up to [`AFTER`].
    pub(super) failed: u32,
    /// How often it was asked since.
    pub(super) asked: u32,
    /// When it is asked next.
    pub(super) until: Option<Instant>,
}

impl Away {
    /// Whether Clio is taken to be away.
    pub(super) fn is(&self) -> bool {
        self.failed >= AFTER
    }

    /// Until when nobody asks.
    pub(super) fn closed(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| self.is() && now < *until)
    }

    /// A request leaves. While Clio is away it is the one that asks.
    pub(super) fn leaves(&mut self, now: Instant) {
        if self.is() {
            self.asked = self.asked.saturating_add(1);
            let doubled = FIRST.saturating_mul(1 << self.asked.min(16));
            self.until = Some(now + doubled.min(LONGEST));
        }
    }

    /// One failed as they do while Clio is away.
    pub(super) fn fails(&mut self, asked_for: Option<Duration>, now: Instant) {
        if !self.is() {
            self.failed += 1;
            self.until = self.is().then_some(now + FIRST);
        }
        if self.is()
            && let Some(pause) = asked_for
        {
            self.until = self.until.max(Some(now + pause.min(LONGEST_ASKED)));
        }
    }

    /// Clio answered.
    pub(super) fn answers(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn away(now: Instant) -> Away {
        let mut away = Away::default();
        for _ in 0..AFTER {
            assert!(!away.is());
            away.fails(None, now);
        }
        assert!(away.is());
        away
    }

    #[test]
    fn an_hour_costs_some_forty_requests() {
        let start = Instant::now();
        let mut away = away(start);
        let (mut now, mut sent) = (start, AFTER);
        while let Some(until) = away.closed(now) {
            now = until;
            if now >= start + Duration::from_secs(3600) {
                break;
            }
            away.leaves(now);
            away.fails(None, now);
            sent += 1;
        }
        assert!((35..45).contains(&sent), "{sent}");
        away.answers();
        assert_eq!(away.closed(now), None);
    }

    #[test]
    fn one_failure_and_one_answer_are_no_maintenance() {
        let now = Instant::now();
        let mut away = Away::default();
        for _ in 0..100 {
            away.fails(None, now);
            away.answers();
        }
        assert!(!away.is());
    }

    #[test]
    fn what_was_on_its_way_when_it_began_does_not_make_the_pause_longer() {
        let now = Instant::now();
        let mut away = away(now);
        let until = away.closed(now).unwrap();
        away.fails(None, now);
        away.fails(None, now);
        assert_eq!(away.closed(now), Some(until));
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_within_a_bound() {
        let now = Instant::now();
        let mut away = away(now);
        away.fails(Some(Duration::from_secs(90)), now);
        assert_eq!(away.closed(now), Some(now + Duration::from_secs(90)));
        away.fails(Some(Duration::from_secs(3600)), now);
        assert_eq!(away.closed(now), Some(now + LONGEST_ASKED));
    }
}
