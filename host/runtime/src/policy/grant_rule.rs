//! Which URLs an answer grants to the call that received it.

use http::Method;
use serde::{Deserialize, Serialize};

use super::pattern::PathPattern;
use super::pointer::MemberPointer;
use super::request_rule::{RuleError, rule_method};

/// Which member of which answer grants a URL to the same call.
///
/// Storage is not allow-listed: a pattern for its host would fit the presigned
/// URLs of every customer of that cloud region. Instead exactly the URL that
/// Clio gave in an answer is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "GrantForm", into = "GrantForm")]
#[non_exhaustive]
pub struct GrantRule {
    /// The method of the request whose answer grants.
    pub method: Method,
    /// The path of the request whose answer grants.
    pub path: PathPattern,
    /// Where in the answer the URL stands.
    pub place: GrantPlace,
    /// The method that is granted on the URL.
    pub allows: Method,
}

/// Where in an answer a granted URL stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantPlace {
    /// In members of the JSON body.
    Member(MemberPointer),
    /// In the `Location` field of a redirect.
    Location,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantForm {
    method: String,
    path: PathPattern,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member: Option<MemberPointer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    allows: String,
}

impl TryFrom<GrantForm> for GrantRule {
    type Error = RuleError;

    fn try_from(form: GrantForm) -> Result<Self, RuleError> {
        let place = match (form.member, form.header) {
            (Some(member), None) => GrantPlace::Member(member),
            (None, Some(header)) if header.eq_ignore_ascii_case("location") => GrantPlace::Location,
            _ => return Err(RuleError::Place),
        };
        Ok(Self {
            method: rule_method(&form.method)?,
            path: form.path,
            place,
            allows: rule_method(&form.allows)?,
        })
    }
}

impl From<GrantRule> for GrantForm {
    fn from(rule: GrantRule) -> Self {
        let (member, header) = match rule.place {
            GrantPlace::Member(member) => (Some(member), None),
            GrantPlace::Location => (None, Some("location".to_owned())),
        };
        Self {
            method: rule.method.to_string(),
            path: rule.path,
            member,
            header,
            allows: rule.allows.to_string(),
        }
    }
}
