//! What the operator allows, beside what an action's description lists.
//!
//! A [`Policy`] belongs to one host and is made by the program that embeds it,
//! such as from the options of a command. An [`OperatorPolicy`] is a file of the
//! machine's operator. Of both, everything that is said must hold.
//!
//! What must stay true: both can only narrow what an action of ours may do; no
//! request of an undescribed component is let out unless the `Policy` names it;
//! no URL is granted by the description of a component that is not ours unless
//! one of the two names that component by its digest.

mod bounds;
mod denial;
mod file;
mod grant_rule;
mod host;
mod operator;
mod pattern;
mod pointer;
mod proxy;
mod request_rule;
mod rules;

use serde::{Deserialize, Serialize};

pub use self::denial::{Denial, DenialReason};
pub use self::grant_rule::{GrantPlace, GrantRule};
pub(crate) use self::host::{Described, HostPolicy};
pub use self::operator::{OperatorPolicy, PolicyFileError};
pub use self::pattern::PathPattern;
pub(crate) use self::pattern::check_path;
pub use self::pointer::MemberPointer;
pub use self::proxy::{Proxy, ProxyError};
pub use self::request_rule::{RequestRule, RuleError};
pub(crate) use self::rules::Rules;
use crate::digest::ComponentDigest;

/// What the operator allows.
///
/// As JSON it looks like this:
///
/// ```json
/// {"allow": ["GET /api/v4/contacts.json", "GET /api/v4/contacts/{id}.json"],
///  "content_origins": ["https://files.example.com"]}
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Policy {
    /// The API requests that are allowed, each as a method and a path pattern
    /// in which `{id}` stands for one or more digits. Absent: whatever the
    /// action's description lists, and nothing for a component without one.
    pub allow: Option<Vec<RequestRule>>,
    /// The origins that document content may be fetched from, such as
    /// `https://files.example.com`. Local content needs no entry. Requests to
    /// them carry no credential.
    pub content_origins: Vec<String>,
    /// The components beside this project's own whose descriptions may grant
    /// URLs: which member of an answer names where a call may send. A
    /// description is its component's own word, and a grant from a member that
    /// people fill in lets data leave for any host. The grants of this
    /// project's actions are always in force, and need no entry.
    pub grants: Vec<ComponentDigest>,
}

#[cfg(test)]
mod tests;
