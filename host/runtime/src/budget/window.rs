//! The rate window of one access token, as a state machine without a clock.
//!
//! Clio counts requests by token in windows of a minute and says in each answer
//! how many are left and when the window ends. Others may use the same token,
//! so what Clio said last is the truth, less what is on its way.
//!
//! What must stay true: within one window the number left never rises; a
//! request is let through only when the server's number, less those in flight,
//! has room for it; as long as nothing is known of a window, requests go one
//! after the other; none is let through for which one of a class before it waits.

use std::time::{Duration, Instant};

use super::away::Away;
use super::class::Class;

/// What a window is taken to hold before an answer tells: Clio's documented
/// limit in peak hours.
const ASSUMED_LIMIT: u32 = 50;
/// The longest block a 429 without any time can cause: Clio's window.
const WINDOW: Duration = Duration::from_secs(60);
/// While nothing is known of a window, one request at a time asks. When its
/// answer takes longer than this, the next one asks as well, so that one slow
/// request does not hold up everybody.
const PROBE_PACE: Duration = Duration::from_secs(2);
/// So long before a window ends nothing of it is left to the classes before: what
/// they have not used by then is lost otherwise.
const LAST: Duration = Duration::from_secs(10);

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
    /// Whether it was Clio that answered.
    pub(crate) from: Answerer,
}

/// Who answered a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Answerer {
    /// Nobody, as far as is known.
    #[default]
    Nobody,
    /// Clio.
    Clio,
    /// Whoever stands in front of it while it is away.
    Instead,
}

/// What is taken of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Take {
    /// So many are set aside for a call.
    Aside(u32),
    /// One that was set aside is sent.
    Reserved,
    /// One more is sent.
    One,
}

/// Why nothing can be taken just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// When to look again, at the latest.
    pub(crate) until: Instant,
    /// Whether nothing but time can change it: the server has no more to give.
    pub(crate) certain: bool,
    /// Whether it is because Clio is away.
    pub(crate) away: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) left: u32,
    pub(super) reset: u64,
    pub(super) ends: Instant,
}

/// What a process holds of a window, or all others together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Promised {
    pub(super) in_flight: u32,
    pub(super) reserved: u32,
    /// The classes of which one waits.
    pub(super) waiting: [bool; Class::ALL.len()],
}

