//! Reads that an embedder makes about its own connection: who am I, and whether
//! a permission is there. What they mean is the embedder's to know.

use bytes::Bytes;
use http::{HeaderValue, Request, header};

use crate::connection::{Connection, CredentialError};
use crate::egress::network::{Network, NetworkError};

/// An answer of Clio's.
#[derive(Debug, Clone)]
pub struct AccountAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, where it is JSON.
    pub json: Option<serde_json::Value>,
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no usable token.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// No answer came.
    #[error("Clio could not be asked: {0}")]
    Network(#[from] NetworkError),
}

/// Reads `path`, with its query, of the connection's account. After a 401 the
/// token is renewed once and the read repeated.
///
/// It is not drawn from the connection's rate budget: it is meant for the few
/// requests of a person who looks after a connection.
///
/// # Errors
/// When there is no token, or no answer came.
pub async fn read_account(
    network: &Network,
    connection: &Connection,
    path: &str,
) -> Result<AccountAnswer, ReadError> {
    let provider = connection.credential();
    let mut token = provider.bearer().await?;
    let mut renewed = false;
    loop {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = path.parse().map_err(|_| NetworkError::Request)?;
        let fields = request.headers_mut();
        fields.insert(header::AUTHORIZATION, token.authorization()?);
        fields.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let answer = network.send(connection.origin(), request).await?;
        if answer.status() == http::StatusCode::UNAUTHORIZED && !renewed {
            renewed = true;
            if let Some(other) = provider.refreshed_after_401(&token).await? {
                token = other;
                continue;
            }
        }
        return Ok(AccountAnswer {
            status: answer.status().as_u16(),
            json: serde_json::from_slice(answer.body()).ok(),
        });
    }
}
