//! The query of an API request: decoded, checked against the endpoint's
//! parameters, and watched for parameters nobody looked at.
//!
//! Clio ignores parameters it does not know, silently: a misspelled filter
//! returns the whole account. Here it is ignored too, and recorded.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::answer::ApiError;
use crate::clock::parse_instant;
use crate::description::{Operation, ValueShape};

/// Decodes `a=1&b%5B%5D=2`. `+` is a space, as in forms.
pub(crate) fn decode(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (text(name), text(value))
        })
        .collect()
}

/// Encodes pairs so that [`decode`] gives them back.
pub(crate) fn encode(pairs: &[(String, String)]) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const SET: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~')
        .remove(b',');
    pairs
        .iter()
        .map(|(k, v)| {
            format!(
                "{}={}",
                utf8_percent_encode(k, SET),
                utf8_percent_encode(v, SET)
            )
        })
        .collect::<Vec<_>>()
        .join("&")
}

/// An id filter: a number, or the keyword `null` for "has none".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdFilter {
    Null,
    Is(u64),
}

impl IdFilter {
    pub(crate) fn accepts(self, id: Option<u64>) -> bool {
        match self {
            Self::Null => id.is_none(),
            Self::Is(want) => id == Some(want),
        }
    }
}

/// The checked query of one request.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    looked_at: RefCell<BTreeSet<String>>,
}

impl Query {
    /// Checks the pairs against the operation. Returns the names Clio would
    /// ignore beside the query without them.
    pub(crate) fn check(
        operation: &Operation,
        pairs: Vec<(String, String)>,
    ) -> Result<(Self, Vec<String>), ApiError> {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for (name, value) in pairs {
            match operation.query.get(parameter_name(&name)) {
                Some(shape) => {
                    check_value(&name, &value, shape)?;
                    known.push((name, value));
                }
                None => unknown.push(name),
            }
        }
        let query = Self {
            pairs: known,
            looked_at: RefCell::default(),
        };
        Ok((query, unknown))
    }

    /// Known parameters that no handler looked at: filters that Clio has and
    /// the sandbox does not simulate.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let seen = self.looked_at.borrow();
        self.pairs
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !seen.contains(*name))
            .cloned()
            .collect()
    }

    /// All known pairs, for the next page's URL.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The last value of a parameter; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.looked_at.borrow_mut().insert(name.to_owned());
        self.pairs
            .iter()
            .rev()
            .find(|(n, v)| n == name && !v.is_empty())
            .map(|(_, v)| v.as_str())
    }

    /// All values of a repeated parameter.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        self.looked_at.borrow_mut().insert(name.to_owned());
        self.pairs
            .iter()
            .filter(|(n, v)| n == name && !v.is_empty())
            .map(|(_, v)| v.as_str())
            .collect()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|v| v == "true" || v == "1")
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).and_then(|v| v.parse().ok())
    }

    pub(crate) fn id(&self, name: &str) -> Option<IdFilter> {
        self.text(name).and_then(|v| match v {
            "null" => Some(IdFilter::Null),
            _ => v.parse().ok().map(IdFilter::Is),
        })
    }

    pub(crate) fn ids(&self, name: &str) -> Option<BTreeSet<u64>> {
        let texts = self.texts(name);
        (!texts.is_empty()).then(|| texts.iter().filter_map(|v| v.parse().ok()).collect())
    }

    pub(crate) fn instant(&self, name: &str) -> Option<Timestamp> {
        self.text(name).and_then(parse_instant)
    }

    /// The `name[KEY]=value` pairs.
    pub(crate) fn keyed(&self, name: &str) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        for (pair, value) in &self.pairs {
            if let Some(key) = pair
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('['))
                .and_then(|rest| rest.strip_suffix(']'))
            {
                self.looked_at.borrow_mut().insert(pair.clone());
                found.push((key, value.as_str()));
            }
        }
        found
    }
}

/// The description writes `custom_field_values` for what is used as
/// `custom_field_values[12345]`. Without a key it filters nothing.
fn parameter_name(name: &str) -> &str {
    match name.strip_prefix("custom_field_values") {
        Some("") => "custom_field_values[]",
        Some(rest) if rest.starts_with('[') && rest.ends_with(']') && rest.len() > 2 => {
            "custom_field_values"
        }
        _ => name,
    }
}

/// What Clio answers to an unreadable value is documented only as "400" of the
/// list operations.
fn check_value(name: &str, value: &str, shape: &ValueShape) -> Result<(), ApiError> {
    if value.is_empty() {
        return Ok(());
    }
    let fits = match shape {
        ValueShape::Plain(kind) => match kind.as_str() {
            "integer" => value == "null" || value.parse::<u64>().is_ok(),
            "boolean" => matches!(value, "true" | "false" | "1" | "0"),
            "date-time" => parse_instant(value).is_some(),
            _ => true,
        },
        ValueShape::Enum { values } => match name {
            // Operators, not values.
            _ if name.ends_with(']') => true,
            "open_date" | "close_date" | "pending_date" => true,
            // The description lists the searched column, not the values.
            "query" => true,
            // `status=open,pending` is documented in words; `parent_type=Matter`
            // was seen to work beside the lower-case form.
            "status" => value.split(',').all(|v| values.iter().any(|w| w == v)),
            "parent_type" => values.iter().any(|w| w.eq_ignore_ascii_case(value)),
            _ => values.iter().any(|w| w == value),
        },
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(ApiError::bad_request(format!("{name} is invalid")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_survive_encoding() {
        let pairs = decode("fields=id,matter%7Bid%7D&ids%5B%5D=1&ids[]=2&q=a+b%2Bc");
        assert_eq!(pairs[0].1, "id,matter{id}");
        assert_eq!(pairs[2], ("ids[]".to_owned(), "2".to_owned()));
        assert_eq!(pairs[3].1, "a b+c");
        assert_eq!(decode(&encode(&pairs)), pairs);
    }

    #[test]
    fn a_custom_field_filter_needs_its_key() {
        assert_eq!(
            parameter_name("custom_field_values[12]"),
            "custom_field_values"
        );
        assert_ne!(parameter_name("custom_field_values"), "custom_field_values");
        assert_eq!(parameter_name("ids[]"), "ids[]");
    }
}
