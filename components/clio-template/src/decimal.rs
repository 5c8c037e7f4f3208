//! Decimal numbers as text, so that no amount of money meets a binary fraction.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// A decimal number of any length that a document would hold.
#[derive(Debug, Clone)]
pub struct Decimal {
    negative: bool,
    /// Without leading zeros, but for one.
    whole: String,
    /// As it was written: `50` of `12.50`.
    fraction: String,
}

/// The most digits of a number. More is no amount of anything.
const DIGITS: usize = 40;

impl Decimal {
    /// A number as JSON writes one, without an exponent.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let ends_well = !whole.is_empty() && !text.ends_with('.');
        if !ends_well || !all_digits(whole) || !all_digits(fraction) || text.len() > DIGITS {
            return None;
        }
        let short = whole.trim_start_matches('0');
        let whole = if short.is_empty() { "0" } else { short };
        Some(Self {
            negative,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.whole == "0" && self.fraction.bytes().all(|digit| digit == b'0')
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative && !self.is_zero()
    }

    /// As the place of an item in a list.
    pub(crate) fn to_index(&self) -> Option<usize> {
        let is_whole = !self.negative && self.fraction.bytes().all(|digit| digit == b'0');
        is_whole.then(|| self.whole.parse().ok()).flatten()
    }

    pub(crate) fn whole(&self) -> &str {
        &self.whole
    }

    pub(crate) fn fraction(&self) -> &str {
        &self.fraction
    }

    /// Rounded to so many digits behind the point, halves away from zero.
    pub(crate) fn rounded(&self, places: usize) -> Self {
        let mut digits: Vec<u8> = self.whole.bytes().chain(self.fraction.bytes()).collect();
        let wanted = self.whole.len() + places;
        let up = digits.get(wanted).is_some_and(|digit| *digit >= b'5');
        digits.resize(wanted, b'0');
        let mut carry = up;
        for digit in digits.iter_mut().rev() {
            if !carry {
                break;
            }
            carry = *digit == b'9';
            *digit = if carry { b'0' } else { *digit + 1 };
        }
        if carry {
            digits.insert(0, b'1');
        }
        let fraction = digits.split_off(digits.len() - places);
        let text = |digits: Vec<u8>| digits.into_iter().map(char::from).collect::<String>();
        Self {
            negative: self.negative,
            whole: text(digits),
            fraction: text(fraction),
        }
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self.is_negative(), other.is_negative()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.size(other),
            (true, true) => other.size(self),
        }
    }

    fn size(&self, other: &Self) -> Ordering {
        let whole = |it: &Self| (it.whole.len(), it.whole.clone());
        let fraction = |it: &Self| it.fraction.trim_end_matches('0').to_owned();
        whole(self)
            .cmp(&whole(other))
            .then_with(|| fraction(self).cmp(&fraction(other)))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl core::fmt::Display for Decimal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{}", self.whole, self.fraction)
    }
}

impl From<u32> for Decimal {
    fn from(number: u32) -> Self {
        Self {
            negative: false,
            whole: alloc::format!("{number}"),
            fraction: String::new(),
        }
    }
}
