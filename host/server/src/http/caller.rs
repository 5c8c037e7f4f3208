//! Who asks, and what they may.
//!
//! Each request brings a key (`Authorization: Bearer clio_…`), or a browser's
//! session that one was signed in with. What is nobody's to see is told as not
//! there.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use clio_runner::journal::api_keys::{ApiKey, Connections, Right};
use http::{StatusCode, header, request::Parts};

use super::peer::Peer;
use super::problem::Problem;
use crate::service::Service;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) key: ApiKey,
}

impl Caller {
    /// Refuses what the key does not allow: a foreign connection is not there.
    pub(crate) fn may(&self, right: Right, connection: &str) -> Result<(), Problem> {
        if !self.key.connections.hold(connection) {
            return Err(Problem::not_found("connection of that name"));
        }
        if !self.key.rights.contains(&right) {
            let word = right.word();
            return Err(Problem::forbidden(format!(
                "the key has no right to {word}"
            )));
        }
        Ok(())
    }

    /// The connections that it may see; none: all.
    pub(crate) fn connections(&self) -> Option<Vec<String>> {
        match &self.key.connections {
            Connections::All => None,
            Connections::These(these) => Some(these.iter().cloned().collect()),
        }
    }
}

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, Problem> {
        let peer = Peer::from_request_parts(parts, service).await?;
        let given = parts.headers.get_all(header::AUTHORIZATION);
        let mut given = given.iter();
        let (Some(key), None) = (given.next(), given.next()) else {
            return Err(no_key());
        };
        let key = key.to_str().ok().and_then(bearer).ok_or_else(no_key)?;
        let key = key_of(service, &peer, key).await?.ok_or_else(no_key)?;
        Ok(Self { key })
    }
}

/// The key that somebody shows. None: it is wrong, which is found out slowly.
pub(crate) async fn key_of(
    service: &Service,
    peer: &Peer,
    shown: &str,
) -> Result<Option<ApiKey>, Problem> {
    let Some(key) = service.journal.api_key_of(shown)? else {
        service.metrics.wrong_key();
        peer.tries.wrong(peer.address).await?;
        return Ok(None);
    };
    service.journal.api_key_used(&key)?;
    Ok(Some(key))
}

fn no_key() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "not_authorized",
        "send a key as `Authorization: Bearer KEY`; `clio key add` makes one",
    )
}

/// What stands after the scheme, which is written in any case.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}
