//! Who asks, and what they may.
//!
//! Each request brings a key (`Authorization: Bearer clio_…`), or a browser's
//! session that one was signed in with. What is nobody's to see is told as not
//! there.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use clio_runner::journal::api_keys::{ApiKey, Connections, Right};
use http::{StatusCode, header, request::Parts};

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
        let refused = || {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "not_authorized",
                "send a key as `Authorization: Bearer KEY`; `clio key add` makes one",
            )
        };
        let given = parts.headers.get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer "));
        let key = given.ok_or_else(refused)?;
        let key = service.journal.api_key_of(key)?.ok_or_else(refused)?;
        Ok(Self { key })
    }
}