/// The state of one token's window.
#[derive(Debug)]
pub(crate) struct Window {
    pub(super) limit: u32,
    pub(super) known: Option<Known>,
    pub(super) blocked: Option<Instant>,
    /// What this process holds.
    pub(super) mine: Promised,
    /// What the other processes hold that share it.
    pub(super) others: Promised,
    /// When a reservation and when a request was last let through while nothing
    /// was known. They are apart because a reservation must not hold up its own
    /// first request.
    pub(super) probed: [Option<Instant>; 2],
    /// Absent: it is not minded whether Clio is away.
    pub(super) away: Option<Away>,
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
            mine: Promised::default(),
            others: Promised::default(),
            probed: [None; 2],
            away: None,
        }
    }

    /// One that leaves Clio alone while it is away.
    pub(super) fn minding_maintenance() -> Self {
        Self {
            away: Some(Away::default()),
            ..Self::new()
        }
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
        match self.blocked {
            Some(_) => Some(0),
            None => Some(self.known?.left.saturating_sub(self.promised())),
        }
    }

    /// When the window, or the block, ends.
    pub(crate) fn ends(&mut self, now: Instant) -> Option<Instant> {
        self.roll(now);
        self.blocked.or(self.known.map(|known| known.ends))
    }

    /// How long Clio is left alone; zero: who comes next asks whether it is back.
    /// `None`: it is not away.
    pub(super) fn away(&self, now: Instant) -> Option<Duration> {
        let away = self.away.filter(Away::is)?;
        let until = away.closed(now).unwrap_or(now);
        Some(until.saturating_duration_since(now))
    }

    fn in_flight(&self) -> u32 {
        self.mine.in_flight.saturating_add(self.others.in_flight)
    }

    fn promised(&self) -> u32 {
        let reserved = self.mine.reserved.saturating_add(self.others.reserved);
        self.in_flight().saturating_add(reserved)
    }

    /// The most that a call of a class can have set aside.
    pub(super) fn most(&self, class: Class) -> u32 {
        let most = self.limit.saturating_sub(class.leaves(self.limit));
        most.max(1)
    }

    /// Takes something, where there is room and nobody is to go first.
    pub(crate) fn take(&mut self, take: Take, class: Class, now: Instant) -> Result<(), Wait> {
        match take {
            Take::Aside(cost) => {
                self.room(Taker::Reservation, cost, self.promised(), class, now)?;
                self.mine.reserved += cost;
                return Ok(());
            }
            // It was promised, whoever waits now.
            Take::Reserved => {
                let first = Class::Interactive;
                self.room(Taker::Request, 1, self.in_flight(), first, now)?;
                self.mine.reserved = self.mine.reserved.saturating_sub(1);
            }
            Take::One => self.room(Taker::Request, 1, self.promised(), class, now)?,
        }
        self.mine.in_flight += 1;
        if let Some(away) = &mut self.away {
            away.leaves(now);
        }
        Ok(())
    }

    /// Puts back what was taken for somebody who did not wait for it.
    pub(super) fn undo(&mut self, take: Take) {
        match take {
            Take::Aside(cost) => return self.release(cost),
            Take::Reserved => self.mine.reserved += 1,
            Take::One => {}
        }
        self.unsent();
    }

    fn room(
        &mut self,
        taker: Taker,
        cost: u32,
        promised: u32,
        class: Class,
        now: Instant,
    ) -> Result<(), Wait> {
        self.roll(now);
        let wait = |until, certain| Wait {
            until,
            certain,
            away: false,
        };
        if let Some(until) = self.blocked {
            return Err(wait(until, true));
        }
        if let Some(until) = self.away.and_then(|away| away.closed(now)) {
            // The answer to one that is on its way may change it.
            return Err(Wait {
                until,
                certain: self.in_flight() == 0,
                away: true,
            });
        }
        let is_preceded = class.before().iter().any(|before| {
            let before = *before as usize;
            self.mine.waiting[before] || self.others.waiting[before]
        });
        let Some(known) = self.known else {
            if is_preceded {
                return Err(wait(now + PROBE_PACE, false));
            }
            let probed = &mut self.probed[taker as usize];
            return match *probed {
                Some(last) if now < last + PROBE_PACE => Err(wait(last + PROBE_PACE, false)),
                _ => {
                    *probed = Some(now);
                    Ok(())
                }
            };
        };
        if known.left < promised.saturating_add(cost) {
            let certain = known.left < self.in_flight().saturating_add(cost);
            return Err(wait(known.ends, certain));
        }
        if is_preceded {
            return Err(wait(known.ends, false));
        }
        let leaves = class.leaves(self.limit);
        if known.left < promised.saturating_add(cost).saturating_add(leaves) {
            let last = known.ends.checked_sub(LAST).unwrap_or(now);
            if now < last {
                return Err(wait(last, false));
            }
        }
        Ok(())
    }

    /// Gives back what was set aside and not used.
    pub(crate) fn release(&mut self, unused: u32) {
        self.mine.reserved = self.mine.reserved.saturating_sub(unused);
        self.let_the_next_ask();
    }

    /// Takes back a request that was never written, so that Clio did not count
    /// it.
    pub(crate) fn unsent(&mut self) {
        self.mine.in_flight = self.mine.in_flight.saturating_sub(1);
        self.let_the_next_ask();
    }

    /// Takes back a request that could not be brought to Clio.
    pub(super) fn unreached(&mut self, now: Instant) {
        if let Some(away) = &mut self.away {
            away.fails(None, now);
        }
        self.unsent();
    }

    /// Takes in the answer to a request, or that none will come.
    pub(crate) fn settle(&mut self, signal: &Signal, now: Instant) {
        self.roll(now);
        self.mine.in_flight = self.mine.in_flight.saturating_sub(1);
        if let Some(away) = &mut self.away {
            match signal.from {
                Answerer::Clio => away.answers(),
                Answerer::Instead => away.fails(signal.retry_after, now),
                Answerer::Nobody => {}
            }
        }
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
impl Window {
    /// Sets `cost` requests aside, for somebody who waits.
    pub(super) fn reserve(&mut self, cost: u32, now: Instant) -> Result<(), Wait> {
        self.take(Take::Aside(cost), Class::Interactive, now)
    }

    /// Starts a request that was set aside.
    pub(super) fn start_reserved(&mut self, now: Instant) -> Result<(), Wait> {
        self.take(Take::Reserved, Class::Interactive, now)
    }

    /// Starts a request that was not set aside.
    pub(super) fn start(&mut self, now: Instant) -> Result<(), Wait> {
        self.take(Take::One, Class::Interactive, now)
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
