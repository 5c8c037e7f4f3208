//! Takes a guest's request in, decides which way it goes, and denies the rest.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use tracing::Instrument as _;
use wasmtime_wasi_http::{Error as WasiError, RequestOptions, WasiBody};

use super::address::Reach;
use super::authority::Destination;
use super::body::hold_request;
use super::client::Timeouts;
use super::content::Contents;
use super::denial::{Denial, DenialReason, EgressFailure};
use super::dry_run::Withheld;
use super::pattern::{PathPattern, check_path};
use super::{CallEgress, dry_run, headers, local, lock};
use crate::origin::Origin;

/// The longest path that a denial shows.
const LONGEST_SHOWN: usize = 200;

/// A request on its way out: understood, and freed of what a guest may not set.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) destination: Destination,
    pub(super) headers: HeaderMap,
    /// The `Content-Length` that the guest gave.
    pub(super) length: Option<u64>,
    pub(super) body: WasiBody,
    pub(super) timeouts: Timeouts,
}

/// The ways out.
enum Route {
    /// To the account's own origin, with its credential.
    Api,
    /// To a URL that Clio gave in this call.
    Granted,
    /// To an origin that the policy lists for content.
    Content,
    /// To a file or bytes that the caller named. It stays inside the host.
    Local,
}

impl CallEgress {
    /// Sends one request of the guest. This is what the hook of `wasi:http`
    /// calls.
    ///
    /// The timeouts of `options` shorten the host's own and never extend them.
    pub(crate) async fn send(
        self: Arc<Self>,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, WasiError> {
        // A request is a task of its own, which does not know whose it is.
        let span = self.span.clone();
        self.send_one(request, options).instrument(span).await
    }

    async fn send_one(
        self: Arc<Self>,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, WasiError> {
        let most = self.caps.requests;
        if self.requests.fetch_add(1, Ordering::Relaxed) >= most {
            self.ledger().fail(EgressFailure::Requests { most });
            return Err(WasiError::HttpRequestDenied);
        }
        let (parts, body) = request.into_parts();
        let destination = Destination::of(&parts.uri).map_err(|cause| {
            // The text of the URL may be anything, a password among others.
            let request = format!("{} (a URL that is not plain: {cause})", parts.method);
            self.deny(
                request,
                DenialReason::Url,
                "none: write the URL plainly".to_owned(),
            )
        })?;
        let mut headers = parts.headers;
        let length = headers::strip(&mut headers).map_err(|_| {
            let rule = "none: give one plain Content-Length".to_owned();
            self.deny(
                self.describe(&parts.method, &destination),
                DenialReason::Header,
                rule,
            )
        })?;
        let route = self.route(&parts.method, &destination)?;
        let outgoing = Outgoing {
            method: parts.method,
            destination,
            headers,
            length,
            body,
            timeouts: self.egress.settings.timeouts.within(options),
        };
        if self.dry_run && !dry_run::reads(&outgoing.method) {
            return Err(self.withhold(outgoing, &route).await);
        }
        match route {
            Route::Api => self.send_to_account(outgoing).await,
            Route::Granted => {
                self.ledger().count(|traffic| traffic.granted_requests += 1);
                let reach = reach(&outgoing.destination.origin);
                self.send_without_credential(outgoing, reach).await
            }
            Route::Content => {
                self.ledger().count(|traffic| traffic.content_requests += 1);
                self.send_without_credential(outgoing, Reach::World).await
            }
            Route::Local => {
                self.ledger().count(|traffic| traffic.local_requests += 1);
                let content = self.contents.find(&outgoing.destination);
                let Outgoing {
                    method, headers, ..
                } = &outgoing;
                Ok(local::answer(content, method, headers, self.ledger()))
            }
        }
    }

    /// Holds a write back and notes what it would have been. Allowed it is:
    /// what the rules refuse is refused before this.
    async fn withhold(&self, outgoing: Outgoing, route: &Route) -> WasiError {
        let Outgoing {
            method,
            destination,
            headers,
            length,
            body,
            ..
        } = outgoing;
        let most = self.egress.settings.api_request_bytes;
        let body = match route {
            Route::Api => hold_request(body, length, most, self.ledger()).await,
            // A document's content streams: it is not held.
            _ => Ok(Bytes::new()),
        };
        let (Ok(body), Ok(url)) = (body, destination.uri()) else {
            return WasiError::HttpRequestDenied;
        };
        let media_type = headers.get(header::CONTENT_TYPE);
        self.ledger().withhold(Withheld {
            method: method.to_string(),
            url: url.to_string(),
            media_type: media_type
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            body,
        });
        WasiError::HttpRequestDenied
    }

    fn route(&self, method: &Method, destination: &Destination) -> Result<Route, WasiError> {
        if Contents::is_meant(destination) {
            return Ok(Route::Local);
        }
        let granted = || lock(&self.grants).allows(method, destination);
        let (reason, rule) = if destination.origin == *self.connection.origin() {
            let account = self.rules.check_account(&destination.origin);
            let allowed = account.and_then(|()| self.rules.check_api(method, &destination.path));
            let Err(denied) = allowed else {
                return Ok(Route::Api);
            };
            // An answer may point at the account's own origin, which then gets
            // no credential. Not even so is anything under /oauth reached.
            if denied.0 != DenialReason::NeverAllowed && granted() {
                return Ok(Route::Granted);
            }
            denied
        } else {
            if granted() {
                return Ok(Route::Granted);
            }
            match self.rules.check_content(method, &destination.origin) {
                Ok(()) if destination.origin.is_tls() => return Ok(Route::Content),
                Ok(()) => (
                    DenialReason::Address,
                    "none: content is fetched over TLS, and not from this machine".to_owned(),
                ),
                Err(denied) => denied,
            }
        };
        Err(self.deny(self.describe(method, destination), reason, rule))
    }

    /// Notes a denial, and gives the error that the guest gets.
    pub(super) fn deny(&self, request: String, reason: DenialReason, rule: String) -> WasiError {
        self.ledger().deny(Denial {
            request,
            rule,
            reason,
        });
        match reason {
            DenialReason::Url => WasiError::HttpRequestUriInvalid,
            DenialReason::Address => WasiError::DestinationIpProhibited,
            DenialReason::Header => WasiError::HttpProtocolError,
            _ => WasiError::HttpRequestDenied,
        }
    }

    /// What is said of a request outside: no query ever, and of other origins
    /// no path, since file names stand there.
    pub(super) fn describe(&self, method: &Method, destination: &Destination) -> String {
        let origin = &destination.origin;
        if origin != self.connection.origin() {
            return format!("{method} {origin}");
        }
        let plain = check_path(&destination.path).is_ok();
        if !plain || destination.path.len() > LONGEST_SHOWN {
            return format!("{method} {origin}/…");
        }
        format!(
            "{method} {origin}{}",
            PathPattern::generalised(&destination.path)
        )
    }

    /// Notes that the address behind a name is not permitted.
    pub(super) fn note_prohibited(&self, error: &WasiError, method: &Method, to: &Destination) {
        if matches!(error, WasiError::DestinationIpProhibited) {
            let rule = "none: this machine, its network and reserved addresses are never dialled";
            self.deny(
                self.describe(method, to),
                DenialReason::Address,
                rule.to_owned(),
            );
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
