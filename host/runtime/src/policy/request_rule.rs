//! One kind of request that is allowed: a method and a path.

use std::fmt;
use std::str::FromStr;

use http::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pattern::PathPattern;

/// One kind of request that is allowed: a method and a path.
///
/// Read either from an object, `{"method": "GET", "path": "/api/v4/…"}`, or
/// from one text, `"GET /api/v4/…"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RequestRule {
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: Method,
    /// The path, without a query.
    pub path: PathPattern,
}

impl RequestRule {
    pub(crate) fn matches(&self, method: &Method, path: &str) -> bool {
        self.method == *method && self.path.matches(path)
    }
}

impl FromStr for RequestRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (method, path) = text.split_once(' ').ok_or(RuleError::Form)?;
        Ok(Self {
            method: rule_method(method)?,
            path: path.parse()?,
        })
    }
}

impl fmt::Display for RequestRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleParts {
    method: String,
    path: PathPattern,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RuleForm {
    Text(String),
    Parts(RuleParts),
}

impl Serialize for RequestRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RuleParts {
            method: self.method.to_string(),
            path: self.path.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RequestRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rule = match RuleForm::deserialize(deserializer)? {
            RuleForm::Text(text) => text.parse(),
            RuleForm::Parts(parts) => rule_method(&parts.method).map(|method| Self {
                method,
                path: parts.path,
            }),
        };
        rule.map_err(serde::de::Error::custom)
    }
}

/// Why a rule cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Not a method, one space and a path.
    #[error("a rule is a method and a path, such as `GET /api/v4/contacts/{{id}}.json`")]
    Form,
    /// Not one of the methods.
    #[error("the method of a rule is GET, HEAD, POST, PUT, PATCH or DELETE, in capitals")]
    Method,
    /// Not a plain path.
    #[error(
        "the path of a rule begins with a slash, has no query, no empty or dotted segment, \
         lies outside /oauth, and holds no wildcard but {{id}}"
    )]
    Path,
    /// Neither a member nor the `Location` field.
    #[error("a grant names either a `member` of the body or the header `location`")]
    Place,
}

pub(super) fn rule_method(text: &str) -> Result<Method, RuleError> {
    match text {
        "GET" => Ok(Method::GET),
        "HEAD" => Ok(Method::HEAD),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        _ => Err(RuleError::Method),
    }
}
