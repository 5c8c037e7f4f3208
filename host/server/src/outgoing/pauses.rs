//! Leaves a destination alone that is away.
//!
//! Each event of its queue would otherwise hold a place among what runs until its
//! time is over, and a firm's cases would wait behind a server that is switched
//! off. So the first that fails closes the way for a while, longer each time, and
//! after that one tries for all.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After the first failure.
const FIRST: Duration = Duration::from_secs(5);
/// No longer than this.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// How soon it is asked again whether the one that tries is through.
const WHILE_TRIED: Duration = Duration::from_secs(2);

/// The destinations that are away.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    away: Mutex<HashMap<String, Away>>,
}

#[derive(Debug)]
struct Away {
    until: Instant,
    failures: u32,
    tried: bool,
}

/// Whether something may be sent.
#[derive(Debug)]
pub(crate) enum Way<'a> {
    Open(Attempt<'a>),
    /// Not before this has passed.
    Closed(Duration),
}

/// One attempt. Dropped without a word, the next may try.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pauses: &'a Pauses,
    key: String,
}

impl Pauses {
    fn away(&self) -> MutexGuard<'_, HashMap<String, Away>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn way(&self, key: &str) -> Way<'_> {
        if let Some(away) = self.away().get_mut(key) {
            let left = away.until.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Way::Closed(left);
            }
            if away.tried {
                return Way::Closed(WHILE_TRIED);
            }
            away.tried = true;
        }
        Way::Open(Attempt {
            pauses: self,
            key: key.to_owned(),
        })
    }
}

impl Attempt<'_> {
    /// It is there.
    pub(crate) fn there(self) {
        self.pauses.away().remove(&self.key);
    }

    /// It is away.
    pub(crate) fn away(self) {
        let mut all = self.pauses.away();
        let away = all.entry(self.key.clone()).or_insert(Away {
            until: Instant::now(),
            failures: 0,
            tried: false,
        });
        // Several that were on their way fail together, and count once.
        if away.until <= Instant::now() {
            let pause = FIRST
                .saturating_mul(1 << away.failures.min(16))
                .min(LONGEST);
            away.until = Instant::now() + pause;
            away.failures += 1;
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some(away) = self.pauses.away().get_mut(&self.key) {
            away.tried = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open<'a>(pauses: &'a Pauses, key: &str) -> Option<Attempt<'a>> {
        match pauses.way(key) {
            Way::Open(attempt) => Some(attempt),
            Way::Closed(_) => None,
        }
    }

    #[test]
    fn one_tries_for_all_when_a_pause_is_over() {
        let pauses = Pauses::default();
        let (Some(a), Some(b)) = (open(&pauses, "a"), open(&pauses, "a")) else {
            panic!("what never failed is open");
        };
        a.away();
        b.away();
        assert!(open(&pauses, "a").is_none());
        assert!(open(&pauses, "b").is_some(), "others are not held up");
        let over = |pauses: &Pauses| {
            if let Some(away) = pauses.away().get_mut("a") {
                assert_eq!(away.failures, 1, "both counted once");
                away.until = Instant::now();
            }
        };
        over(&pauses);
        let one = open(&pauses, "a");
        assert!(one.is_some() && open(&pauses, "a").is_none());
        // It is dropped as by a process that is to end.
        drop(one);
        let Some(again) = open(&pauses, "a") else {
            panic!("the next may try");
        };
        again.there();
        assert!(open(&pauses, "a").is_some() && open(&pauses, "a").is_some());
    }
}
