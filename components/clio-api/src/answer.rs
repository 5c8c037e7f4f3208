//! From an HTTP answer to a typed failure.
//!
//! Not every answer is JSON: a firewall answers HTML, an error may have no
//! body, a 200 may be cut short. Clio's own sentence is never passed on, since
//! it repeats submitted values.

use crate::prelude::*;
use clio_types::types::ProblemCode;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::instant::Instant;
use crate::problem::Failure;
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
    ResponsibleAttorney,
    OriginatingAttorney,
    Client,
    Email,
    Phone,
    Name,
    Parent,
    Template,
    Fields,
    /// The answer's own size.
    Size,
    /// How far the list goes on: past what one look reads.
    Pages,
    /// It is no sentence of Clio's: something on the way answered.
    Between,
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

    /// The status that Clio answered. What answered in its place knows nothing
    /// of records.
    pub(crate) fn status(&self) -> Option<u16> {
        let status = self.failure.problem.status;
        status.filter(|_| self.about != About::Between)
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
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// Whether an error is Clio's own. It answers JSON with a member `error`, which
/// may have been cut short on the way, or nothing at all; what stands between
/// (a firewall, a proxy, a sign-in page of the network) answers a page, a text,
/// or JSON of its own.
fn is_clios(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    body.is_empty() || (body.starts_with(b"{") && (body.len() < 9 || holds(body, b"\"error")))
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

/// Reads the `data` of a successful answer.
pub(crate) fn data<T: DeserializeOwned>(
    what: &str,
    response: &Response,
    now: &dyn Fn() -> Instant,
) -> Result<T, ApiError> {
    decode::<Envelope<T>>(what, response, now).map(|envelope| envelope.data)
}

/// Reads the body of a successful answer. What time it is, only a failure asks.
pub(crate) fn decode<T: DeserializeOwned>(
    what: &str,
    response: &Response,
    now: &dyn Fn() -> Instant,
) -> Result<T, ApiError> {
    if !(200..300).contains(&response.status) {
        return Err(failed(what, response, now()));
    }
    serde_json::from_slice(&response.body)
        .map_err(|error| undecodable(what, response, error.is_data()))
}

/// Checks a successful answer of which nothing is read, such as a deletion's:
/// Clio sends none. A page of HTML, or a spent budget in disguise, is no success.
pub(crate) fn done(
    what: &str,
    response: &Response,
    now: &dyn Fn() -> Instant,
) -> Result<(), ApiError> {
    match response.status {
        200..=299 if response.body.is_empty() => Ok(()),
        200..=299 => {
            decode::<Envelope<IgnoredAny>>(what, response, now)?;
            match retry_after::wrapped(&response.body) {
                None => Ok(()),
                Some(wait) => Err(spent(what, response.status, wait)),
            }
        }
        _ => Err(failed(what, response, now())),
    }
}

/// A spent budget, however it was told. The request was not carried out.
fn spent(what: &str, status: u16, wait: Option<u64>) -> ApiError {
    let message = format!("Clio did not carry out “{what}” (HTTP {status}, RateLimited). {SPENT}");
    ApiError::refused(
        Failure::transient(ProblemCode::RateLimited, message)
            .status(status)
            .clio_type(Some("RateLimited".to_owned()))
            .retry_after_ms(wait),
    )
}

/// Why a successful answer cannot be read. It stands apart from the generic
/// part, which is compiled once for each type.
fn undecodable(what: &str, response: &Response, is_json: bool) -> ApiError {
    if let Some(wait) = retry_after::wrapped(&response.body) {
        return spent(what, response.status, wait);
    }
    let failure = if is_json {
        Failure::permanent(
            ProblemCode::UnexpectedAnswer,
            format!("Clio's answer to “{what}” does not have the described form. Report it."),
        )
    } else {
        Failure::transient(
            ProblemCode::Unavailable,
            format!(
                "The answer to “{what}” was cut short, or is not Clio's own but that of a firewall \
                 or a proxy on the way. Try again later."
            ),
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
        ("responsible_attorney", About::ResponsibleAttorney),
        ("responsible attorney", About::ResponsibleAttorney),
        ("originating_attorney", About::OriginatingAttorney),
        ("originating attorney", About::OriginatingAttorney),
        ("client", About::Client),
        ("email", About::Email),
        ("phone", About::Phone),
        ("first name or last name", About::Name),
        ("parent", About::Parent),
        ("template", About::Template),
        ("field", About::Fields),
    ] {
        if message.contains(words) {
            return about;
        }
    }
    About::Unknown
}

pub(crate) fn failed(what: &str, response: &Response, now: Instant) -> ApiError {
    let status = response.status;
    if let Some(wait) = retry_after::wrapped(&response.body) {
        let wait = retry_after::wait_ms(response, now).or(wait);
        return spent(what, status, wait);
    }
    if !is_clios(&response.body) && !tells_by_itself(status) {
        return between(what, status);
    }
    let body: Option<ErrorBody> = serde_json::from_slice(&response.body).ok();
    let (kind, about) = match body {
        Some(body) => (
            type_name(body.error.kind),
            about(body.error.message.as_deref()),
        ),
        None => (None, About::Unknown),
    };
    let (code, next) = match status {
        401 => (
            ProblemCode::NotConnected,
            "Reconnect the account, and check its region: a token is valid only in its own.",
        ),
        403 => (
            ProblemCode::Forbidden,
            "Give the app and the user the permission, or check that the plan includes API access.",
        ),
        404 => (
            ProblemCode::NotFound,
            "The record does not exist, or may not be seen.",
        ),
        409 | 412 => (
            ProblemCode::Conflict,
            "The record is being changed or stands in the way. Look at it in Clio.",
        ),
        410 => (
            ProblemCode::UnexpectedAnswer,
            "The API version that this release asks for was retired. Use a newer release.",
        ),
        429 => (ProblemCode::RateLimited, SPENT),
        408 | 500..=599 => (ProblemCode::Unavailable, "Try again later."),
        400..=499 => (
            ProblemCode::RejectedByClio,
            "Correct the input, or the account's settings.",
        ),
        _ => (
            ProblemCode::UnexpectedAnswer,
            "The status is not one of the described ones: a proxy may have answered. Check the \
             network's way out.",
        ),
    };
    let named = kind
        .as_deref()
        .map_or(String::new(), |kind| format!(", {kind}"));
    let message = format!("Clio did not carry out “{what}” (HTTP {status}{named}). {next}");
    let failure = match code {
        ProblemCode::RateLimited | ProblemCode::Unavailable => {
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

/// Whether a status says what to do whoever wrote the body: how Clio words a
/// 401 is not known, and what is overloaded or down need not be Clio itself.
fn tells_by_itself(status: u16) -> bool {
    matches!(status, 401 | 408 | 429 | 500..=599)
}

/// A refusal by something on the way to Clio, which Clio never saw.
///
/// It says nothing about records and permissions: taken for Clio's own 404 it
/// would have a record made again, for its 403 somebody would grant a
/// permission that is there.
fn between(what: &str, status: u16) -> ApiError {
    let message = format!(
        "“{what}” did not reach Clio: HTTP {status} came from something between, such as a \
         firewall or a proxy. Let it pass there; permissions in Clio are not at fault."
    );
    let failure = Failure::permanent(ProblemCode::UnexpectedAnswer, message);
    ApiError {
        about: About::Between,
        ..ApiError::refused(failure.status(status))
    }
}

/// The failure of a request that has no answer.
pub(crate) fn unanswered(what: &str, error: TransportError) -> ApiError {
    let (code, next) = match error {
        TransportError::Denied => (
            ProblemCode::DeniedByPolicy,
            "Add the rule that the host names.",
        ),
        TransportError::NotConnected => (
            ProblemCode::NotConnected,
            "Connect one, in the region that it belongs to.",
        ),
        TransportError::TooLarge | TransportError::Unfit(_) => {
            (ProblemCode::UnexpectedAnswer, "Report it.")
        }
        TransportError::Url => (ProblemCode::UnexpectedAnswer, "Check the account's origin."),
        TransportError::AccountUnavailable
        | TransportError::NotSent(_)
        | TransportError::Lost(_)
        | TransportError::ContentChanged => (ProblemCode::Unavailable, "Try again later."),
    };
    let message = format!("Clio did not answer “{what}”: {error}. {next}");
    let failure = match code {
        ProblemCode::Unavailable => Failure::transient(code, message),
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
    failure.problem.code = ProblemCode::Unavailable;
    failure.problem.message = format!(
        "It is not known whether “{what}” was carried out: its answer was lost, and a look did \
         not find the record. Repeat the call with the same `began`."
    );
    failure
}
