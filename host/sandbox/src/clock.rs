//! The sandbox's own clock: real time plus an offset, or standing still.
//!
//! Tokens, presigned URLs, the rate window, the search lag, the trash and stage
//! automations all live by it, so that a test can let ten minutes or thirty
//! days pass without waiting. The `Date` header of every answer comes from it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Real time plus an offset, or one fixed instant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    offset: SignedDuration,
    frozen: Option<Timestamp>,
}

impl Clock {
    /// The present instant, with all its digits.
    pub(crate) fn now(&self) -> Timestamp {
        match self.frozen {
            Some(at) => at,
            None => Timestamp::now()
                .checked_add(self.offset)
                .unwrap_or(Timestamp::MAX),
        }
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&mut self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        match &mut self.frozen {
            Some(at) => *at = at.checked_add(by).unwrap_or(Timestamp::MAX),
            None => self.offset = self.offset.saturating_add(by),
        }
    }

    /// Stops the clock, at `at` or where it is.
    pub(crate) fn freeze(&mut self, at: Option<Timestamp>) {
        self.frozen = Some(at.unwrap_or_else(|| self.now()));
    }

    /// Lets a stopped clock run on from where it stands.
    pub(crate) fn run(&mut self) {
        if let Some(at) = self.frozen.take() {
            self.offset = Timestamp::now().duration_until(at);
        }
    }
}

/// Clio keeps record times to the second: two changes within one second are
/// not told apart by `created_at` or `updated_at`.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// An HTTP date (RFC 9110), as `Date`, `Last-Modified` and `Retry-After` use.
pub(crate) fn http_date(at: Timestamp) -> String {
    // The formatter knows no time before 1970.
    httpdate::fmt_http_date(at.max(Timestamp::UNIX_EPOCH).into())
}

/// Reads ISO 8601 as filters and bodies give it: with an offset, without one
/// (then UTC), or a date alone.
pub(crate) fn parse_instant(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(|d| d.at(0, 0, 0, 0)))
        .ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told_and_runs_on_from_there() {
        let mut clock = Clock::default();
        let at: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        clock.freeze(Some(at));
        assert_eq!(clock.now(), at);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().as_second() - at.as_second(), 90);
        clock.run();
        let passed = clock.now().as_second() - at.as_second();
        assert!((90..95).contains(&passed), "{passed}");
    }

    #[test]
    fn instants_are_read_with_and_without_an_offset() {
        let want: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        for text in [
            "2026-03-01T00:00:00Z",
            "2026-03-01T02:00:00+02:00",
            "2026-03-01T00:00:00",
            "2026-03-01",
        ] {
            assert_eq!(parse_instant(text), Some(want), "{text}");
        }
        // A `+` that was not percent-encoded arrives as a space.
        assert_eq!(parse_instant("2026-03-01T02:00:00 02:00"), None);
    }
}
