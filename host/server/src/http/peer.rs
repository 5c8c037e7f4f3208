//! Who is at the other end of a connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;

use super::problem::Problem;
use super::tries::Tries;

/// The other end, and ours. Behind a proxy the address is the proxy's: what a field
/// of the head says of another one is anybody's to write, and believed by nobody.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// Where it reached us.
    pub(crate) local: SocketAddr,
    pub(super) tries: Arc<Tries>,
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let known = parts.extensions.get::<Self>().cloned();
        // Each request comes over a connection, which knows it.
        known.ok_or_else(|| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failed",
                "it is not known whence the request came",
            )
        })
    }
}
