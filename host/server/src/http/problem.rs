//! Errors of the service, as problem details (RFC 9457): our own, and those of the
//! libraries below, which answer with a line of text.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::outcome::logged;

/// What is wrong with a request, or with what it asked for.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    /// A word for programs: `invalid_input`.
    code: Cow<'static, str>,
    detail: String,
    more: Map<String, Value>,
    retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            detail: detail.into(),
            more: Map::new(),
            retry_after: None,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong, in words.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// One more member.
    #[must_use]
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.more.insert(member.to_owned(), value.into());
        self
    }

    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no {what}"),
        )
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        if failure.exit() == Exit::HostFailure {
            // The disk's and the files', which are nobody's who asks.
            tracing::error!("{}", logged(&failure));
            return failed();
        }
        let (status, code) = match failure.exit() {
            Exit::Usage => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_input"),
            Exit::Transient => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Exit::NotAuthorized => (StatusCode::CONFLICT, "not_connected"),
            Exit::Permanent => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        };
        let mut problem = Self::new(status, code, failure.what());
        if !failure.all_details().is_empty() {
            problem = problem.with("errors", failure.all_details());
        }
        match failure.next_step() {
            Some(next) => problem.with("next", next),
            None => problem,
        }
    }
}

impl From<clio_runner::journal::JournalError> for Problem {
    fn from(error: clio_runner::journal::JournalError) -> Self {
        // The disk's and the file's, which are nobody's who asks.
        let error = Failure::from(error);
        tracing::error!("the journal failed: {}", logged(&error));
        failed()
    }
}

/// A failure of the service's own, as its callers are told of it.
fn failed() -> Problem {
    let detail = "the service failed at this request; its log says why";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", detail)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("urn:clio-actions:problem:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
        });
        if let Some(body) = body.as_object_mut() {
            body.extend(self.more);
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// The most bytes of a line that a library answers with.
const LINE: usize = 4096;

/// Makes problem details of an error that is told as a line of text, or as nothing.
pub(super) async fn layer(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    let is_line = kind.is_none_or(|kind| kind.starts_with("text/plain"));
    if !(status.is_client_error() || status.is_server_error()) || !is_line {
        return response;
    }
    let (head, body) = response.into_parts();
    let line = axum::body::to_bytes(body, LINE).await.unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    let detail = match (status, line.trim()) {
        (StatusCode::NOT_FOUND, "") => "there is nothing at this path",
        (StatusCode::METHOD_NOT_ALLOWED, "") => "this path does not take that method",
        (_, "") => "the request cannot be answered",
        (_, line) => line,
    };
    let problem = Problem::new(status, code(status), detail).into_response();
    let (told, body) = problem.into_parts();
    let mut response = Response::from_parts(head, Body::new(body));
    // What else the head says, such as `Allow`, stands.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(told.headers);
    response
}

fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_long",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        status if status.is_client_error() => "invalid_input",
        _ => "failed",
    }
}

/// What is said of a fault of ours. The panic's own words may hold anything.
pub(super) fn panicked() -> Response {
    tracing::error!("a request's handler panicked");
    let detail = "the service failed at this request; its log says where";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", detail).into_response()
}
