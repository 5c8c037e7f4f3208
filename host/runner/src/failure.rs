//! A failure as a person reads it: what, and the next step.
//!
//! Every command ends in an exit code or in one of these. A message names the
//! thing and the cause, and holds no token and no client data: it may end up in
//! the log of a scheduler.

use std::{fmt, io};

use crate::exit::Exit;
use crate::terminal;

/// What went wrong, for the person at the terminal.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: String,
    details: Vec<String>,
    next: Option<String>,
}

impl Failure {
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            details: Vec::new(),
            next: None,
        }
    }

    /// Arguments, input or case file are not right.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// The runner could not do its work.
    pub fn host(what: impl Into<String>) -> Self {
        Self::new(Exit::HostFailure, what)
    }

    /// There is no room for what is to be kept.
    pub fn disk_full(error: &dyn std::error::Error) -> Self {
        Self::host(format!("the disk is full: {error}")).next(
            "make room on the disk, and run the same again; what stands there is whole, and \
             nothing needs to be restored",
        )
    }

    /// The next step.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// One line for each thing that is wrong, where there are several.
    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// What went wrong, without the next step.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Each thing that is wrong, where there are several.
    pub fn all_details(&self) -> &[String] {
        &self.details
    }

    /// The next step, where there is one.
    pub fn next_step(&self) -> Option<&str> {
        self.next.as_deref()
    }

    pub fn exit(&self) -> Exit {
        self.exit
    }
}

/// Whether a disk has no room, or a user none left on it.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Each is a line: what a name holds cannot begin another.
        write!(f, "error: {}", terminal::line(&self.what))?;
        for detail in &self.details {
            write!(f, "\n  {}", terminal::line(detail))?;
        }
        if let Some(next) = &self.next {
            write!(f, "\nnext: {}", terminal::line(next))?;
        }
        Ok(())
    }
}
