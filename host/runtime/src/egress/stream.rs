//! Requests without a credential: to storage that Clio named, and for content.
//!
//! Documents pass here in both directions and are never held whole. Storage
//! refuses chunked bodies, so a body without a length does not leave.
//!
//! What must stay true: what was announced is what is sent; a body of which a
//! byte was taken from the guest is not sent a second time.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body as _;
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error as WasiError, WasiBody};

use super::api::has_body;
use super::body::{Download, Progress, Upload, hold_request, whole};
use super::client::{SendError, Written};
use super::ledger::EgressFailure;
use super::retry::{Attempts, Decision, Outcome};
use super::route::PlainRequest;
use super::send::Outgoing;
use super::{CallEgress, dry_run, headers};
use crate::budget::signals;
use crate::journal::Write;
use crate::origin::Destination;

impl CallEgress {
    pub(super) async fn send_without_credential(
        &self,
        request: PlainRequest,
    ) -> Result<Response<WasiBody>, WasiError> {
        let PlainRequest { outgoing, reach } = request;
        let Outgoing {
            method,
            destination,
            mut headers,
            length,
            body,
            timeouts,
        } = outgoing;
        let upload = self.upload(&method, &mut headers, length, body).await?;
        let uri = destination
            .uri()
            .map_err(|_| WasiError::HttpRequestUriInvalid)?;
        let mut attempts = Attempts::new(self.egress.settings.retry, self.limits.wait);
        loop {
            let body = match &upload {
                Some(upload) => upload.clone().boxed_unsync(),
                None => whole(Bytes::new()),
            };
            let mut request = Request::new(body);
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = headers.clone();

            let own = Progress::new();
            let progress = upload.as_ref().map_or(&own, Upload::progress);
            let client = self.egress.client();
            let outcome = client.send(reach, request, timeouts, progress).await;
            let decision = match &outcome {
                Ok(answer) => {
                    let status = answer.status();
                    let signal = signals::read(status, answer.headers(), &[], SystemTime::now());
                    let signal = &signal;
                    attempts.after(&method, Outcome::Answer { status, signal })
                }
                Err(failed) => attempts.after(&method, Outcome::Failed(failed)),
            };
            let gone = upload.as_ref().is_some_and(Upload::started);
            if let Decision::Again(pause) = decision
                && !gone
            {
                drop(outcome);
                self.repeat(pause).await;
                continue;
            }
            self.note_upload(&method, &destination, &outcome);
            let shown = self.describe(&method, &destination);
            return match outcome {
                Ok(answer) => {
                    tracing::debug!(request = %shown, status = answer.status().as_u16(), "answered");
                    self.stream(&method, answer, timeouts.between_bytes)
                }
                Err(failed) => {
                    tracing::debug!(request = %shown, error = %failed.error, "not answered");
                    self.note_prohibited(&failed.error, &method, &destination);
                    self.note_certificate(&failed, &destination);
                    Err(failed.error)
                }
            };
        }
    }

    /// Notes a write outside of the account for the audit: by its origin alone,
    /// since file names stand in the path.
    fn note_upload<T>(
        &self,
        method: &Method,
        to: &Destination,
        outcome: &Result<Response<T>, SendError>,
    ) {
        let status = match outcome {
            Ok(answer) => Some(answer.status().as_u16()),
            Err(failed) if failed.written == Written::Nothing => return,
            Err(_) => None,
        };
        if dry_run::reads(method) {
            return;
        }
        self.ledger().wrote(Write {
            method: method.to_string(),
            path: to.origin.to_string(),
            id: None,
            status,
        });
    }

    /// The body to send, where the method has one.
    async fn upload(
        &self,
        method: &Method,
        headers: &mut HeaderMap,
        length: Option<u64>,
        body: WasiBody,
    ) -> Result<Option<Upload>, WasiError> {
        if *method == Method::GET || *method == Method::HEAD {
            hold_request(body, length, 0, self.ledger()).await?;
            return Ok(None);
        }
        let Some(length) = length.or_else(|| body.size_hint().exact()) else {
            self.ledger().fail(EgressFailure::LengthRequired);
            return Err(WasiError::HttpRequestLengthRequired);
        };
        let most = self.limits.request_bytes;
        if self.ledger().traffic().sent.saturating_add(length) > most {
            self.ledger().fail(EgressFailure::RequestBytes { most });
            return Err(WasiError::HttpRequestBodySize(Some(length)));
        }
        headers::set_content_length(headers, length);
        Ok(Some(Upload::new(body, length, self.meter.clone())))
    }

    fn stream(
        &self,
        method: &Method,
        answer: Response<WasiBody>,
        between_bytes: Duration,
    ) -> Result<Response<WasiBody>, WasiError> {
        let expected = match has_body(method, answer.status()) {
            true => headers::content_length(answer.headers())
                .map_err(|_| WasiError::HttpProtocolError)?,
            false => None,
        };
        let most = self.limits.response_bytes;
        let received = self.ledger().traffic().received;
        if expected.is_some_and(|length| received.saturating_add(length) > most) {
            return Err(self.meter.too_large(most));
        }
        let meter = self.meter.clone();
        Ok(answer.map(|body| Download::new(body, expected, between_bytes, meter).boxed_unsync()))
    }
}
