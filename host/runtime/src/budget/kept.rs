//! The state of a window as processes hand it to one another.
//!
//! It holds spans of time from when it was written on, and no instants: a clock
//! that is set back then makes no wait longer than it was. What each process holds
//! stands under its name, so that it ends with the process.
//!
//! What must stay true: a state that cannot be read is one of which nothing is
//! known; what is read makes no wait endless.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::away::Away;
use super::class::Class;
use super::window::{Known, Promised, Window};

/// No span is taken to be longer.
const LONGEST: Duration = Duration::from_secs(3600);

/// All spans are milliseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// When it was written, in milliseconds since 1970.
    at: u64,
    limit: u32,
    known: Option<KeptKnown>,
    blocked_for: Option<u64>,
    probed_ago: [Option<u64>; 2],
    failed: u32,
    asked: u32,
    away_for: Option<u64>,
    /// What processes hold, by their names.
    holders: BTreeMap<String, Promised>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptKnown {
    left: u32,
    reset: u64,
    ends_in: u64,
}

impl Kept {
    pub(super) fn read(state: &[u8]) -> Self {
        serde_json::from_slice(state).unwrap_or_default()
    }

    pub(super) fn written(&self) -> Vec<u8> {
        // Nothing in it can fail to be JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Drops what others hold that are not alive any more.
    pub(super) fn bury(&mut self, me: &str, is_alive: impl Fn(&str) -> bool) {
        self.holders.retain(|name, _| name == me || is_alive(name));
    }

    /// Puts into a window what is common to all, and what others hold.
    pub(super) fn put_into(&self, window: &mut Window, me: &str, now: Instant, wall: SystemTime) {
        let passed = Duration::from_millis(millis(wall).saturating_sub(self.at));
        let from_now = |span: u64| {
            let span = Duration::from_millis(span).min(LONGEST);
            now + span.saturating_sub(passed)
        };
        if self.limit > 0 {
            window.limit = self.limit;
        }
        window.known = self.known.as_ref().map(|known| Known {
            left: known.left,
            reset: known.reset,
            ends: from_now(known.ends_in),
        });
        window.blocked = self.blocked_for.map(from_now);
        window.probed = self.probed_ago.map(|ago| {
            let ago = Duration::from_millis(ago?).saturating_add(passed);
            now.checked_sub(ago)
        });
        if let Some(away) = &mut window.away {
            *away = Away {
                failed: self.failed,
                asked: self.asked,
                until: self.away_for.map(from_now),
            };
        }
        let mut others = Promised::default();
        for (_, held) in self.holders.iter().filter(|(name, _)| *name != me) {
            others.in_flight = others.in_flight.saturating_add(held.in_flight);
            others.reserved = others.reserved.saturating_add(held.reserved);
            for class in Class::ALL {
                others.waiting[class as usize] |= held.waiting[class as usize];
            }
        }
        window.others = others;
    }

    /// Takes over what a window says, at `now`.
    pub(super) fn take_from(&mut self, window: &Window, me: &str, now: Instant, wall: SystemTime) {
        let until = |at: Instant| span(at.saturating_duration_since(now));
        self.at = millis(wall);
        self.limit = window.limit;
        self.known = window.known.map(|known| KeptKnown {
            left: known.left,
            reset: known.reset,
            ends_in: until(known.ends),
        });
        self.blocked_for = window.blocked.map(until);
        self.probed_ago = window
            .probed
            .map(|at| Some(span(now.saturating_duration_since(at?))));
        if let Some(away) = window.away {
            self.failed = away.failed;
            self.asked = away.asked;
            self.away_for = away.until.map(until);
        }
        if window.mine == Promised::default() {
            self.holders.remove(me);
        } else {
            self.holders.insert(me.to_owned(), window.mine);
        }
    }
}

fn span(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn millis(at: SystemTime) -> u64 {
    span(at.duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::budget::window::{Answerer, Signal, WindowView};

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    fn known(now: Instant) -> Window {
        let mut window = Window::minding_maintenance();
        window.start(now).unwrap();
        let signal = Signal {
            window: Some(WindowView {
                limit: Some(50),
                remaining: 20,
                reset: 7,
                ends_in: Duration::from_secs(40),
            }),
            from: Answerer::Clio,
            ..Signal::default()
        };
        window.settle(&signal, now);
        window
    }

    /// What another process sees, that reads it so many seconds later.
    fn seen(window: &Window, now: Instant, later: u64) -> (Window, Instant) {
        let mut kept = Kept::default();
        kept.take_from(window, "a", now, at(0));
        let kept = Kept::read(&kept.written());
        let (mut other, then) = (
            Window::minding_maintenance(),
            now + Duration::from_secs(later),
        );
        kept.put_into(&mut other, "b", then, at(later));
        (other, then)
    }

    #[test]
    fn another_process_sees_what_is_left_and_what_is_promised() {
        let now = Instant::now();
        let mut window = known(now);
        window.reserve(5, now).unwrap();
        window.start(now).unwrap();
        let (mut other, then) = seen(&window, now, 10);
        assert_eq!(other.left(then), Some(14));
        assert_eq!(other.ends(then), Some(now + Duration::from_secs(40)));
        assert!(other.reserve(15, then).is_err());
        other.reserve(14, then).unwrap();
    }

    #[test]
    fn a_window_that_is_over_is_forgotten_by_all() {
        let now = Instant::now();
        let (mut other, then) = seen(&known(now), now, 41);
        assert_eq!(other.left(then), None);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_wait_longer() {
        let now = Instant::now();
        let mut kept = Kept::default();
        kept.take_from(&known(now), "a", now, at(3600));
        let mut other = Window::minding_maintenance();
        kept.put_into(&mut other, "b", now, at(0));
        assert_eq!(other.ends(now), Some(now + Duration::from_secs(40)));
    }

    #[test]
    fn what_the_dead_held_is_free_again() {
        let now = Instant::now();
        let mut window = known(now);
        window.reserve(20, now).unwrap();
        let mut kept = Kept::default();
        kept.take_from(&window, "a", now, at(0));
        let mut other = Window::minding_maintenance();
        kept.put_into(&mut other, "b", now, at(0));
        assert_eq!(other.left(now), Some(0));
        kept.bury("b", |_| false);
        kept.put_into(&mut other, "b", now, at(0));
        assert_eq!(other.left(now), Some(20));
    }

    #[test]
    fn one_that_holds_nothing_is_not_mentioned() {
        let now = Instant::now();
        let mut window = known(now);
        let mut kept = Kept::default();
        window.reserve(1, now).unwrap();
        kept.take_from(&window, "a", now, at(0));
        assert!(kept.holders.contains_key("a"));
        window.release(1);
        kept.take_from(&window, "a", now, at(0));
        assert!(kept.holders.is_empty());
    }

    #[test]
    fn a_state_that_cannot_be_read_is_one_of_which_nothing_is_known() {
        for state in [&b""[..], b"{", b"[]", br#"{"limit":"many"}"#] {
            let mut window = Window::minding_maintenance();
            Kept::read(state).put_into(&mut window, "b", Instant::now(), at(0));
            assert_eq!(window.left(Instant::now()), None);
            assert!(window.most(Class::Interactive) > 0);
        }
        let far =
            br#"{"at":1800000000000,"away_for":18446744073709551615,"failed":99,"blocked_for":18446744073709551615}"#;
        let now = Instant::now();
        let mut window = Window::minding_maintenance();
        Kept::read(far).put_into(&mut window, "b", now, at(0));
        assert!(window.ends(now).unwrap() <= now + LONGEST);
        assert!(window.away(now).unwrap() <= LONGEST);
    }

    #[test]
    fn all_know_that_clio_is_away_and_one_asks() {
        let now = Instant::now();
        let mut window = known(now);
        for _ in 0..6 {
            window.unreached(now);
        }
        let (mut other, then) = seen(&window, now, 0);
        let wait = other.start(then).unwrap_err();
        assert!(wait.away && wait.certain);
        let (mut other, then) = seen(&window, now, 1);
        assert_eq!(other.away(then), Some(Duration::ZERO));
        other.start(then).unwrap();
        let wait = other.start(then).unwrap_err();
        assert!(wait.away && !wait.certain, "one asks now");
    }
}
