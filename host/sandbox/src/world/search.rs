//! The search index, which lags behind writes.
//!
//! `query=` sees a record's text as it was some seconds ago; a record made a
//! moment ago is not found at all. Exact filters do not lag.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::World;

/// A record's searchable text and the one the index still holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct SearchText {
    current: String,
    changed: Option<Timestamp>,
    /// What the index holds until it has caught up; `None`: nothing.
    indexed: Option<String>,
}

impl SearchText {
    /// The record's text is now this.
    pub(super) fn set(&mut self, text: &str, world: &World) {
        self.set_at(text, world.now(), world.switches.search_lag);
    }

    fn set_at(&mut self, text: &str, now: Timestamp, lag: Duration) {
        let text = text.to_lowercase();
        if text == self.current && self.changed.is_some() {
            return;
        }
        if let Some(changed) = self.changed
            && caught_up(changed, now, lag)
        {
            self.indexed = Some(std::mem::take(&mut self.current));
        }
        self.current = text;
        self.changed = Some(now);
    }

    /// Whether the index finds a substring, ignoring case. Every word of the
    /// needle has to occur.
    pub(crate) fn finds(&self, needle: &str, now: Timestamp, lag: Duration) -> bool {
        let text = match self.changed {
            Some(changed) if caught_up(changed, now, lag) => Some(&self.current),
            _ => self.indexed.as_ref(),
        };
        text.is_some_and(|text| {
            needle
                .to_lowercase()
                .split_whitespace()
                .all(|word| text.contains(word))
        })
    }
}

fn caught_up(changed: Timestamp, now: Timestamp, lag: Duration) -> bool {
    let lag = SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX);
    changed.duration_until(now) >= lag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_shows_the_old_text_until_it_has_caught_up() {
        let at = |s: i64| Timestamp::from_second(1_000 + s).unwrap_or_default();
        let lag = Duration::from_secs(5);
        let mut text = SearchText::default();
        text.set_at("Ann joann@x.test", at(0), lag);
        assert!(!text.finds("ann@x", at(4), lag));
        assert!(text.finds("ANN@x", at(5), lag));
        text.set_at("Beth", at(10), lag);
        text.set_at("Carol", at(12), lag);
        assert!(text.finds("ann", at(14), lag), "still the text of second 0");
        assert!(!text.finds("beth", at(20), lag));
        assert!(text.finds("carol", at(20), lag));
    }
}
