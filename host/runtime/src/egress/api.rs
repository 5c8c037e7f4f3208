//! Requests to the account's own origin: with credential, budget and retries.
//!
//! What must stay true: each attempt, not only each request, is drawn from the
//! rate budget; a guest gets whole answers or an error.

use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::bearer::Bearer;
use super::body::{Progress, hold_answer, hold_request, whole};
use super::client::{SendError, Written};
use super::ledger::EgressFailure;
use super::retry::{Attempts, Decision, Outcome, is_settled};
use super::route::reach;
use super::send::Outgoing;
use super::{CallEgress, dry_run, headers, kind, lock};
use crate::budget::signals;
use crate::budget::{BudgetExhausted, Signal, Slot};
use crate::connection::{AccessToken, CredentialError};
use crate::journal::Write;
use crate::policy::PathPattern;
use crate::watch::{ObservedRequest, RequestEnd, Sending, next_number};

/// What a request is sent as when the guest does not say. A firewall in front
/// of Clio has been seen to refuse requests without a name with a bare 403.
pub(super) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("clio-host/", env!("CARGO_PKG_VERSION")));

/// Which trace a request belongs to (W3C Trace Context).
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// An answer that is held whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn into_response(self) -> Response<WasiBody> {
        let mut response = Response::new(whole(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

impl CallEgress {
    pub(super) async fn send_to_account(
        &self,
        outgoing: Outgoing,
        bearer: Bearer,
    ) -> Result<Response<WasiBody>, WasiError> {
        self.ledger().count(|traffic| traffic.api_requests += 1);
        let settings = &self.egress.settings;
        let Outgoing {
            method,
            destination,
            headers,
            length,
            body,
            timeouts,
        } = outgoing;
        let body = hold_request(body, length, settings.api_request_bytes, self.ledger()).await?;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        *request.uri_mut() = destination
            .uri()
            .map_err(|_| WasiError::HttpRequestUriInvalid)?;
        let fields = request.headers_mut();
        // The host reads answers itself, for grants and limits.
        fields.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        fields.entry(header::USER_AGENT).or_insert(USER_AGENT);

        let mut attempts = Attempts::new(settings.retry, self.limits.wait);
        let mut refreshed: Option<AccessToken> = None;
        let mut refused: Option<Answer> = None;
        let mut repeated = 0;
        loop {
            let slot = match self.slot().await {
                Ok(slot) => slot,
                Err(error) => {
                    self.ledger().fail(EgressFailure::RateBudget(error));
                    let answer = refused.unwrap_or_else(|| exhausted(&error));
                    return Ok(answer.into_response());
                }
            };
            let token = match refreshed.clone() {
                Some(token) => Ok(token),
                None => self.connection.credential().bearer().await,
            };
            let authorized = token.and_then(|token| {
                bearer.add(&mut request, &token)?;
                Ok(token)
            });
            let token = match authorized {
                Ok(token) => token,
                Err(error) => {
                    slot.unsent();
                    return Err(self.without_credential(&error));
                }
            };

            let began = Instant::now();
            let told = self.tell(&mut request, repeated);
            let (outcome, signal) = self.exchange(&request, timeouts, slot).await;
            repeated += 1;
            if let Some(told) = told {
                told.end(&match &outcome {
                    Ok(answer) => RequestEnd::Answered(answer.status.as_u16()),
                    Err(failed) => RequestEnd::Lost(kind(&failed.error)),
                });
            }
            let shown = self.describe(request.method(), &destination);
            let decision = match &outcome {
                Ok(answer) => {
                    let (status, signal) = (answer.status, &signal);
                    tracing::debug!(request = %shown, status = status.as_u16(), took = ?began.elapsed(), "answered");
                    attempts.after(request.method(), Outcome::Answer { status, signal })
                }
                Err(failed) => {
                    tracing::debug!(request = %shown, error = %failed.error, written = ?failed.written, "not answered");
                    attempts.after(request.method(), Outcome::Failed(failed))
                }
            };
            match decision {
                Decision::HandOn => {}
                Decision::Again(pause) => {
                    refused = outcome.ok();
                    self.repeat(pause).await;
                    continue;
                }
                Decision::Refresh => {
                    let provider = self.connection.credential();
                    match provider.refreshed_after_401(&token).await {
                        Ok(Some(other)) if !other.is_same(&token) => {
                            refreshed = Some(other);
                            self.repeat(std::time::Duration::ZERO).await;
                            continue;
                        }
                        Ok(_) => {}
                        Err(error) => drop(self.without_credential(&error)),
                    }
                }
            }
            if !dry_run::reads(request.method()) {
                self.note_write(request.method(), &destination.path, &outcome);
            }
            let answer = outcome.map_err(|failed| {
                self.note_prohibited(&failed.error, request.method(), &destination);
                self.note_certificate(&failed, &destination);
                failed.error
            })?;
            if answer.status.is_success() || answer.status.is_redirection() {
                let rules = self.rules.grants_of(request.method(), &destination.path);
                let account = self.connection.origin();
                lock(&self.grants).learn(rules, account, &answer.headers, &answer.body);
            }
            return Ok(answer.into_response());
        }
    }

    /// Tells who observes of a request that is about to be sent, and puts what
    /// they answer into it.
    fn tell(&self, request: &mut Request<Bytes>, repeated: u32) -> Option<Sending> {
        let watch = self.watch.get()?;
        let request_told = ObservedRequest {
            method: request.method().to_string(),
            origin: self.connection.origin().to_string(),
            path: PathPattern::generalised(request.uri().path()),
            number: next_number(),
            repeated,
        };
        let (sending, traceparent) = Sending::begin(watch, request_told);
        if let Some(traceparent) = traceparent {
            request.headers_mut().insert(TRACEPARENT, traceparent);
        }
        Some(sending)
    }

    /// Notes a write for the audit: by its ids alone.
    fn note_write(&self, method: &Method, path: &str, outcome: &Result<Answer, SendError>) {
        let status = match outcome {
            Ok(answer) => Some(answer.status.as_u16()),
            Err(failed) if matches!(failed.written, Written::Nothing) => return,
            Err(_) => None,
        };
        let answered = || {
            let body = outcome.as_ref().ok().map(|answer| &answer.body)?;
            let id: Id = serde_json::from_slice(body).ok()?;
            Some(id.data.id)
        };
        self.ledger().wrote(Write {
            method: method.to_string(),
            path: PathPattern::generalised(path),
            id: PathPattern::last_id(path).or_else(answered),
            status,
        });
    }

    /// Waits until the rate budget has room for one request.
    async fn slot(&self) -> Result<Slot, BudgetExhausted> {
        let began = Instant::now();
        let budget = self.connection.budget();
        let class = self.connection.class();
        let slot = budget
            .start(&self.reservation, class, self.limits.wait)
            .await;
        let waited = began.elapsed();
        self.ledger().count(|traffic| traffic.waited += waited);
        slot
    }

    pub(super) async fn repeat(&self, pause: std::time::Duration) {
        self.ledger().count(|traffic| traffic.retries += 1);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    fn without_credential(&self, error: &CredentialError) -> WasiError {
        let failure = match error {
            CredentialError::Unavailable(_) => EgressFailure::CredentialLater(error.to_string()),
            _ => EgressFailure::Credential(error.to_string()),
        };
        self.ledger().fail(failure);
        WasiError::ConfigurationError
    }

    /// Sends once, and tells the budget what the answer said.
    async fn exchange(
        &self,
        request: &Request<Bytes>,
        timeouts: super::client::Timeouts,
        slot: Slot,
    ) -> (Result<Answer, SendError>, Signal) {
        let perhaps = |error| SendError::new(error, Written::Perhaps);
        if let Err(error) = self.meter.sent(request.body().len() as u64) {
            slot.unsent();
            return (Err(perhaps(error)), Signal::default());
        }
        let client = self.egress.client();
        let reach = reach(self.connection.origin());
        let sent = client
            .send(
                reach,
                request.clone().map(whole),
                timeouts,
                &Progress::new(),
            )
            .await;
        let (head, body) = match sent {
            Ok(response) => response.into_parts(),
            Err(failed) => {
                match failed.written {
                    Written::Nothing if is_settled(&failed) => slot.unsent(),
                    Written::Nothing => slot.unreached(),
                    Written::Perhaps => drop(slot),
                }
                return (Err(failed), Signal::default());
            }
        };
        let most = self.egress.settings.api_answer_bytes;
        let expected = match has_body(request.method(), head.status) {
            true => headers::content_length(&head.headers),
            false => Ok(None),
        };
        let held = match expected {
            Ok(expected) => {
                hold_answer(body, expected, most, timeouts.between_bytes, &self.meter).await
            }
            Err(_) => Err(WasiError::HttpProtocolError),
        };
        let read = held.as_ref().map_or(&[][..], |body| body);
        let signal = signals::read(head.status, &head.headers, read, SystemTime::now());
        slot.settle(&signal);
        let answer = held.map_err(perhaps).map(|body| Answer {
            status: head.status,
            headers: head.headers,
            body,
        });
        (answer, signal)
    }
}

/// The id in an answer to a write.
#[derive(serde::Deserialize)]
struct Id {
    data: IdOfData,
}

#[derive(serde::Deserialize)]
struct IdOfData {
    id: u64,
}

/// Whether the `Content-Length` of an answer tells the length of what follows.
pub(super) fn has_body(method: &Method, status: StatusCode) -> bool {
    *method != Method::HEAD
        && status != StatusCode::NO_CONTENT
        && status != StatusCode::NOT_MODIFIED
}

/// What a guest gets when the budget is spent, or Clio is away: what Clio would have
/// answered, without asking it.
fn exhausted(error: &BudgetExhausted) -> Answer {
    let seconds = error.retry_after.as_secs().max(1);
    let (status, kind, what) = match error.away {
        true => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Unavailable",
            "Clio is away, and the host leaves it alone.",
        ),
        false => (
            StatusCode::TOO_MANY_REQUESTS,
            "RateLimited",
            "The host's rate budget for this connection is spent.",
        ),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, json);
    let body = format!(
        r#"{{"error":{{"type":"{kind}","message":"{what} Retry in {seconds} seconds."}}}}"#
    );
    Answer {
        status,
        headers,
        body: body.into(),
    }
}
