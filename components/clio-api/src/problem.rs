//! The one failure that leaves an action, and what its caller should do.
//!
//! It mirrors `types.error` of the contract. Its messages hold no client data:
//! they name the request, Clio's own error type and the next step.

use crate::prelude::*;
use core::fmt;

/// What went wrong, for programs. The cases mirror `types.problem-code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A member of the input is missing, malformed or does not fit another.
    InvalidInput,
    /// No account is connected, or Clio no longer accepts the connection.
    NotConnected,
    /// The account, plan or user lacks a permission.
    Forbidden,
    /// A record that the input names does not exist, or may not be seen.
    NotFound,
    /// Several records could be meant.
    Ambiguous,
    /// The record was changed meanwhile, or does not fit the request.
    Conflict,
    /// The record existed and was removed in Clio.
    Removed,
    /// Clio understood the request and refused it.
    RejectedByClio,
    /// A draft has no approval, or its approval is for other bytes.
    ReviewRequired,
    /// The host's policy does not allow a request.
    DeniedByPolicy,
    /// The account's request budget is spent.
    RateLimited,
    /// Clio or its storage could not be reached or failed.
    Unavailable,
    /// The bytes of a document did not arrive whole.
    UploadIncomplete,
    /// An answer was not what Clio's description says.
    UnexpectedAnswer,
}

/// What the caller should do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Change the input, the permissions or the account first.
    Permanent,
    /// Repeat the same call later, with the same `began`.
    Transient,
}

/// One failure. The members mirror `types.problem`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong, for programs.
    pub code: Code,
    /// What went wrong and the next step, for people, without client data.
    pub message: String,
    /// The input member at fault, as a JSON Pointer (RFC 6901).
    pub field: Option<String>,
    /// The HTTP status that Clio or its storage answered.
    pub status: Option<u16>,
    /// Clio's own name for the error.
    pub clio_type: Option<String>,
    /// The least time to wait before a repetition, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The ids of the records in question, oldest first.
    pub candidates: Vec<u64>,
}

/// A failure of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What the caller should do.
    pub remedy: Remedy,
    /// What went wrong. Boxed: every function here returns it.
    pub problem: Box<Problem>,
}

impl Failure {
    /// A failure that the same call will meet again.
    pub fn permanent(code: Code, message: impl Into<String>) -> Self {
        Self::new(Remedy::Permanent, code, message.into())
    }

    /// A failure that the same call may not meet later.
    pub fn transient(code: Code, message: impl Into<String>) -> Self {
        Self::new(Remedy::Transient, code, message.into())
    }

    /// An input member that is missing, malformed or does not fit.
    pub fn input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::permanent(Code::InvalidInput, message).field(field)
    }

    fn new(remedy: Remedy, code: Code, message: String) -> Self {
        Self {
            remedy,
            problem: Box::new(Problem {
                code,
                message,
                field: None,
                status: None,
                clio_type: None,
                retry_after_ms: None,
                candidates: Vec::new(),
            }),
        }
    }

    /// Names the input member at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.problem.field = Some(field.into());
        self
    }

    /// Names the records in question.
    #[must_use]
    pub fn candidates(mut self, candidates: impl IntoIterator<Item = u64>) -> Self {
        // Insertion into a set: sorting a list brings several kilobytes along.
        let mut ids = alloc::collections::BTreeSet::new();
        for id in candidates {
            ids.insert(id);
        }
        self.problem.candidates = ids.into_iter().collect();
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.problem.status = Some(status);
        self
    }

    pub(crate) fn clio_type(mut self, clio_type: Option<String>) -> Self {
        self.problem.clio_type = clio_type;
        self
    }

    pub(crate) fn retry_after_ms(mut self, wait: Option<u64>) -> Self {
        self.problem.retry_after_ms = wait;
        self
    }

    #[cfg(test)]
    pub(crate) fn code(&self) -> Code {
        self.problem.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl core::error::Error for Failure {}
