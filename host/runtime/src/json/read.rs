//! JSON text into a tree, of bounded size.
//!
//! As a tree a value can take a hundred times the bytes that it is written in:
//! `{"":0}` has six, and takes six hundred. So the values are counted first, and
//! text with more than an input may have is not read.
//!
//! Of a member that stands twice in one object the last would count, unseen by
//! whoever reads the first: `"approved": false` at the top of a document. So such
//! text is not read either.

use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Value};

use super::MAX_VALUES;

/// Reads JSON with at most as many values (members, elements, scalars) as an
/// input may have: 200,000.
///
/// # Errors
/// When the text is no JSON, holds more, or repeats a member of an object.
pub fn read(text: &[u8]) -> Result<Value, Error> {
    count(text)?;
    serde_json::from_slice(text)
}

/// Looks whether JSON has at most as many values as an input may have, and no
/// member twice in one object. Keeps nothing of it.
///
/// # Errors
/// When the text is no JSON; or, an error of the data, when it holds more or
/// repeats a member.
pub fn count(text: &[u8]) -> Result<(), Error> {
    let mut left = MAX_VALUES;
    let mut document = serde_json::Deserializer::from_slice(text);
    Count(&mut left).deserialize(&mut document)?;
    document.end()
}

/// Takes each value off what is left.
struct Count<'a>(&'a mut usize);

impl Count<'_> {
    fn again(&mut self) -> Count<'_> {
        Count(self.0)
    }
}

impl<'de> DeserializeSeed<'de> for Count<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        *self.0 = self
            .0
            .checked_sub(1)
            .ok_or_else(|| D::Error::custom(format!("it holds more than {MAX_VALUES} values")))?;
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Count<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format!(
                    "the member {name:?} stands twice in one object"
                )));
            }
            names.insert(name);
            members.next_value_seed(self.again())?;
        }
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    // CASES S6
    #[test]
    fn text_with_more_values_than_an_input_may_have_is_not_read() {
        let one = r#"{"":0},"#;
        let many = format!("[{}0]", one.repeat(MAX_VALUES / 2));
        let error = read(many.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("more than 200000 values"), "{error}");
        let some = format!("[{}0]", one.repeat(MAX_VALUES / 2 - 1));
        assert!(read(some.as_bytes()).is_ok());
        // A long text is one value.
        let long = format!("\"{}\"", "x".repeat(4 * MAX_VALUES));
        assert!(read(long.as_bytes()).is_ok());
    }

    #[test]
    fn a_member_that_stands_twice_in_one_object_is_named() {
        for text in [
            r#"{"approved": false, "file": "a", "approved": true}"#,
            r#"{"documents": [{}, {"approved": true, "approved": true}]}"#,
            r#"{"a": {"approved": 1, "b": {"approved": 2}, "appro\u0076ed": 3}}"#,
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.is_data(), "{error}");
            let told = error.to_string();
            assert!(told.contains("\"approved\" stands twice"), "{told}");
        }
        let apart = r#"[{"a": {"a": 1}, "A": {"a": 2}}, {"a": 3}]"#;
        assert!(read(apart.as_bytes()).is_ok());
    }

    #[test]
    fn the_rest_is_read_as_ever() {
        let text = r#" {"a": [1, -2, 0.5, "é\n", true, null], "b": {}} "#;
        let read_here = read(text.as_bytes()).unwrap();
        assert_eq!(
            read_here,
            json!({"a": [1, -2, 0.5, "é\n", true, null], "b": {}})
        );
        for wrong in ["", "{", "[1] 2", "{\"a\"}", "nul"] {
            let plain = serde_json::from_slice::<Value>(wrong.as_bytes()).unwrap_err();
            let error = read(wrong.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), plain.to_string(), "{wrong}");
        }
    }
}
