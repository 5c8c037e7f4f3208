//! Errors of the service, as problem details (RFC 9457).

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

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
        tracing::error!(%error, "the journal failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            "the service cannot use its journal; its log says why",
        )
    }
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
        response
    }
}
