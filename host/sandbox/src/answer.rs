//! Answers of the API and its error envelope.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

/// An answer before it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", value.to_string())
    }

    /// What the sandbox itself refuses, which is not Clio's word.
    pub(crate) fn refusal(status: u16, message: &str) -> Self {
        Self::json(status, &json!({"error": message}))
    }

    /// An HTML answer, as a firewall or a load balancer gives.
    pub(crate) fn html(status: u16, title: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\
             <body><center><h1>{status} {title}</h1></center></body></html>\n"
        );
        Self::text(status, "text/html", page)
    }

    /// A storage error.
    pub(crate) fn xml(status: u16, code: &str, message: &str) -> Self {
        let page = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>{message}</Message><RequestId>SANDBOX</RequestId></Error>"
        );
        Self::text(status, "application/xml", page)
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn text(status: u16, content_type: &'static str, text: String) -> Self {
        let mut answer = Self::empty(status);
        answer.body = Bytes::from(text);
        answer.headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static(content_type),
        );
        answer
    }

    /// Sets a header. A value that no header can carry is left out.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            self.headers.insert(name, value);
        }
    }
}

/// An error of the API: status, Clio's unique type name, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: kind.to_owned(),
            message: message.into(),
        }
    }

    /// 400 for a parameter that cannot be read.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "ArgumentError", message)
    }

    /// A refused write. The pipeline puts in the type that the switch
    /// `validation_type` says.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, VALIDATION, message)
    }

    /// The record is not there. The real type name is not known.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, "RecordNotFoundError", format!("{what} not found"))
    }

    /// A record that a body refers to is not there. The pipeline puts in what
    /// the switch `unknown_reference` says.
    pub(crate) fn unknown_reference(what: &str) -> Self {
        Self::new(404, UNKNOWN_REFERENCE, format!("{what} not found"))
    }

    pub(crate) fn forbidden(message: &str) -> Self {
        Self::new(403, "ForbiddenError", message)
    }

    pub(crate) fn answer(&self) -> Answer {
        Answer::json(
            self.status,
            &json!({"error": {"type": self.kind, "message": self.message}}),
        )
    }
}

/// Stands for whatever type the switch `validation_type` names.
pub(crate) const VALIDATION: &str = "validation";

/// Stands for whatever the switch `unknown_reference` says.
pub(crate) const UNKNOWN_REFERENCE: &str = "unknown reference";
