//! Which requests an action may make: methods and path patterns, as pure data.
//!
//! A rule that allows a host allows everything on it: with the host's bearer
//! attached, a bad dependency in a read-only action could delete a matter or
//! subscribe its own webhook. So rules name a method and a path. An action's
//! description lists what it needs, and the operator's policy narrows that. For
//! a component without a description, the policy's list is all there is.
//!
//! What must stay true: nothing is allowed that no rule names; `/oauth/` is
//! never allowed; a path that servers may read in two ways matches nothing.

use std::fmt;
use std::str::FromStr;

use http::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::denial::DenialReason;
pub use super::pattern::PathPattern;
use super::pattern::check_path;
use super::pointer::MemberPointer;
use crate::digest::Identity;
use crate::origin::Origin;
use crate::policy::OperatorPolicy;

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

fn rule_method(text: &str) -> Result<Method, RuleError> {
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

/// The rules of one call: an action's description and the operator's policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// What the action says that it does. `None`: it has no description.
    described: Option<Vec<RequestRule>>,
    /// What the operator allows. `None`: whatever is described.
    allowed: Option<Vec<RequestRule>>,
    grants: Vec<GrantRule>,
    content: bool,
    content_origins: Vec<Origin>,
    /// The policy files of the machine, and the component that they are asked
    /// about.
    operators: Vec<OperatorPolicy>,
    component: Option<Identity>,
    /// What would let the grants that the component describes, where they are
    /// not in force.
    grants_need: Option<String>,
}

impl Rules {
    /// Of an action with a description.
    pub(crate) fn described(requests: &[RequestRule], grants: &[GrantRule], content: bool) -> Self {
        Self {
            described: Some(requests.to_vec()),
            grants: grants.to_vec(),
            content,
            ..Self::default()
        }
    }

    /// Of a component without a description: nothing, until the operator says
    /// otherwise.
    pub(crate) fn undescribed() -> Self {
        Self {
            content: true,
            ..Self::default()
        }
    }

    /// With the requests that the operator allows.
    pub(crate) fn allow(mut self, requests: Option<&[RequestRule]>) -> Self {
        self.allowed = requests.map(<[_]>::to_vec);
        self
    }

    /// With the origins that content may be fetched from.
    pub(crate) fn content_origins(mut self, origins: &[Origin]) -> Self {
        self.content_origins = origins.to_vec();
        self
    }

    /// With the policy files of the machine, and the component that they bound.
    pub(crate) fn bounded_by(mut self, operators: &[OperatorPolicy], component: &Identity) -> Self {
        self.operators = operators.to_vec();
        self.component = Some(component.clone());
        self
    }

    /// Without the grants of the description: whose word they are does not
    /// count. The rule is what would let them.
    pub(crate) fn without_grants(mut self, rule: String) -> Self {
        if !self.grants.is_empty() {
            self.grants.clear();
            self.grants_need = Some(rule);
        }
        self
    }

    /// Whether the connection may lead where it does. The error carries what to
    /// add.
    pub(crate) fn check_account(&self, origin: &Origin) -> Result<(), (DenialReason, String)> {
        for operator in &self.operators {
            operator
                .check_origin(origin)
                .map_err(|rule| (DenialReason::Operator, rule))?;
        }
        Ok(())
    }

    /// Whether a request to the connection's own origin is allowed. The error
    /// carries what to add, and where.
    pub(crate) fn check_api(
        &self,
        method: &Method,
        path: &str,
    ) -> Result<(), (DenialReason, String)> {
        check_path(path).map_err(|reason| (reason, "none: this is never allowed".to_owned()))?;
        let fits = |rules: &Vec<RequestRule>| rules.iter().any(|rule| rule.matches(method, path));
        let pattern = PathPattern::generalised(path);
        if let Some(described) = &self.described
            && !fits(described)
        {
            let rule = format!("requests = [{{ method = \"{method}\", path = \"{pattern}\" }}]");
            return Err((DenialReason::NotDescribed, rule));
        }
        let allowed = match (&self.allowed, &self.described) {
            (Some(allowed), _) => fits(allowed),
            (None, described) => described.is_some(),
        };
        if !allowed {
            return Err((
                DenialReason::NotAllowed,
                format!("allow = [\"{method} {pattern}\"]"),
            ));
        }
        let mut operators = self.operators.iter();
        let component = self.component.as_ref();
        operators.try_for_each(|operator| operator.check_api(component, method, path))
    }

    /// Whether content may be fetched from an origin.
    pub(crate) fn check_content(
        &self,
        method: &Method,
        origin: &Origin,
    ) -> Result<(), (DenialReason, String)> {
        let fetches = *method == Method::GET || *method == Method::HEAD;
        if !fetches {
            return Err((
                DenialReason::OtherOrigin,
                self.or_grant(
                    "none: requests go to the connection's own origin, to URLs that Clio gave in \
                     this call, and with GET or HEAD to the policy's content_origins",
                ),
            ));
        }
        if !self.content {
            let rule = self.or_grant("content = true");
            return Err((DenialReason::NotDescribed, rule));
        }
        if !self.content_origins.contains(origin) {
            let rule = format!("content_origins = [\"{origin}\"]");
            return Err((DenialReason::ContentOrigin, self.or_grant(&rule)));
        }
        let mut operators = self.operators.iter();
        operators.try_for_each(|operator| operator.check_content(origin))
    }

    /// A rule, and what would let a grant of the description where there is one
    /// that is not in force.
    fn or_grant(&self, rule: &str) -> String {
        match &self.grants_need {
            Some(needed) => format!("{rule}; or, if Clio gave the URL in this call, {needed}"),
            None => rule.to_owned(),
        }
    }

    /// The grants that an answer to this request may give.
    pub(crate) fn grants_of<'a>(
        &'a self,
        method: &'a Method,
        path: &'a str,
    ) -> impl Iterator<Item = &'a GrantRule> {
        let fits = |rule: &&GrantRule| rule.method == *method && rule.path.matches(path);
        self.grants.iter().filter(fits)
    }
}

#[cfg(test)]
#[path = "tests/rules.rs"]
mod tests;
