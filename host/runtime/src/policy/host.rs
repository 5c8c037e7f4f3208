//! What a host lets its actions send: the embedder's policy and the operators'
//! files, of which all hold.

use super::Policy;
use super::grant_rule::GrantRule;
use super::operator::OperatorPolicy;
use super::request_rule::RequestRule;
use super::rules::Rules;
use crate::digest::{ComponentDigest, Identity};
use crate::limits::Limits;
use crate::origin::{Origin, OriginError};

/// What a component says of itself that rules are made of.
pub(crate) struct Described<'a> {
    pub(crate) requests: &'a [RequestRule],
    pub(crate) grants: &'a [GrantRule],
    pub(crate) content: bool,
}

/// The policy of one host.
#[derive(Debug)]
pub(crate) struct HostPolicy {
    embedder: Policy,
    content_origins: Vec<Origin>,
    operators: Vec<OperatorPolicy>,
}

impl HostPolicy {
    /// # Errors
    /// When the embedder lists an origin of content that is none.
    pub(crate) fn new(
        embedder: Policy,
        operators: Vec<OperatorPolicy>,
    ) -> Result<Self, OriginError> {
        let listed = embedder.content_origins.iter();
        Ok(Self {
            content_origins: listed
                .map(|text| Origin::allow(text))
                .collect::<Result<_, _>>()?,
            embedder,
            operators,
        })
    }

    /// Whether components beside our actions may run. The error is the rule
    /// that would let them.
    pub(crate) fn check_other_components(&self) -> Result<(), String> {
        let mut operators = self.operators.iter();
        operators.try_for_each(OperatorPolicy::check_other_components)
    }

    /// The limits of a call, none higher than the operators' bounds.
    pub(crate) fn lower(&self, limits: Limits) -> Limits {
        let operators = self.operators.iter();
        operators.fold(limits, |limits, operator| operator.lower(limits))
    }

    /// What a component may send: made once, when it is loaded.
    pub(crate) fn rules(&self, component: &Identity, described: Option<Described<'_>>) -> Rules {
        let rules = match described {
            Some(it) => Rules::described(it.requests, it.grants, it.content),
            None => Rules::undescribed(),
        };
        let rules = rules
            .allow(self.embedder.allow.as_deref())
            .content_origins(&self.content_origins)
            .bounded_by(&self.operators, component);
        match component {
            Identity::Other(digest) if !self.may_grant(digest) => {
                let rule = format!("[components.\"{digest}\"] grants = true (in a policy file)");
                rules.without_grants(rule)
            }
            _ => rules,
        }
    }

    /// Whether somebody who may say so lets the description of a component
    /// that is not ours grant URLs, and no policy file says that it may not.
    fn may_grant(&self, component: &ComponentDigest) -> bool {
        let operators = self.operators.iter();
        let said: Vec<bool> = operators.filter_map(|it| it.grants(component)).collect();
        let embedder = self.embedder.grants.contains(component);
        !said.contains(&false) && (embedder || said.contains(&true))
    }
}
