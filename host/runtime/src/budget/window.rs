//! The rate window of one access token, as a state machine without a clock.
//!
//! Clio counts requests by token in windows of a minute and says in each answer
//! how many are left and when the window ends. Others may use the same token,
//! so what Clio said last is the truth, less what is on its way.
//!
//! What must stay true: within one window the number left never rises; a
//! request is let through only when the server's number, less those in flight,
//! has room for it; as long as nothing is known of a window, requests go one
//! after the other.

use std::time::{Duration, Instant};

/// What a window is taken to hold before an answer tells: Clio's documented
/// limit in peak hours.
const ASSUMED_LIMIT: u32 = 50;
/// The longest block a 429 without any time can cause: Clio's window.
const WINDOW: Duration = Duration::from_secs(60);
/// While nothing is known of a window, one request at a time asks. When its
/// answer takes longer than this, the next one asks as well, so that one slow
/// request does not hold up everybody.
const PROBE_PACE: Duration = Duration::from_secs(2);

/// What one answer said about its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowView {
    /// `X-RateLimit-Limit`.
    pub(crate) limit: Option<u32>,
    /// `X-RateLimit-Remaining`.
    pub(crate) remaining: u32,
    /// `X-RateLimit-Reset` as it was sent: it tells one window from the next.
    pub(crate) reset: u64,
    /// How long the window lasts from now.
    pub(crate) ends_in: Duration,
}

/// What one answer said about the rate limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signal {
    /// The window. Absent in answers to unauthorized requests.
    pub(crate) window: Option<WindowView>,
    /// Whether the request was refused for the limit.
    pub(crate) limited: bool,
    /// How long to wait before the next request, where the answer says so.
    pub(crate) retry_after: Option<Duration>,
}

/// Why nothing can be taken just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// When to look again, at the latest.
    pub(crate) until: Instant,
    /// Whether nothing but time can change it: the server has no more to give.
    pub(crate) certain: bool,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    left: u32,
    reset: u64,
    ends: Instant,
}

/// The state of one token's window.
#[derive(Debug)]
pub(crate) struct Window {
    limit: u32,
    known: Option<Known>,
    blocked: Option<Instant>,
    in_flight: u32,
    reserved: u32,
    /// When a reservation and when a request was last let through while nothing
    /// was known. They are apart because a reservation must not hold up its own
    /// first request.
    probed: [Option<Instant>; 2],
}

/// What wants room in the window.
#[derive(Clone, Copy, Debug)]
enum Taker {
    Reservation = 0,
    Request = 1,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self {
            limit: ASSUMED_LIMIT,
            known: None,
            blocked: None,
            in_flight: 0,
            reserved: 0,
            probed: [None; 2],
        }
    }

    /// What a whole window holds, as far as is known.
    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// Forgets a window that is over. A fresh one may have been used by others
    /// already, so nothing is known of it.
    fn roll(&mut self, now: Instant) {
        if self.known.is_some_and(|known| known.ends <= now) {
            self.known = None;
            self.probed = [None; 2];
        }
        if self.blocked.is_some_and(|end| end <= now) {
            self.blocked = None;
            self.probed = [None; 2];
        }
    }

    /// How many more requests may be sent before the window ends; `None` while
    /// nothing is known of it.
    pub(crate) fn left(&mut self, now: Instant) -> Option<u32> {
        self.roll(now);
        let promised = self.in_flight.saturating_add(self.reserved);
        match self.blocked {
            Some(_) => Some(0),
            None => Some(self.known?.left.saturating_sub(promised)),
        }
    }

    /// When the window, or the block, ends.
    pub(crate) fn ends(&mut self, now: Instant) -> Option<Instant> {
        self.roll(now);
        self.blocked.or(self.known.map(|known| known.ends))
    }

    /// Sets `cost` requests aside.
    pub(crate) fn reserve(&mut self, cost: u32, now: Instant) -> Result<(), Wait> {
        let promised = self.in_flight.saturating_add(self.reserved);
        self.take(Taker::Reservation, cost, promised, now)?;
        self.reserved += cost;
        Ok(())
    }

    /// Starts a request that was set aside.
    pub(crate) fn start_reserved(&mut self, now: Instant) -> Result<(), Wait> {
        self.take(Taker::Request, 1, self.in_flight, now)?;
        self.reserved = self.reserved.saturating_sub(1);
        self.in_flight += 1;
        Ok(())
    }

    /// Starts a request that was not set aside.
    pub(crate) fn start(&mut self, now: Instant) -> Result<(), Wait> {
        let promised = self.in_flight.saturating_add(self.reserved);
        self.take(Taker::Request, 1, promised, now)?;
        self.in_flight += 1;
        Ok(())
    }

    fn take(&mut self, taker: Taker, cost: u32, promised: u32, now: Instant) -> Result<(), Wait> {
        self.roll(now);
        if let Some(until) = self.blocked {
            return Err(Wait {
                until,
                certain: true,
            });
        }
        let Some(known) = self.known else {
            let probed = &mut self.probed[taker as usize];
            return match *probed {
                Some(last) if now < last + PROBE_PACE => Err(Wait {
                    until: last + PROBE_PACE,
                    certain: false,
                }),
                _ => {
                    *probed = Some(now);
                    Ok(())
                }
            };
        };
        if known.left >= promised.saturating_add(cost) {
            return Ok(());
        }
        Err(Wait {
            until: known.ends,
            certain: known.left < self.in_flight.saturating_add(cost),
        })
    }

    /// Gives back what was set aside and not used.
    pub(crate) fn release(&mut self, unused: u32) {
        self.reserved = self.reserved.saturating_sub(unused);
        self.let_the_next_ask();
    }

    /// Takes back a request that was never written, so that Clio did not count
    /// it.
    pub(crate) fn unsent(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.let_the_next_ask();
    }

    /// Takes in the answer to a request, or that none will come.
    pub(crate) fn settle(&mut self, signal: &Signal, now: Instant) {
        self.roll(now);
        self.in_flight = self.in_flight.saturating_sub(1);
        match signal.window {
            Some(view) => self.see(view, now),
            None => {
                if let Some(known) = &mut self.known {
                    known.left = known.left.saturating_sub(1);
                }
            }
        }
        if signal.limited {
            let ends = self.known.map(|known| known.ends);
            let until = match (signal.retry_after, ends) {
                (Some(wait), _) => now + wait,
                (None, Some(ends)) => ends,
                (None, None) => now + WINDOW,
            };
            self.blocked = Some(self.blocked.map_or(until, |end| end.max(until)));
            self.known = None;
        }
        self.let_the_next_ask();
    }

    fn see(&mut self, view: WindowView, now: Instant) {
        if let Some(limit) = view.limit {
            self.limit = limit.max(1);
        }
        if view.ends_in.is_zero() {
            return;
        }
        let seen = Known {
            left: view.remaining,
            reset: view.reset,
            ends: now + view.ends_in,
        };
        match &mut self.known {
            // Answers overtake one another: the smaller number is the later.
            Some(known) if known.reset == seen.reset => {
                known.left = known.left.min(seen.left);
                known.ends = known.ends.min(seen.ends);
            }
            Some(known) if known.reset > seen.reset => {}
            known => *known = Some(seen),
        }
    }

    fn let_the_next_ask(&mut self) {
        if self.known.is_none() {
            self.probed = [None; 2];
        }
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
