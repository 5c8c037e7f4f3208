//! What an action is and does: the description that travels with a component.
//!
//! A build makes it from the contract and the action's own facts and appends it
//! to the component as a custom section. The host reads from it which requests
//! the action may make, and callers read from it how to call.
//!
//! What must stay true: a component without a description has no request
//! allowed by itself. The host never invents one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::policy::{GrantRule, MemberPointer, RequestRule};

/// The name of the custom section that holds the description, as JSON.
pub const SECTION: &str = "clio:action";

/// The version of the description format that this host reads.
pub const FORMAT: u32 = 1;

/// What an action is and does.
///
/// The JSON Schemas follow the JSON mapping of [`crate::json`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Description {
    /// The version of this format: [`FORMAT`].
    pub format: u32,
    /// The action's name, such as `sync-contact`.
    pub name: String,
    /// Its version, a semantic version.
    pub version: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// The exported interface with its version, such as
    /// `clio:actions/sync-contact@0.1.0`.
    pub interface: String,
    /// The functions of that interface.
    pub functions: Vec<FunctionDescription>,
    /// How safe it is to call.
    #[serde(default)]
    pub hints: Hints,
    /// The permissions that it needs in Clio, such as `contacts:write`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// How many API requests one call usually takes. This much of the rate
    /// budget is reserved before a call begins.
    #[serde(default)]
    pub cost: u32,
    /// The requests that it makes. Nothing else is let out.
    #[serde(default)]
    pub requests: Vec<RequestRule>,
    /// Which members of which answers grant a URL to the same call.
    #[serde(default)]
    pub grants: Vec<GrantRule>,
    /// Whether it may fetch content from URLs.
    #[serde(default)]
    pub content: bool,
}

/// One function of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FunctionDescription {
    /// Its name within the interface, such as `sync`.
    pub name: String,
    /// What it does, and which errors it returns.
    #[serde(default)]
    pub documentation: String,
    /// The JSON Schema of its input. This one and the two below are made from the
    /// component's types where they are left out.
    #[serde(default)]
    pub input: Value,
    /// The JSON Schema of what it returns when it succeeds.
    #[serde(default)]
    pub output: Value,
    /// The JSON Schema of its error.
    #[serde(default)]
    pub error: Value,
    /// Where its output names ids of Clio's, the record itself first. The audit
    /// holds these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<MemberPointer>,
}

/// How safe it is to call an action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Hints {
    /// It changes nothing in Clio.
    pub read_only: bool,
    /// It may remove or overwrite something.
    pub destructive: bool,
    /// Calling it again with the same input changes nothing more.
    pub idempotent: bool,
}

impl Description {
    /// Reads a description.
    ///
    /// # Errors
    /// When the JSON does not have the form above, or says another format.
    pub fn parse(json: &[u8]) -> Result<Self, DescriptionError> {
        let description: Self = serde_json::from_slice(json)
            .map_err(|cause| DescriptionError::Malformed(cause.to_string()))?;
        if description.format != FORMAT {
            return Err(DescriptionError::Format(description.format));
        }
        Ok(description)
    }
}

/// Why a description cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// Not the expected JSON.
    #[error("the component's `{SECTION}` section is malformed: {0}; rebuild the component")]
    Malformed(String),
    /// A format of another version.
    #[error(
        "the component's `{SECTION}` section has format {0}, and this host reads format {FORMAT}; \
         use a host and a component of the same release"
    )]
    Format(u32),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MINIMAL: &str = r#"{"format":1,"name":"n","version":"0.1.0","summary":"s",
        "interface":"a:b/c@0.1.0","functions":[]}"#;

    #[test]
    fn absent_members_allow_nothing() {
        let description = Description::parse(MINIMAL.as_bytes()).unwrap();
        assert!(description.requests.is_empty());
        assert!(description.grants.is_empty());
        assert!(!description.content);
    }

    #[test]
    fn another_format_is_refused_by_number() {
        let json = MINIMAL.replace("\"format\":1", "\"format\":2");
        let error = Description::parse(json.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("format 2"), "{error}");
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let json = MINIMAL.replace("\"functions\":[]", "\"functions\":[],\"allow\":[]");
        assert!(Description::parse(json.as_bytes()).is_err());
    }
}
