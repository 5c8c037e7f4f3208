//! The value of a custom field, as an answer tells it.
//!
//! Values are typed as strings by Clio's description; live accounts answer
//! booleans and numbers too. One that may not be seen is no empty one.

use crate::prelude::*;
use core::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A scalar, as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Scalar {
    /// The answer holds none, or `null`.
    #[default]
    Nothing,
    /// Something stands there that is no scalar, such as `{"redacted": true}`.
    Hidden,
    /// This text. It may be empty.
    Told(String),
}

impl Scalar {
    /// The text, unless there is none. Empty text is none.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Told(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }
}

/// Whether the value of a custom field may not be seen, of which an answer
/// tells `id` (the value's own), the type of its field, and `value`.
///
/// Where definitions may not be read, a value can come with its own id, and
/// without everything that it is about: taken for an empty field, a value would
/// be written over, and a record made once more. A value that was emptied has a
/// type, and a field that never had one has no id.
pub(crate) fn is_hidden(id: &Scalar, field_type: Option<&str>, value: &Scalar) -> bool {
    match value {
        Scalar::Hidden => true,
        value => {
            id.text().is_some() && value.text().is_none() && field_type.is_none_or(str::is_empty)
        }
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Told(value.to_owned()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Told(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Told(value.to_string()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Told(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Told(decimal(value)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scalar, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Hidden)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Scalar, A::Error> {
        while rows.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Hidden)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// The shortest decimal that means the number. It is exact for the 15 digits
/// that a value may have; printing every float costs the component more than
/// all of its checks.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
pub(crate) fn decimal(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let value = value.abs();
    let mut power = 1_u64;
    let mut decimals = 0_usize;
    loop {
        // A float is cut off where it is too great for the integer.
        let digits = (value * power as f64 + 0.5) as u64;
        let meant = digits as f64 / power as f64;
        if decimals == 15 || digits >= 1_000_000_000_000_000 || meant.to_bits() == value.to_bits() {
            let (whole, fraction) = (digits / power, digits % power);
            return match decimals {
                0 => format!("{sign}{whole}"),
                _ => format!("{sign}{whole}.{fraction:0decimals$}"),
            };
        }
        power *= 10;
        decimals += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_number_is_the_shortest_decimal_that_means_it() {
        for (value, text) in [
            (0.0, "0"),
            (-12.25, "-12.25"),
            (1250.5, "1250.5"),
            (0.1, "0.1"),
            (7.0, "7"),
            (0.07, "0.07"),
            (9_999_999_999_999.99, "9999999999999.99"),
            (0.123_456_789_012_34, "0.12345678901234"),
            (999_999_999_999_999.0, "999999999999999"),
        ] {
            assert_eq!(decimal(value), text);
        }
    }

    // CASES A1
    #[test]
    fn a_value_that_may_not_be_seen_is_no_empty_one() {
        let hidden = |id: &str, field_type: Option<&str>, value: &str| {
            let read = |json: &str| serde_json::from_str::<Scalar>(json).unwrap();
            is_hidden(&read(id), field_type, &read(value))
        };
        let own = r#""text_line-7""#;
        assert!(hidden(own, None, "null"));
        assert!(hidden(own, Some(""), r#""""#));
        assert!(hidden(own, Some("text_line"), r#"{"redacted":true}"#));
        assert!(!hidden(own, Some("text_line"), "null"), "emptied");
        assert!(!hidden(own, None, r#""intake:7""#), "told");
        assert!(!hidden(own, None, "false"), "told");
        assert!(!hidden("null", None, "null"), "never had one");
        assert!(!hidden("null", Some("text_line"), "null"), "never had one");
    }
}
