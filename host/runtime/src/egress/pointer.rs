//! Pointers to members of a JSON answer, in which `*` stands for every element.
//!
//! JSON Pointer (RFC 6901) names one member. A list of parts to upload has a
//! URL in each element, so a segment `*` matches every element of an array.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rules::RuleError;

/// Where in a JSON answer a text stands, such as
/// `/data/latest_document_version/put_url` or `/data/multiparts/*/put_url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberPointer {
    text: String,
    segments: Vec<String>,
}

impl MemberPointer {
    /// The texts that stand there, at most `most` of them.
    pub(crate) fn texts<'a>(&self, value: &'a Value, most: usize) -> Vec<&'a str> {
        let mut at = vec![value];
        for segment in &self.segments {
            let mut next = Vec::new();
            for value in at {
                match value {
                    Value::Array(elements) if segment == "*" => {
                        next.extend(elements.iter().take(most));
                    }
                    Value::Array(elements) => {
                        next.extend(segment.parse().ok().and_then(|i: usize| elements.get(i)));
                    }
                    Value::Object(members) => next.extend(members.get(segment)),
                    _ => {}
                }
            }
            next.truncate(most);
            at = next;
        }
        at.into_iter().filter_map(Value::as_str).collect()
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
    use serde_json::json;

    fn check(pointer: &str, value: &Value, texts: &[&str]) {
        let pointer: MemberPointer = pointer.parse().unwrap();
        assert_eq!(pointer.texts(value, 100), texts, "{pointer}");
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
        assert_eq!(pointer.texts(&answer, 10).len(), 10);
    }

    #[test]
    fn a_pointer_begins_with_a_slash() {
        assert!("data".parse::<MemberPointer>().is_err());
        assert!("".parse::<MemberPointer>().is_err());
    }
}
