//! A request that was not let out, and the rule that would allow it.

use std::fmt;

use serde::Serialize;

/// A request that was not let out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Denial {
    /// The method and URL, without a query. Outside of the account's own
    /// origin the path is left out as well.
    pub request: String,
    /// The rule that would allow it, and in what form: a line of the operator's
    /// policy (`allow = […]`, `content_origins = […]`), where that is a file with
    /// its name, or a member of the action's own description (`requests = […]`,
    /// `content = true`).
    pub rule: String,
    /// Why it was denied.
    pub reason: DenialReason,
}

/// Why a request was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DenialReason {
    /// The action's description does not list the request.
    NotDescribed,
    /// The operator's policy does not allow the request.
    NotAllowed,
    /// A policy file of the machine's operator does not allow the request.
    Operator,
    /// No rule can allow it, such as anything below `/oauth/`.
    NeverAllowed,
    /// The path can be read in more than one way.
    AmbiguousPath,
    /// The URL is not plain.
    Url,
    /// The URL is neither the account's nor one that Clio gave in this call.
    OtherOrigin,
    /// The policy does not list the origin for content.
    ContentOrigin,
    /// Content, or a URL that was granted, on the account's own server.
    NotContent,
    /// The address behind the name is private, local or reserved.
    Address,
    /// The request carries a field that guests may not set.
    Header,
}

impl fmt::Display for DenialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDescribed => "the action's description does not list the request",
            Self::NotAllowed => "the policy does not allow the request",
            Self::Operator => "the operator's policy file does not allow the request",
            Self::NeverAllowed => "no rule can allow the request",
            Self::AmbiguousPath => "the path can be read in more than one way",
            Self::Url => "the URL is not plain",
            Self::OtherOrigin => {
                "the URL is neither the account's nor one that Clio gave in this call"
            }
            Self::ContentOrigin => "the policy does not list the origin for content",
            Self::NotContent => "what stands on the account's own server is not content",
            Self::Address => "the address behind the name is private, local or reserved",
            Self::Header => "the request carries a field that guests may not set",
        })
    }
}
