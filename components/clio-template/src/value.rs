//! What a template is filled with.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::decimal::Decimal;

/// One value, or many by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// There is such a thing, and it is empty: a custom field that nobody filled.
    #[default]
    None,
    /// There may be something, and nobody here may see it.
    Hidden,
    /// Text. A line feed becomes a line break of the document.
    Text(String),
    /// A number.
    Number(Decimal),
    /// An amount of money.
    Money {
        /// How much.
        amount: Decimal,
        /// ISO 4217: `USD`.
        currency: String,
    },
    /// A day of the calendar.
    Date(Date),
    /// A day and the time on it, as it was written.
    Time(Time),
    /// Yes or no.
    Bool(bool),
    /// Several, in order.
    List(Vec<Value>),
    /// Several by name.
    Record(BTreeMap<String, Value>),
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A time of a day. What it is apart from UTC is kept by nobody: a document says the
/// time that stood where the value was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    date: Date,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number as JSON writes one, without an exponent.
    #[must_use]
    pub fn number(text: &str) -> Option<Self> {
        Decimal::parse(text).map(Self::Number)
    }

    /// An amount in a currency of ISO 4217.
    #[must_use]
    pub fn money(amount: &str, currency: &str) -> Option<Self> {
        Some(Self::Money {
            amount: Decimal::parse(amount)?,
            currency: currency.to_owned(),
        })
    }

    /// A day: `2026-03-01`.
    #[must_use]
    pub fn date(text: &str) -> Option<Self> {
        Date::parse(text).map(Self::Date)
    }

    /// A time of RFC 3339: `2026-03-01T09:30:00-08:00`.
    #[must_use]
    pub fn time(text: &str) -> Option<Self> {
        Time::parse(text).map(Self::Time)
    }

    /// Whether there is nothing to print.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::None | Self::Hidden => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.iter().all(Self::is_empty),
            Self::Record(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Whether `{% if %}` takes it for yes.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::None | Self::Hidden => false,
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => !number.is_zero(),
            Self::Money { amount, .. } => !amount.is_zero(),
            Self::Date(_) | Self::Time(_) => true,
            Self::Bool(yes) => *yes,
            Self::List(items) => !items.is_empty(),
            Self::Record(members) => !members.is_empty(),
        }
    }

    /// Which comes first. `None`: they are not of a kind.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::None, Self::None) => Some(Ordering::Equal),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (
                Self::Number(a) | Self::Money { amount: a, .. },
                Self::Number(b) | Self::Money { amount: b, .. },
            ) => Some(a.compare(b)),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Date(b)) => Some(a.date.cmp(b)),
            (Self::Date(a), Self::Time(b)) => Some(a.cmp(&b.date)),
            (Self::Date(a), Self::Text(b)) => Some(a.cmp(&Date::parse(b)?)),
            (Self::Text(a), Self::Date(b)) => Some(Date::parse(a)?.cmp(b)),
            (Self::List(a), Self::List(b)) => (a == b).then_some(Ordering::Equal),
            (Self::Record(a), Self::Record(b)) => (a == b).then_some(Ordering::Equal),
            _ => None,
        }
    }

    /// The member of this name. A template's author writes names as he
    /// remembers them, so capitals, blanks and underscores do not tell names
    /// apart, unless there are two that only they tell apart.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        if matches!(self, Self::Hidden) {
            return Some(self);
        }
        let Self::Record(members) = self else {
            return None;
        };
        if let Some(member) = members.get(name) {
            return Some(member);
        }
        let only = |between| {
            let wanted = spelled(name, between);
            let mut found = members.iter().filter(|it| spelled(it.0, between) == wanted);
            match (found.next(), found.next()) {
                (Some((_, member)), None) => Some(member),
                _ => None,
            }
        };
        only("_").or_else(|| only(""))
    }

    /// What a name leads to that stands outside of an expression, as of a
    /// content control or a merge field: `client.name`, `Client_Name`.
    pub(crate) fn named(&self, name: &str) -> Option<&Self> {
        let mut at = Some(self);
        for part in name.split('.') {
            at = at.and_then(|it| it.member(part.trim()));
        }
        at.or_else(|| self.named_loosely(&spelled(name, "_"), "_", 0))
            .or_else(|| self.named_loosely(&spelled(name, ""), "", 0))
    }

    fn named_loosely(&self, name: &str, between: &str, depth: usize) -> Option<&Self> {
        if matches!(self, Self::Hidden) {
            return Some(self);
        }
        let Self::Record(members) = self else {
            return None;
        };
        if depth > 8 {
            return None;
        }
        members.iter().find_map(|(own, member)| {
            let rest = name.strip_prefix(&*spelled(own, between))?;
            match rest.is_empty() {
                true => Some(member),
                false => member.named_loosely(rest.strip_prefix(between)?, between, depth + 1),
            }
        })
    }
}

/// A name without what people leave out: `Court Name` is `court_name`.
pub(crate) fn loose(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// The same with something else between its words. With nothing between them
/// `FirstName` is `first_name`.
fn spelled(name: &str, between: &str) -> String {
    loose(name).replace('_', between)
}

impl Date {
    /// A day that the calendar has, from year 1 to 9999.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let known = (1..=9999).contains(&year) && (1..=days).contains(&day);
        known.then_some(Self { year, month, day })
    }

    /// `2026-03-01`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let year = digits(bytes.get(..4)?)?;
        let (month, day) = (digits(bytes.get(5..7)?)?, digits(bytes.get(8..)?)?);
        Self::new(year, month.try_into().ok()?, day.try_into().ok()?)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// The day of the week, from 0 for Sunday (Sakamoto's method).
    pub(crate) fn weekday(self) -> usize {
        const SHIFT: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year = usize::from(self.year) - usize::from(self.month < 3);
        let shift = SHIFT[usize::from(self.month) - 1];
        (year + year / 4 - year / 100 + year / 400 + shift + usize::from(self.day)) % 7
    }
}

impl Time {
    /// `2026-03-01T09:30:00`, and whatever stands behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = (text.get(..10)?, text.as_bytes().get(10..19)?);
        let [b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2] = *time else {
            return None;
        };
        let time = Self {
            date: Date::parse(date)?,
            hour: digits(&[h1, h2])?.try_into().ok()?,
            minute: digits(&[m1, m2])?.try_into().ok()?,
            second: digits(&[s1, s2])?.try_into().ok()?,
        };
        (time.hour < 24 && time.minute < 60 && time.second <= 60).then_some(time)
    }

    /// The day.
    #[must_use]
    pub fn date(self) -> Date {
        self.date
    }

    pub(crate) fn hour(self) -> u8 {
        self.hour
    }

    pub(crate) fn minute(self) -> u8 {
        self.minute
    }

    pub(crate) fn second(self) -> u8 {
        self.second
    }
}

fn digits(bytes: &[u8]) -> Option<u16> {
    bytes.iter().try_fold(0_u16, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u16::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}
