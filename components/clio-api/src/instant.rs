//! Instants: RFC 3339 in the contract and in Clio's answers, HTTP dates in
//! headers, whole seconds in between.
//!
//! A date-time library knows time zones, and that alone would double the size
//! of a component. Only offsets occur here, so the calendar is written out, and
//! a test compares it with a library.

use core::fmt;

use crate::Failure;

/// An instant, in Unix seconds. Clio's own times have no fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

/// How far Clio's clock, its search index and the caller's clock may be apart:
/// ten minutes, in seconds.
pub(crate) const OVERLAP: i64 = 600;

/// How far ahead of the local clock a caller's instant may be: a day, since the
/// clock of a sandboxed guest need not be exact.
const FUTURE: i64 = 24 * 3600;

/// The years that are read and written, so that every instant has four digits.
const YEARS: core::ops::RangeInclusive<i64> = 1..=9999;

/// The last instant of the last year.
const LATEST: i64 = 253_402_300_799;

/// The first instant of the first year.
const EARLIEST: i64 = -62_135_596_800;

impl Instant {
    /// Reads an RFC 3339 date-time with an offset. A fraction of a second is
    /// dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = text.as_bytes();
        let digits = |from: usize, count: usize| number(bytes.get(from..from + count)?);
        let is = |at: usize, set: &[u8]| bytes.get(at).is_some_and(|byte| set.contains(byte));
        if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
            return None;
        }
        let date = days(digits(0, 4)?, digits(5, 2)?, digits(8, 2)?)?;
        let time = seconds(digits(11, 2)?, digits(14, 2)?, digits(17, 2)?)?;
        let mut rest = bytes.get(19..)?;
        if let [b'.' | b',', fraction @ ..] = rest {
            let end = fraction.iter().position(|byte| !byte.is_ascii_digit())?;
            if end == 0 {
                return None;
            }
            rest = &fraction[end..];
        }
        let offset = match rest {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let offset = hours * 3600 + minutes * 60;
                if *sign == b'-' { -offset } else { offset }
            }
            _ => return None,
        };
        let instant = date * 86_400 + time - offset;
        (EARLIEST..=LATEST)
            .contains(&instant)
            .then_some(Self(instant))
    }

    /// Reads an HTTP date in its one current form (RFC 9110), such as
    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub(crate) fn of_http_date(text: &str) -> Option<Self> {
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let (_, text) = text.trim().split_once(", ")?;
        let mut parts = text.split(' ');
        let day = number(parts.next()?.as_bytes())?;
        let month = parts.next()?;
        let month = MONTHS.iter().position(|name| *name == month)?;
        let year = number(parts.next()?.as_bytes())?;
        let mut time = parts.next()?.split(':');
        let mut part = || number(time.next()?.as_bytes());
        let time = seconds(part()?, part()?, part()?)?;
        if parts.next() != Some("GMT") || parts.next().is_some() {
            return None;
        }
        Some(Self(
            days(year, i64::try_from(month).ok()? + 1, day)? * 86_400 + time,
        ))
    }

    /// Whether it lies in the years that are read and written, within which no
    /// arithmetic here overflows.
    pub(crate) fn is_in_range(self) -> bool {
        (EARLIEST..=LATEST).contains(&self.0)
    }

    /// The last instant that is read and written.
    pub(crate) const LAST: Self = Self(LATEST);

    /// Moves it on by some seconds, to the last instant at the most.
    pub(crate) fn after(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds).clamp(EARLIEST, LATEST))
    }

    /// Moves it back by some seconds, to the earliest instant at the most.
    pub(crate) fn before(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds).clamp(EARLIEST, LATEST))
    }
}

/// As RFC 3339 in UTC, such as `2026-03-01T09:30:00Z`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.clamp(EARLIEST, LATEST);
        let (date, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(date);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

/// A number of ASCII digits alone.
fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 4 {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// The second of a day. A leap second counts as the one before it.
fn seconds(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then(|| hour * 3600 + minute * 60 + second.min(59))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let length = match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !YEARS.contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March here, so that a leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719_468)
}

/// The date that is so many days from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + later, month, day)
}

/// Reads an instant of the input.
pub(crate) fn parse(field: &str, text: &str) -> Result<Instant, Failure> {
    Instant::parse(text).ok_or_else(|| {
        Failure::input(
            field,
            "The instant is no RFC 3339 date-time with an offset, such as 2026-03-01T09:30:00Z.",
        )
    })
}

/// Reads an instant of the input that cannot lie ahead.
pub(crate) fn parse_past(field: &str, text: &str, now: Instant) -> Result<Instant, Failure> {
    let instant = parse(field, text)?;
    if instant.0 > now.0.saturating_add(FUTURE) {
        return Err(Failure::input(
            field,
            "The instant lies more than a day in the future. Check the clock that it comes from.",
        ));
    }
    Ok(instant)
}

/// When the caller began: what the input says, or now.
pub(crate) fn began(began: Option<&str>, now: Instant) -> Result<Instant, Failure> {
    began.map_or(Ok(now), |text| parse_past("/began", text, now))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_calendar_is_that_of_a_library(seconds in EARLIEST..=LATEST) {
            let theirs = jiff::Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(Instant(seconds).to_string(), theirs.to_string());
            prop_assert_eq!(Instant::parse(&theirs.to_string()), Some(Instant(seconds)));
            let date = theirs.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            prop_assert_eq!(Instant::of_http_date(&date), Some(Instant(seconds)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = (Instant::parse(&text), Instant::of_http_date(&text));
        }
    }

    #[test]
    fn an_instant_needs_an_offset_and_cannot_lie_far_ahead() {
        let now = Instant::parse("2026-03-01T09:30:00Z").unwrap();
        assert!(parse_past("/began", "2026-03-01T09:30:00", now).is_err());
        assert!(parse_past("/began", "2026-03-03T09:30:00Z", now).is_err());
        assert_eq!(
            parse_past("/began", "2026-03-01T10:30:00.5+01:00", now).unwrap(),
            now
        );
        assert_eq!(
            parse_past("/began", "2026-03-01T04:00:00-05:30", now).unwrap(),
            now
        );
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.5",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "20260101T000000Z",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
        assert!(Instant::parse("2024-02-29T00:00:00Z").is_some());
        assert_eq!(Instant::of_http_date("34"), None);
        assert_eq!(
            Instant::of_http_date("Sunday, 06-Nov-94 08:49:37 GMT"),
            None
        );
    }
}
