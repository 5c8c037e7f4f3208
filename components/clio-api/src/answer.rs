//! From an HTTP answer to a typed failure.
//!
//! Not every answer is JSON: a firewall answers HTML, an error may have no
//! body, a 200 may be cut short. Clio's own sentence is never passed on, since
//! it repeats submitted values.

use crate::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::instant::Instant;
use crate::problem::{Code, Failure};
use crate::transport::{Response, TransportError};
use crate::{Remedy, retry_after};

/// Whether a failed request may have been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Clio refused it, or it was never sent.
    No,
    /// Nobody knows: look before writing again.
    Unknown,
}

/// Why a request did not bring what it was sent for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) failure: Failure,
    pub(crate) applied: Applied,
    /// What Clio's sentence is about, where that could be told.
    pub(crate) about: About,
}

/// What Clio's sentence is about. The sentence itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Unknown,
    CustomField,
    Stage,
    PracticeArea,
    Client,
    Email,
    Phone,
    Name,
    Parent,
    Template,
    Fields,
    /// The answer's own size.
    Size,
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        error.failure
    }
}

impl ApiError {
    pub(crate) fn refused(failure: Failure) -> Self {
        Self {
            failure,
            applied: Applied::No,
            about: About::Unknown,
        }
    }

    pub(crate) fn unsettled(failure: Failure) -> Self {
        Self {
            failure,
            applied: Applied::Unknown,
            about: About::Unknown,
        }
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.failure.problem.status
    }

    pub(crate) fn is(&self, clio_type: &str) -> bool {
        self.failure.problem.clio_type.as_deref() == Some(clio_type)
    }

    /// Names the input member that the request stands for, where the refusal
    /// is about what was asked and not about the connection.
    pub(crate) fn at(mut self, field: &str) -> Self {
        if matches!(self.status(), Some(400 | 404 | 422)) && self.failure.problem.field.is_none() {
            self.failure = self.failure.field(field);
        }
        self
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorMembers,
}

#[derive(Deserialize)]
struct ErrorMembers {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

/// Reads the `data` of a successful answer.
pub(crate) fn data<T: DeserializeOwned>(
    what: &str,
    response: &Response,
    now: Instant,
) -> Result<T, ApiError> {
    decode::<Envelope<T>>(what, response, now).map(|envelope| envelope.data)
}

/// Reads the body of a successful answer.
pub(crate) fn decode<T: DeserializeOwned>(
    what: &str,
    response: &Response,
    now: Instant,
) -> Result<T, ApiError> {
    if !(200..300).contains(&response.status) {
        return Err(failed(what, response, now));
    }
    serde_json::from_slice(&response.body)
        .map_err(|error| undecodable(what, response, error.is_data()))
}

/// Why a successful answer cannot be read. It stands apart from the generic
/// part, which is compiled once for each type.
fn undecodable(what: &str, response: &Response, is_json: bool) -> ApiError {
    if let Some(wait) = retry_after::wrapped_ms(&response.body) {
        let message = format!("Clio did not carry out “{what}”. {SPENT}");
        return ApiError::refused(
            Failure::transient(Code::RateLimited, message)
                .status(response.status)
                .clio_type(Some("RateLimited".to_owned()))
                .retry_after_ms(wait),
        );
    }
    let failure = if is_json {
        Failure::permanent(
            Code::UnexpectedAnswer,
            format!("Clio's answer to “{what}” does not have the described form. Report it."),
        )
    } else {
        Failure::transient(
            Code::Unavailable,
            format!("The answer to “{what}” was cut short or is not Clio's. Try again later."),
        )
    };
    // With a status of 2xx a write was most likely carried out.
    ApiError::unsettled(failure.status(response.status))
}

/// The next step when the request budget is spent.
const SPENT: &str = "The request budget is spent. Try again after the given time.";

/// Only what looks like a name passes: a type is Clio's own word, never a
/// submitted value.
fn type_name(kind: Option<String>) -> Option<String> {
    kind.filter(|kind| {
        !kind.is_empty()
            && kind.len() <= 64
            && kind
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'.'))
    })
}

