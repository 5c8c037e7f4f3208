//! What cannot be shown or done, as a page.

use axum::response::{IntoResponse, Response};
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::journal::JournalError;
use http::StatusCode;
use maud::html;

use super::layout;
use crate::http::problem::Problem;

/// Why, and the next step.
#[derive(Debug)]
pub(super) struct Trouble {
    status: StatusCode,
    what: String,
    details: Vec<String>,
    next: Option<String>,
}

impl Trouble {
    pub(super) fn new(status: StatusCode, what: impl Into<String>) -> Self {
        Self {
            status,
            what: what.into(),
            details: Vec::new(),
            next: None,
        }
    }

    pub(super) fn not_there(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no such {what}"))
    }

    #[must_use]
    pub(super) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        if failure.exit() == Exit::HostFailure {
            return Problem::from(failure).into();
        }
        let details = failure.all_details().to_vec();
        let next = failure.next_step().map(str::to_owned);
        let what = failure.what().to_owned();
        Self {
            status: Problem::from(failure).status(),
            what,
            details,
            next,
        }
    }
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::new(problem.status(), problem.detail())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let content = html! {
            p.notice.bad role="alert" { (self.what) }
            @if !self.details.is_empty() {
                ul { @for detail in &self.details { li { (detail) } } }
            }
            @if let Some(next) = &self.next { p { "Next: " (next) } }
            p { a href="/" { "To the overview" } }
        };
        layout::bare(self.status, "That did not work", &content)
    }
}
