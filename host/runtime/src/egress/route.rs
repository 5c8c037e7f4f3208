//! Which route a request takes, and that it takes one alone.
//!
//! A request is either to the account, because a rule allows it, and then it is
//! given the bearer; or it is for content, by the word of the caller or of Clio,
//! and then it is given none. Whatever is on the account's own server and is not
//! allowed by a rule stays inside: a document "at" the account's address would be
//! another client's record, read with the bearer.
//!
//! What must stay true: content, granted URLs and local content are never on the
//! account's server, in whatever spelling.

use wasmtime_wasi_http::Error as WasiError;

use super::address::Reach;
use super::bearer::Bearer;
use super::content::CallContent;
use super::send::Outgoing;
use super::{CallEgress, headers, lock};
use crate::origin::Origin;
use crate::policy::DenialReason;

/// What a refusal says of content on the account's own server.
pub(super) const NOT_CONTENT: &str = "none: what stands on the account's own server is read by the rules \
                           for the account, and is never content, wherever its URL came from";

/// The routes out.
pub(super) enum Route {
    /// To the account's own origin, with its credential.
    Account(Outgoing, Bearer),
    /// To a URL that Clio gave in this call.
    Granted(PlainRequest),
    /// To an origin that the policy lists for content.
    Content(PlainRequest),
    /// To a file or bytes that the caller named. It stays inside the host.
    Local(Outgoing),
}

/// A request that no credential is put on.
pub(super) struct PlainRequest {
    pub(super) outgoing: Outgoing,
    /// How far it may lead.
    pub(super) reach: Reach,
}

impl CallEgress {
    /// The one route that a request may take; everything else is noted and
    /// refused.
    pub(super) fn route(&self, mut outgoing: Outgoing) -> Result<Route, WasiError> {
        let (method, destination) = (&outgoing.method, &outgoing.destination);
        if CallContent::is_meant(destination) {
            return Ok(Route::Local(outgoing));
        }
        let origin = &destination.origin;
        let (reason, rule) = match self.bearer_for(method, destination) {
            Some(Ok(bearer)) => {
                headers::keep(&mut outgoing.headers, headers::is_for_account);
                return Ok(Route::Account(outgoing, bearer));
            }
            Some(Err(denied)) => denied,
            None if self.connection.origin().shares_server(origin) => {
                (DenialReason::NotContent, NOT_CONTENT.to_owned())
            }
            None if lock(&self.grants).allows(method, destination) => {
                headers::keep(&mut outgoing.headers, headers::is_for_storage);
                let reach = reach(&outgoing.destination.origin);
                return Ok(Route::Granted(PlainRequest { outgoing, reach }));
            }
            None => match self.rules.check_content(method, origin) {
                Ok(()) if origin.is_tls() => {
                    headers::keep(&mut outgoing.headers, headers::is_for_content);
                    let reach = Reach::World;
                    return Ok(Route::Content(PlainRequest { outgoing, reach }));
                }
                Ok(()) => (
                    DenialReason::Address,
                    "none: content is fetched over TLS, and not from this machine".to_owned(),
                ),
                Err(denied) => denied,
            },
        };
        Err(self.deny(self.describe(method, destination), reason, rule))
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