fn about(message: Option<&str>) -> About {
    let Some(message) = message else {
        return About::Unknown;
    };
    let message = message.to_ascii_lowercase();
    // The order matters: "custom field" sentences also hold field names.
    for (words, about) in [
        ("is not a valid field", About::Fields),
        ("custom field", About::CustomField),
        ("custom_field", About::CustomField),
        ("stage", About::Stage),
        ("practice area", About::PracticeArea),
        ("practice_area", About::PracticeArea),
        ("client", About::Client),
        ("email", About::Email),
        ("phone", About::Phone),
        ("first name or last name", About::Name),
        ("parent", About::Parent),
        ("template", About::Template),
    ] {
        if message.contains(words) {
            return about;
        }
    }
    About::Unknown
}

pub(crate) fn failed(what: &str, response: &Response, now: Instant) -> ApiError {
    let status = response.status;
    let body: Option<ErrorBody> = serde_json::from_slice(&response.body).ok();
    let is_clios = body.is_some() || response.body.is_empty();
    let (kind, about) = match body {
        Some(body) => (
            type_name(body.error.kind),
            about(body.error.message.as_deref()),
        ),
        None => (None, About::Unknown),
    };
    let (code, next) = match status {
        401 => (
            Code::NotConnected,
            "Reconnect the account, and check its region: a token is valid only in its own.",
        ),
        403 if !is_clios => (
            Code::Forbidden,
            "The answer is not Clio's own: a firewall refused it. Check the network's way out.",
        ),
        403 => (
            Code::Forbidden,
            "Give the app and the user the permission, or check that the plan includes API access.",
        ),
        404 => (
            Code::NotFound,
            "The record does not exist, or may not be seen.",
        ),
        409 | 412 => (
            Code::Conflict,
            "The record is being changed or stands in the way. Look at it in Clio.",
        ),
        410 => (
            Code::UnexpectedAnswer,
            "The API version that this release asks for was retired. Use a newer release.",
        ),
        429 => (Code::RateLimited, SPENT),
        408 | 500..=599 => (Code::Unavailable, "Try again later."),
        400..=499 => (
            Code::RejectedByClio,
            "Correct the input, or the account's settings.",
        ),
        _ => (
            Code::UnexpectedAnswer,
            "The status is not one of the described ones.",
        ),
    };
    let named = kind
        .as_deref()
        .map_or(String::new(), |kind| format!(", {kind}"));
    let message = format!("Clio did not carry out “{what}” (HTTP {status}{named}). {next}");
    let failure = match code {
        Code::RateLimited | Code::Unavailable => {
            Failure::transient(code, message).retry_after_ms(retry_after::wait_ms(response, now))
        }
        _ => Failure::permanent(code, message),
    };
    let applied = if matches!(status, 408 | 500..=599) {
        Applied::Unknown
    } else {
        Applied::No
    };
    ApiError {
        failure: failure.status(status).clio_type(kind),
        applied,
        about,
    }
}

/// The failure of a request that has no answer.
pub(crate) fn unanswered(what: &str, error: TransportError) -> ApiError {
    let (code, next) = match error {
        TransportError::Denied => (Code::DeniedByPolicy, "Add the rule that the host names."),
        TransportError::NotConnected => (
            Code::NotConnected,
            "Connect one, in the region that it belongs to.",
        ),
        TransportError::TooLarge => (Code::UnexpectedAnswer, "Report it."),
        TransportError::Url => (Code::UnexpectedAnswer, "Check the account's origin."),
        TransportError::AccountUnavailable
        | TransportError::NotSent(_)
        | TransportError::Lost(_)
        | TransportError::ContentChanged => (Code::Unavailable, "Try again later."),
    };
    let message = format!("Clio did not answer “{what}”: {error}. {next}");
    let failure = match code {
        Code::Unavailable => Failure::transient(code, message),
        _ => Failure::permanent(code, message),
    };
    match error {
        TransportError::Lost(_) => ApiError::unsettled(failure),
        TransportError::TooLarge => ApiError {
            about: About::Size,
            ..ApiError::unsettled(failure)
        },
        _ => ApiError::refused(failure),
    }
}

/// The failure of a call that has no account to work on.
pub fn no_account(error: TransportError) -> Failure {
    unanswered("find the account", error).failure
}

/// What to tell when a write's outcome is unknown and a look did not find it.
pub(crate) fn outcome_unknown(what: &str, error: ApiError) -> Failure {
    let mut failure = error.failure;
    failure.remedy = Remedy::Transient;
    failure.problem.code = Code::Unavailable;
    failure.problem.message = format!(
        "It is not known whether “{what}” was carried out: its answer was lost, and a look did \
         not find the record. Repeat the call with the same `began`."
    );
    failure
}
