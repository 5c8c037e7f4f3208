//! Which way a request goes, and that it goes one way alone.
//!
//! A request is either to the account, because a rule allows it, and then it is
//! given the credential; or it is for content, by the word of the caller or of
//! Clio, and then it is given none. Whatever is on the account's own server and
//! is not allowed by a rule stays inside: a document "at" the account's address
//! would be another client's record, read with the bearer.
//!
//! What must stay true: an [`AccountRequest`] is made here alone, from a rule
//! and for the account's own origin, and nothing else can be given a credential;
//! content, granted URLs and local content are never on the account's server,
//! in whatever spelling.

use http::{HeaderValue, Method, header};
use wasmtime_wasi_http::Error as WasiError;

use super::address::Reach;
use super::content::Contents;
use super::send::Outgoing;
use super::{CallEgress, headers, lock};
use crate::connection::{AccessToken, CredentialError};
use crate::origin::{Destination, Origin};
use crate::policy::DenialReason;

/// What a refusal says of content on the account's own server.
const NOT_CONTENT: &str = "none: what stands on the account's own server is read by the rules \
                           for the account, and is never content, wherever its URL came from";

/// The ways out.
pub(super) enum Way {
    /// To the account's own origin, with its credential.
    Account(AccountRequest),
    /// To a URL that Clio gave in this call.
    Granted(PlainRequest),
    /// To an origin that the policy lists for content.
    Content(PlainRequest),
    /// To a file or bytes that the caller named. It stays inside the host.
    Local(Outgoing),
}

/// A request to the account that a rule allows. The only one that a credential
/// can be put on.
pub(super) struct AccountRequest(Outgoing);

/// A request that no credential is put on.
pub(super) struct PlainRequest {
    pub(super) outgoing: Outgoing,
    /// How far it may lead.
    pub(super) reach: Reach,
}

/// The right to put the credential on a request that goes out. It comes from an
/// [`AccountRequest`] alone.
pub(super) struct ForAccount(());

impl AccountRequest {
    /// The request, and the right to put the credential on it.
    pub(super) fn into_parts(self) -> (Outgoing, ForAccount) {
        (self.0, ForAccount(()))
    }
}

impl ForAccount {
    /// Puts a credential on a request.
    pub(super) fn authorize<T>(
        &self,
        request: &mut http::Request<T>,
        token: &AccessToken,
    ) -> Result<(), CredentialError> {
        let authorization: HeaderValue = token.authorization()?;
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, authorization);
        Ok(())
    }
}

impl CallEgress {
    /// The one way that a request may go; everything else is noted and refused.
    pub(super) fn way(&self, mut outgoing: Outgoing) -> Result<Way, WasiError> {
        let (method, destination) = (&outgoing.method, &outgoing.destination);
        if Contents::is_meant(destination) {
            return Ok(Way::Local(outgoing));
        }
        let account = self.connection.origin();
        let (reason, rule) = if destination.origin == *account {
            match self.allowed(method, destination) {
                Ok(()) => {
                    headers::keep(&mut outgoing.headers, headers::is_for_account);
                    return Ok(Way::Account(AccountRequest(outgoing)));
                }
                Err(denied) => denied,
            }
        } else if account.shares_server(&destination.origin) {
            (DenialReason::NotContent, NOT_CONTENT.to_owned())
        } else if lock(&self.grants).allows(method, destination) {
            headers::keep(&mut outgoing.headers, headers::is_for_storage);
            let reach = reach(&outgoing.destination.origin);
            return Ok(Way::Granted(PlainRequest { outgoing, reach }));
        } else {
            match self.rules.check_content(method, &destination.origin) {
                Ok(()) if destination.origin.is_tls() => {
                    headers::keep(&mut outgoing.headers, headers::is_for_content);
                    let reach = Reach::World;
                    return Ok(Way::Content(PlainRequest { outgoing, reach }));
                }
                Ok(()) => (
                    DenialReason::Address,
                    "none: content is fetched over TLS, and not from this machine".to_owned(),
                ),
                Err(denied) => denied,
            }
        };
        Err(self.deny(self.describe(method, destination), reason, rule))
    }

    /// Whether a request to the account's own origin may be made.
    fn allowed(
        &self,
        method: &Method,
        destination: &Destination,
    ) -> Result<(), (DenialReason, String)> {
        self.rules.check_account(&destination.origin)?;
        self.rules.check_api(method, &destination.path)?;
        // The rule allows the action to read the record for itself. That the
        // caller named it as content makes it the caller's word, and that does
        // not reach the account.
        match self.contents.is_named(&destination.path) {
            true => Err((DenialReason::NotContent, NOT_CONTENT.to_owned())),
            false => Ok(()),
        }
    }
}

/// How far a request to an origin of the account or a grant may reach. Loopback
/// stands there only when the account is a sandbox on this machine.
pub(super) fn reach(origin: &Origin) -> Reach {
    match origin.is_loopback() {
        true => Reach::ThisMachine,
        false => Reach::World,
    }
}
