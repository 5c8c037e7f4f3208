//! Clio's API: JSON over one function, and what its answers mean to a caller.
//!
//! Every error is one of the contract's: its case says what the caller should
//! do, its code what went wrong. No message holds client data, also not a
//! sentence of Clio's, which may repeat the input.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clio::actions::types::{Error, Problem, ProblemCode};

/// The most pages of one list.
const PAGES: usize = 50;

/// A way to Clio: over HTTP, or a script in a test.
pub trait Api {
    /// Sends one request, to a path of the account's origin.
    ///
    /// # Errors
    /// When no whole answer came.
    fn send(&mut self, method: Method, path: &str, body: Option<&[u8]>)
    -> Result<Answer, NoAnswer>;
}

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// It reads.
    Get,
    /// It creates.
    Post,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The seconds of `Retry-After`.
    pub retry_after: Option<u64>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why there is none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// The host does not let the request out: see `requests` in `action.json`.
    Denied,
    /// Whatever else. The request may have been carried out.
    Lost,
}

/// What Clio puts its answers into, and takes requests in.
#[derive(Serialize, Deserialize)]
pub struct Row<T> {
    /// The record or records.
    pub data: T,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    paging: Paging,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paging {
    next: Option<String>,
}

/// Reads a list to its end. The first page's path says `fields`, for without it
/// Clio answers ids alone, and `order=id(asc)`, for other orders end at 10,000.
///
/// # Errors
/// When a page cannot be read.
pub fn list<T: DeserializeOwned>(api: &mut impl Api, first: &str) -> Result<Vec<T>, Error> {
    let mut path = first.to_owned();
    let mut rows = Vec::new();
    for _ in 0..PAGES {
        let page: Page<T> = exchange(api, Method::Get, &path, None)?;
        rows.extend(page.data);
        let Some(next) = page.meta.paging.next else {
            return Ok(rows);
        };
        // A whole URL. Of it counts what is on this account's origin.
        let at = next.find("/api/v4/").ok_or_else(unexpected)?;
        next[at..].clone_into(&mut path);
    }
    Err(unexpected())
}

/// Creates a record.
///
/// # Errors
/// When it was not created, or nobody knows: see [`may_be_done`].
pub fn post<B: Serialize, T: DeserializeOwned>(
    api: &mut impl Api,
    path: &str,
    data: &B,
) -> Result<T, Error> {
    let body = serde_json::to_vec(&Row { data }).map_err(|_| {
        let message = "The input cannot be written as JSON.";
        permanent(ProblemCode::InvalidInput, message)
    })?;
    exchange(api, Method::Post, path, Some(&body))
}

/// Whether Clio may have carried out a write that failed so. Then look before
/// anything is told.
pub fn may_be_done(error: &Error) -> bool {
    matches!(error, Error::Transient(problem) if problem.code != ProblemCode::RateLimited)
}

fn exchange<T: DeserializeOwned>(
    api: &mut impl Api,
    method: Method,
    path: &str,
    body: Option<&[u8]>,
) -> Result<T, Error> {
    let answer = api.send(method, path, body).map_err(|why| match why {
        NoAnswer::Denied => {
            let message = "The host does not let the request out. List it in action.json.";
            permanent(ProblemCode::DeniedByPolicy, message)
        }
        NoAnswer::Lost => {
            let message = "Clio gave no answer. Repeat the call.";
            transient(ProblemCode::Unavailable, message)
        }
    })?;
    if !(200..300).contains(&answer.status) {
        return Err(refused(&answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| unexpected())
}

/// What a status means.
fn refused(answer: &Answer) -> Error {
    use ProblemCode::{
        Forbidden, NotConnected, NotFound, RateLimited, RejectedByClio, Unavailable,
    };
    let mut error = match answer.status {
        401 => permanent(
            NotConnected,
            "Clio does not accept the connection. Connect again.",
        ),
        403 => permanent(
            Forbidden,
            "The connection or its user may not do this in Clio.",
        ),
        404 => permanent(NotFound, "Clio has no such record, or does not show it."),
        429 => transient(
            RateLimited,
            "The account's request budget is spent. Repeat later.",
        ),
        status if status >= 500 => transient(Unavailable, "Clio failed. Repeat the call."),
        _ => permanent(
            RejectedByClio,
            "Clio understood the request and refused it.",
        ),
    };
    if let Error::Permanent(problem) | Error::Transient(problem) = &mut error {
        problem.status = Some(answer.status);
        problem.retry_after_ms = answer
            .retry_after
            .map(|seconds| seconds.saturating_mul(1000));
        problem.clio_type = kind(&answer.body);
    }
    error
}

/// Clio's own name of an error, such as `InvalidFields`.
fn kind(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let kind = body["error"]["type"].as_str()?;
    let plain = kind.len() <= 64 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| kind.to_owned())
}

fn unexpected() -> Error {
    transient(
        ProblemCode::UnexpectedAnswer,
        "The answer is not what Clio's API describes. Repeat the call.",
    )
}

/// A member of the input that cannot be used, by its JSON Pointer.
pub fn invalid_input(field: &str, message: &str) -> Error {
    let mut problem = problem(ProblemCode::InvalidInput, message);
    problem.field = Some(field.to_owned());
    Error::Permanent(problem)
}

/// The same call will fail again.
pub fn permanent(code: ProblemCode, message: &str) -> Error {
    Error::Permanent(problem(code, message))
}

/// The same call may succeed later.
pub fn transient(code: ProblemCode, message: &str) -> Error {
    Error::Transient(problem(code, message))
}

fn problem(code: ProblemCode, message: &str) -> Problem {
    Problem {
        code,
        message: message.to_owned(),
        field: None,
        status: None,
        clio_type: None,
        retry_after_ms: None,
        candidates: Vec::new(),
    }
}
