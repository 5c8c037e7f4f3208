//! The readers that meet foreign text, handed out to the tests that feed them
//! random input. No part of the library's interface: it changes without notice.
//!
//! Everything here only passes on. A reader that had a form of its own for
//! tests would be tested in a form that nobody runs.

use http::Uri;

pub use crate::json::from_value::from_value;
pub use crate::json::names::Name;
pub use crate::json::shape::Shape;
pub use crate::json::to_value::to_value;
pub use wasmtime::component::Val;

use crate::Action;
use crate::origin::{AuthorityError, Destination, Origin, UrlHost};
use crate::policy::Rules;

/// The parameters of every function that an action exports.
#[must_use]
pub fn parameters(action: &Action) -> Vec<Shape> {
    (0..)
        .map_while(|n| action.functions_at(n))
        .filter_map(|function| function.signature.as_ref().ok())
        .flat_map(|signature| signature.shapes().cloned())
        .collect()
}

/// What egress understands of a request's URL, and works with from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The host that rules and resolution get, without brackets.
    pub host: String,
    /// The port that is dialled.
    pub port: u16,
    /// The path that rules compare.
    pub path: String,
    /// What follows the first `?`.
    pub query: Option<String>,
    /// The URL that goes out.
    pub sent: String,
}

/// Reads the URL of a request as egress does. `None`: it is no URL at all, or
/// none that can be written out.
#[must_use]
pub fn understood(url: &str) -> Option<Result<Understood, AuthorityError>> {
    let uri: Uri = url.parse().ok()?;
    let destination = match Destination::of(&uri) {
        Ok(destination) => destination,
        Err(error) => return Some(Err(error)),
    };
    let origin: &Origin = &destination.origin;
    Some(Ok(Understood {
        scheme: origin.scheme().as_str(),
        host: match origin.host() {
            UrlHost::Name(name) => name.clone(),
            UrlHost::V4(address) => address.to_string(),
            UrlHost::V6(address) => address.to_string(),
        },
        port: origin.port(),
        sent: destination.uri().ok()?.to_string(),
        path: destination.path,
        query: destination.query,
    }))
}

/// The rule that a denial of this request names. `None`: it is allowed, or
/// never.
#[must_use]
pub fn rule_to_add(method: &http::Method, path: &str) -> Option<String> {
    let denied = Rules::described(&[], &[], false).check_api(method, path);
    let (_, rule) = denied.err()?;
    rule.starts_with("requests").then_some(rule)
}
