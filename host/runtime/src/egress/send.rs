//! Takes a guest's request in, sends it by the route that it may take, and notes
//! what is refused.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use tracing::Instrument as _;
use wasmtime_wasi_http::{Error as WasiError, RequestOptions, WasiBody};

use super::body::hold_request;
use super::client::{SendError, Timeouts};
use super::dry_run::Withheld;
use super::ledger::EgressFailure;
use super::review::ContentReview;
use super::route::Route;
use super::{CallEgress, dry_run, headers, local, sink};
use crate::origin::Destination;
use crate::policy::{Denial, DenialReason, PathPattern, check_path};

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

/// A request in words.
#[derive(Clone, Copy)]
pub(super) struct Described<'a> {
    method: &'a Method,
    destination: &'a Destination,
    /// Whether it is for the account's own origin.
    is_account: bool,
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Destination { origin, path, .. } = self.destination;
        write!(f, "{} {origin}", self.method)?;
        if !self.is_account {
            return Ok(());
        }
        match check_path(path).is_ok() && path.len() <= LONGEST_SHOWN {
            true => f.write_str(&PathPattern::generalised(path)),
            false => f.write_str("/…"),
        }
    }
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
        let most = self.limits.requests;
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
        let origin = destination.origin.clone();
        let outgoing = Outgoing {
            method: parts.method,
            destination,
            headers,
            length,
            body,
            timeouts: self.egress.settings.timeouts.within(options),
        };
        let reads = dry_run::reads(&outgoing.method);
        let route = self.route(outgoing)?;
        // What the caller lent stays inside.
        let writes = !reads && !matches!(route, Route::Local(_));
        if self.dry_run && writes {
            return Err(self.withhold(route).await);
        }
        if !matches!(route, Route::Local(_)) {
            self.egress.client().ready(&origin).map_err(|error| {
                self.ledger().fail(EgressFailure::Tls(error.to_string()));
                WasiError::HttpRequestDenied
            })?;
        }
        if writes {
            self.intend().await?;
        }
        match route {
            Route::Account(outgoing, bearer) => self.send_to_account(outgoing, bearer).await,
            Route::Granted(request) => {
                self.ledger().count(|traffic| traffic.granted_requests += 1);
                self.send_without_credential(request).await
            }
            Route::Content(mut request) => {
                self.ledger().count(|traffic| traffic.content_requests += 1);
                let Some(review) = self.review.get() else {
                    return self.send_without_credential(request).await;
                };
                let method = request.outgoing.method.clone();
                ContentReview::ask_for_all(&mut request.outgoing.headers);
                let answer = self.send_without_credential(request).await?;
                review.clone().review(&method, answer, self.ledger()).await
            }
            Route::Local(outgoing) => {
                self.ledger().count(|traffic| traffic.local_requests += 1);
                let Outgoing {
                    method,
                    destination,
                    headers,
                    length,
                    body,
                    ..
                } = outgoing;
                if let Some(sink) = self.content.find_sink(&destination) {
                    return sink::answer(sink, &method, length, body, self.ledger()).await;
                }
                let content = self.content.find(&destination);
                Ok(local::answer(content, &method, &headers, self.ledger()))
            }
        }
    }

    /// Waits until the journal would tell, after whatever end, that a write may
    /// have left.
    async fn intend(&self) -> Result<(), WasiError> {
        let Some(intent) = self.intent.get() else {
            return Ok(());
        };
        intent.keep().await.map_err(|error| {
            self.ledger().fail(EgressFailure::Journal(error));
            WasiError::HttpRequestDenied
        })
    }

    /// Holds a write back and notes what it would have been. Allowed it is:
    /// what the rules refuse is refused before this.
    async fn withhold(&self, route: Route) -> WasiError {
        // A document's content streams: it is not held.
        let (outgoing, held) = match route {
            Route::Account(outgoing, _) => (outgoing, true),
            Route::Granted(request) | Route::Content(request) => (request.outgoing, false),
            Route::Local(outgoing) => (outgoing, false),
        };
        let Outgoing {
            method,
            destination,
            headers,
            length,
            body,
            ..
        } = outgoing;
        let most = self.egress.settings.api_request_bytes;
        let body = match held {
            true => hold_request(body, length, most, self.ledger()).await,
            false => Ok(Bytes::new()),
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

    /// Notes a denial, and gives the error that the guest gets.
    pub(super) fn deny(
        &self,
        request: impl fmt::Display,
        reason: DenialReason,
        rule: String,
    ) -> WasiError {
        self.ledger().deny(Denial {
            request: request.to_string(),
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
    /// no path, since file names stand there. Made only where somebody reads it.
    pub(super) fn describe<'a>(
        &self,
        method: &'a Method,
        destination: &'a Destination,
    ) -> Described<'a> {
        Described {
            method,
            destination,
            is_account: destination.origin == *self.connection.origin(),
        }
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

    /// Notes that a server's certificate is not accepted: repeating does not
    /// help, and the guest learns the code alone.
    pub(super) fn note_certificate(&self, failed: &SendError, to: &Destination) {
        if let Some(cause) = &failed.certificate {
            self.ledger().fail(EgressFailure::Certificate {
                origin: to.origin.to_string(),
                cause: cause.clone(),
            });
        }
    }
}
