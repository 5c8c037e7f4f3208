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

use http::Method;

use super::denial::DenialReason;
use super::grant_rule::GrantRule;
use super::operator::OperatorPolicy;
use super::pattern::{PathPattern, check_path};
use super::request_rule::RequestRule;
use crate::digest::Identity;
use crate::origin::Origin;

/// What the calls of one action may send: its description, and what embedder and
/// operators leave of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// What the action says that it does. `None`: it has no description.
    described: Option<Vec<RequestRule>>,
    /// What the embedder allows. `None`: whatever is described.
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

    /// With the requests that the embedder allows.
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

    /// Whether any request to the account could be let out that changes something.
    pub(crate) fn may_write(&self) -> bool {
        let writes = |rule: &RequestRule| rule.method != Method::GET && rule.method != Method::HEAD;
        let any = |rules: &Option<Vec<RequestRule>>| rules.as_ref().map(|it| it.iter().any(writes));
        match (any(&self.described), any(&self.allowed)) {
            (Some(described), allowed) => described && allowed.unwrap_or(true),
            (None, allowed) => allowed.unwrap_or(false),
        }
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
