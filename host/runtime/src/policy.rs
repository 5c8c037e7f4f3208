//! The operator's policy: what calls may do, apart from what actions ask for.
//!
//! An action's description lists the requests that it makes. A policy narrows
//! that list; it never widens it. For a component without a description the
//! policy is the list.
//!
//! What must stay true: the default policy adds nothing, so that no content URL
//! and no request of an undescribed component is let out by default.

use serde::{Deserialize, Serialize};

use crate::egress::rules::RequestRule;

/// What the operator allows.
///
/// As a file (TOML or JSON) it looks like this:
///
/// ```toml
/// allow = ["GET /api/v4/contacts.json", "GET /api/v4/contacts/{id}.json"]
/// content_origins = ["https://files.example.com"]
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The API requests that are allowed, each as a method and a path pattern
    /// in which `{id}` stands for one or more digits. Absent: whatever the
    /// action's description lists, and nothing for a component without one.
    pub allow: Option<Vec<RequestRule>>,
    /// The origins that document content may be fetched from, such as
    /// `https://files.example.com`. Local content needs no entry. Requests to
    /// them carry no credential.
    pub content_origins: Vec<String>,
    /// Origins that a connection may name beside Clio's own, such as
    /// `https://clio.example.com`. The library takes such an origin only as an
    /// explicit [`crate::Origin::allow`]; this list is for commands that read
    /// it from a file.
    pub allow_origins: Vec<String>,
}
