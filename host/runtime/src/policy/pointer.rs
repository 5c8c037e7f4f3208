//! Pointers to members of a JSON answer, in which `*` stands for every element.
//!
//! JSON Pointer (RFC 6901) names one member. A list of parts to upload has a
//! URL in each element, so a segment `*` matches every element of an array.
//!
//! It walks an answer as [`crate::json::count`] does an input, and takes of it
//! what that refuses: of two members of one name the last counts in an answer,
//! and neither in an input. So the two share no code.

use std::fmt;
use std::str::FromStr;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::request_rule::RuleError;

/// Where in a JSON answer a text stands, such as
/// `/data/latest_document_version/put_url` or `/data/multiparts/*/put_url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberPointer {
    text: String,
    segments: Vec<String>,
}

impl MemberPointer {
    /// The texts that stand there in a JSON document, at most `most` of them;
    /// none where the document is malformed.
    ///
    /// Only what the pointer leads through is looked at, and nothing else is
    /// kept: as a tree, an answer can take a hundred times its own length.
    pub(crate) fn texts(&self, json: &[u8], most: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut document = serde_json::Deserializer::from_slice(json);
        let walk = Walk {
            segments: &self.segments,
            found: &mut found,
            most,
        };
        let whole = walk
            .deserialize(&mut document)
            .and_then(|()| document.end());
        match whole {
            Ok(()) => found,
            Err(_) => Vec::new(),
        }
    }
}

impl MemberPointer {
    /// The values that stand there in a JSON value.
    pub(crate) fn values<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        let mut found = vec![value];
        for segment in &self.segments {
            found = found
                .into_iter()
                .flat_map(|value| match value {
                    Value::Array(elements) if segment == "*" => elements.iter().collect(),
                    Value::Array(elements) => {
                        let at = segment.parse::<usize>().ok();
                        at.and_then(|at| elements.get(at)).into_iter().collect()
                    }
                    Value::Object(members) => members.get(segment).into_iter().collect(),
                    _ => Vec::new(),
                })
                .collect();
        }
        found
    }
}

/// Goes along the rest of a pointer, and collects the texts at its end.
struct Walk<'a> {
    segments: &'a [String],
    found: &'a mut Vec<String>,
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if self.segments.is_empty() && self.found.len() < self.most {
            self.found.push(text.to_owned());
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let wanted = match self.segments {
            [first, rest @ ..] => Some((first.parse::<usize>().ok(), first == "*", rest)),
            [] => None,
        };
        for n in 0_usize.. {
            let more = match wanted {
                Some((at, every, rest)) if every || at == Some(n) => {
                    let walk = Walk {
                        segments: rest,
                        found: &mut *self.found,
                        most: self.most,
                    };
                    elements.next_element_seed(walk)?.is_some()
                }
                _ => elements.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let before = self.found.len();
        let wanted = self.segments.split_first();
        while let Some(name) = members.next_key::<String>()? {
            match wanted {
                Some((first, rest)) if *first == name => {
                    // Of two members of one name the last counts, as for
                    // everybody who reads the answer into a tree.
                    self.found.truncate(before);
                    members.next_value_seed(Walk {
                        segments: rest,
                        found: &mut *self.found,
                        most: self.most,
                    })?;
                }
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
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

impl FromStr for MemberPointer {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let inside = text.strip_prefix('/').ok_or(RuleError::Place)?;
        let segments = inside
            .split('/')
            .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
            .collect();
        Ok(Self {
            text: text.to_owned(),
            segments,
        })
    }
}

impl TryFrom<String> for MemberPointer {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        text.parse()
    }
}

impl From<MemberPointer> for String {
    fn from(pointer: MemberPointer) -> Self {
        pointer.text
    }
}

impl fmt::Display for MemberPointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    fn check(pointer: &str, value: &Value, texts: &[&str]) {
        let pointer: MemberPointer = pointer.parse().unwrap();
        let text = value.to_string();
        assert_eq!(pointer.texts(text.as_bytes(), 100), texts, "{pointer}");
    }

    #[test]
    fn of_two_members_of_one_name_the_last_counts() {
        let pointer: MemberPointer = "/data/*/url".parse().unwrap();
        let twice = br#"{"data": [{"url": "a", "url": "b"}, {"url": "c", "url": 1}]}"#;
        assert_eq!(pointer.texts(twice, 100), ["b"]);
        let whole = br#"{"data": [{"url": "a"}], "data": [{"url": "b"}]}"#;
        assert_eq!(pointer.texts(whole, 100), ["b"]);
    }

    #[test]
    fn a_document_that_is_not_whole_has_no_texts() {
        let pointer: MemberPointer = "/url".parse().unwrap();
        for json in [
            r#"{"url": "a""#,
            r#"{"url": "a"} x"#,
            r#"{"url": "a",}"#,
            "",
        ] {
            assert_eq!(pointer.texts(json.as_bytes(), 100), [""; 0], "{json}");
        }
    }

    #[test]
    fn a_pointer_names_one_member_or_every_element() {
        let answer = json!({"data": {
            "put_url": "u", "empty": null, "number": 3, "a/b": "slash",
            "parts": [{"put_url": "p1"}, {"other": 1}, {"put_url": "p2"}],
        }});
        check("/data/put_url", &answer, &["u"]);
        check("/data/parts/*/put_url", &answer, &["p1", "p2"]);
        check("/data/parts/2/put_url", &answer, &["p2"]);
        check("/data/a~1b", &answer, &["slash"]);
        check("/data/empty", &answer, &[]);
        check("/data/number", &answer, &[]);
        check("/data/absent/put_url", &answer, &[]);
        check("/data/put_url/*", &answer, &[]);
        check("/data/*", &answer, &[]);
    }

    #[test]
    fn the_number_of_texts_is_bounded() {
        let answer = json!({"data": vec!["u"; 50]});
        let pointer: MemberPointer = "/data/*".parse().unwrap();
        assert_eq!(pointer.texts(answer.to_string().as_bytes(), 10).len(), 10);
    }

    #[test]
    fn a_pointer_begins_with_a_slash() {
        assert!("data".parse::<MemberPointer>().is_err());
        assert!("".parse::<MemberPointer>().is_err());
    }

    /// The most memory that this process had so far, in MiB.
    #[cfg(target_os = "linux")]
    fn peak() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >> 10
    }

    // CASES S6
    #[cfg(target_os = "linux")]
    #[test]
    fn an_answer_takes_no_more_than_its_own_length() {
        let answer = format!(
            r#"{{"data":[{}{{"url":"u"}}]}}"#,
            r#"{"":0},"#.repeat(8 << 17)
        );
        let answer = answer.as_bytes();
        let before = peak();
        let pointer: MemberPointer = "/data/*/url".parse().unwrap();
        assert_eq!(pointer.texts(answer, 10), ["u"]);
        // As a tree it takes 800.
        let grown = peak() - before;
        assert!(grown < 64, "{grown} MiB");
    }
}
