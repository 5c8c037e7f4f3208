//! The bearer: which requests it is added to.
//!
//! What must stay true: a [`Bearer`] is given here alone, for a request to the
//! account's own origin that a rule allows, and nothing else can be given the
//! credential.

use http::{Method, Request, header};

use super::CallEgress;
use super::route::NOT_CONTENT;
use crate::connection::{AccessToken, CredentialError};
use crate::origin::Destination;
use crate::policy::DenialReason;

/// The right to add the bearer to a request.
pub(super) struct Bearer(());

impl Bearer {
    /// Adds the token to a request.
    pub(super) fn add<T>(
        &self,
        request: &mut Request<T>,
        token: &AccessToken,
    ) -> Result<(), CredentialError> {
        let authorization = token.authorization()?;
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, authorization);
        Ok(())
    }
}

impl CallEgress {
    /// Whether a request to the account may be made, and with it the right to
    /// add the bearer. Nothing for a request to another origin.
    pub(super) fn bearer_for(
        &self,
        method: &Method,
        destination: &Destination,
    ) -> Option<Result<Bearer, (DenialReason, String)>> {
        if destination.origin != *self.connection.origin() {
            return None;
        }
        let allowed = self
            .rules
            .check_account(&destination.origin)
            .and_then(|()| self.rules.check_api(method, &destination.path));
        // The rule allows the action to read the record for itself. That the
        // caller named it as content makes it the caller's word, and that does
        // not reach the account.
        Some(match allowed {
            Ok(()) if self.content.is_named(&destination.path) => {
                Err((DenialReason::NotContent, NOT_CONTENT.to_owned()))
            }
            Ok(()) => Ok(Bearer(())),
            Err(denied) => Err(denied),
        })
    }
}
