//! The form of a policy file: TOML, every member known, every value checked.
//!
//! A member that is misspelt would silently allow what it was meant to forbid,
//! so an unknown one is an error, and so is the name of no action.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::bounds::LimitBounds;
use super::proxy::Proxy;
use super::request_rule::RequestRule;
use crate::digest::ComponentDigest;
use crate::origin::Origin;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PolicyForm {
    pub(super) allow: Option<Vec<RequestRule>>,
    pub(super) deny: Vec<RequestRule>,
    pub(super) origins: Option<Vec<Place>>,
    pub(super) content_origins: Option<Vec<ContentOrigin>>,
    pub(super) other_components: Option<bool>,
    pub(super) actions: BTreeMap<ActionName, ActionForm>,
    pub(super) components: BTreeMap<ComponentDigest, ComponentForm>,
    pub(super) limits: LimitBounds,
    pub(super) network: NetworkForm,
}

/// Bounds for one action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionForm {
    pub(super) allow: Vec<RequestRule>,
}

/// The operator's word on one component that is not of this project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ComponentForm {
    pub(super) allow: Option<Vec<RequestRule>>,
    pub(super) grants: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NetworkForm {
    pub(super) proxy: Option<ProxyForm>,
    pub(super) ca_file: Option<PathBuf>,
}

/// An account's origin, or any sandbox of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Origin(Origin),
    Sandbox,
}

impl Place {
    pub(super) fn holds(&self, origin: &Origin) -> bool {
        match self {
            Self::Origin(place) => place == origin,
            Self::Sandbox => origin.is_loopback(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContentOrigin(pub(super) Origin);

#[derive(Debug)]
pub(super) struct ProxyForm(pub(super) Proxy);

/// The name of one of our actions. Other components are bounded by what holds
/// for all: they could take any name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ActionName(pub(super) String);

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "sandbox" {
            return Ok(Self::Sandbox);
        }
        let origin = Origin::allow(text).map(Self::Origin);
        origin.map_err(|error| format!("{text:?} is neither an origin nor \"sandbox\": {error}"))
    }
}

impl FromStr for ContentOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let origin = Origin::allow(text).map(Self);
        origin.map_err(|error| format!("{text:?} is no origin: {error}"))
    }
}

impl FromStr for ProxyForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The text may hold a password: it is not repeated.
        match text {
            "environment" => Ok(Self(Proxy::from_environment())),
            url => Proxy::parse(url)
                .map(Self)
                .map_err(|error| error.to_string()),
        }
    }
}

impl FromStr for ActionName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if clio_catalog::action(text).is_some() {
            return Ok(Self(text.to_owned()));
        }
        let known: Vec<&str> = clio_catalog::actions().iter().map(|a| a.name).collect();
        Err(format!(
            "there is no action {text:?}; there are {}",
            known.join(", ")
        ))
    }
}

fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err = String>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

macro_rules! read_from_text {
    ($($kind:ty),*) => {$(
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer)
            }
        }
    )*};
}

read_from_text!(Place, ContentOrigin, ProxyForm, ActionName);
