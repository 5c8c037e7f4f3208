//! The one failure that leaves an action, and what its caller should do.
//!
//! It mirrors `types.error` of the contract. Its messages hold no client data:
//! they name the request, Clio's own error type and the next step.

use crate::prelude::*;
use core::fmt;

use clio_types::types::{Error, Problem, ProblemCode};

/// What the caller should do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Change the input, the permissions or the account first.
    Permanent,
    /// Repeat the same call later, with the same `began`.
    Transient,
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
    pub fn permanent(code: ProblemCode, message: impl Into<String>) -> Self {
        Self::new(Remedy::Permanent, code, message.into())
    }

    /// A failure that the same call may not meet later.
    pub fn transient(code: ProblemCode, message: impl Into<String>) -> Self {
        Self::new(Remedy::Transient, code, message.into())
    }

    /// An input member that is missing, malformed or does not fit.
    pub fn input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::permanent(ProblemCode::InvalidInput, message).field(field)
    }

    fn new(remedy: Remedy, code: ProblemCode, message: String) -> Self {
        Self {
            remedy,
            problem: Box::new(Problem::new(code, message)),
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
    pub(crate) fn code(&self) -> ProblemCode {
        self.problem.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl core::error::Error for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure.remedy {
            Remedy::Permanent => Self::Permanent(*failure.problem),
            Remedy::Transient => Self::Transient(*failure.problem),
        }
    }
}
