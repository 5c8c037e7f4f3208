//! An attempt to connect, and what counts as its answer.

use std::fmt;

use oauth2::url::{Url, form_urlencoded};
use oauth2::{CsrfToken, PkceCodeVerifier, RedirectUrl};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::error::{OAuthError, code_name};

/// An attempt to connect: the address to open, and what its answer must fit.
pub struct Authorization {
    pub(super) url: Url,
    pub(super) redirect_uri: RedirectUrl,
    pub(super) state: CsrfToken,
    pub(super) verifier: PkceCodeVerifier,
}

impl Authorization {
    /// The address that the person opens. It holds no secret that outlives the
    /// attempt.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Reads what came back to the redirect address: its query.
    ///
    /// # Errors
    /// When the state is not this attempt's, the person declined, or there is
    /// no code.
    pub fn code_of_query(&self, query: &str) -> Result<Code, OAuthError> {
        let (mut code, mut state, mut error) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "code" => code = Some(SecretString::from(value.into_owned())),
                "state" => state = Some(value.into_owned()),
                "error" => error = Some(value.into_owned()),
                _ => {}
            }
        }
        let ours = self.state.secret().as_bytes();
        if !state.is_some_and(|state| state.as_bytes().ct_eq(ours).into()) {
            return Err(OAuthError::State);
        }
        match (error.as_deref(), code) {
            (Some("access_denied"), _) => Err(OAuthError::Declined),
            (Some(other), _) => Err(OAuthError::Refused(code_name(other))),
            (None, Some(code)) if !code.expose_secret().is_empty() => Ok(Code(code)),
            (None, _) => Err(OAuthError::NoCode),
        }
    }

    /// Reads what a person pasted: the code alone, or the whole address that
    /// the browser ended on. A code alone carries no state; that it belongs to
    /// this attempt is for PKCE and the person to know.
    ///
    /// # Errors
    /// As [`Self::code_of_query`].
    pub fn code_of_paste(&self, pasted: &str) -> Result<Code, OAuthError> {
        let pasted = pasted.trim();
        if let Some((_, query)) = pasted.split_once('?') {
            return self.code_of_query(query.split('#').next().unwrap_or(query));
        }
        let code = pasted.strip_prefix("code=").unwrap_or(pasted);
        if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(OAuthError::NoCode);
        }
        Ok(Code(code.to_owned().into()))
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("redirect_uri", &self.redirect_uri.as_str())
            .finish_non_exhaustive()
    }
}

/// A code that can be exchanged once, within ten minutes.
#[derive(Debug, Clone)]
pub struct Code(pub(super) SecretString);
