//! Why Clio gives no tokens, without a word of what it said: texts of an answer
//! may come from whatever stands in between.

use http::StatusCode;
use oauth2::RequestTokenError;
use oauth2::basic::{BasicErrorResponse, BasicErrorResponseType};

use crate::egress::network::NetworkError;

/// Why Clio gave no tokens.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthError {
    /// `invalid_grant`: the code is used or expired, the redirect address is
    /// another one, or the consent was withdrawn.
    #[error("Clio does not accept the grant: it was used, has expired or was withdrawn")]
    InvalidGrant,
    /// The application's id or secret is not right in this region.
    #[error("Clio does not know this application in this region: its id or secret is not right")]
    InvalidClient,
    /// Another refusal, by its OAuth error code.
    #[error("Clio refuses: {0}")]
    Refused(String),
    /// The person declined.
    #[error("access was declined")]
    Declined,
    /// What came back belongs to another attempt.
    #[error("the answer belongs to another attempt: its state is not the one that was sent")]
    State,
    /// What came back holds no code.
    #[error("there is no code in it")]
    NoCode,
    /// The address to come back to is no URL.
    #[error("the redirect address is no URL")]
    RedirectUri,
    /// There is no token that Clio takes, so it cannot be asked.
    #[error("no token is left that Clio takes")]
    NoToken,
    /// Clio could not be asked just now.
    #[error("Clio could not be asked: {0}")]
    Unavailable(String),
    /// An answer that OAuth does not know.
    #[error("Clio's answer was not understood (HTTP {0}); a firewall may stand in between")]
    Unexpected(u16),
}

impl OAuthError {
    /// Whether the same may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

pub(super) fn by_status(status: StatusCode) -> OAuthError {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        OAuthError::Unavailable(format!("HTTP {}", status.as_u16()))
    } else {
        OAuthError::Unexpected(status.as_u16())
    }
}

pub(super) fn unavailable(error: NetworkError) -> OAuthError {
    OAuthError::Unavailable(error.to_string())
}

/// What a failed request means. Texts of the answer stay behind.
pub(super) fn understood(error: RequestTokenError<OAuthError, BasicErrorResponse>) -> OAuthError {
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidGrant => OAuthError::InvalidGrant,
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                OAuthError::InvalidClient
            }
            other => OAuthError::Refused(code_name(other.as_ref())),
        },
        RequestTokenError::Request(error) => error,
        _ => OAuthError::Unexpected(200),
    }
}

/// An error code as OAuth writes them; anything else is not shown.
pub(super) fn code_name(code: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if !code.is_empty() && code.len() <= 40 && code.bytes().all(plain) {
        code.to_owned()
    } else {
        "an error without a known code".to_owned()
    }
}
