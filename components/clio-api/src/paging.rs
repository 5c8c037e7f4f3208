//! Lists, page by page.
//!
//! The next page's address is followed whole, since it holds an opaque token,
//! and only when it leads to the same origin and path: whoever could write it
//! would otherwise receive the credential.

use crate::prelude::*;
use core::ops::ControlFlow;

use clio_types::types::ProblemCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::answer::{self, About, ApiError};
use crate::client::Client;
use crate::instant::Instant;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::{Method, Transport};

/// The most pages that one look reads: 20,000 rows. Reading on would spend two
/// minutes of Clio's whole request budget.
pub(crate) const MOST_PAGES: u32 = 100;

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<R> {
    pub(crate) rows: Vec<R>,
    /// Path and query of the next page.
    pub(crate) next: Option<String>,
    /// Clio's clock.
    pub(crate) date: Option<Instant>,
}

#[derive(Deserialize)]
struct Envelope<R> {
    data: Vec<R>,
    #[serde(default)]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    next: Option<String>,
}

impl<T: Transport> Client<'_, T> {
    /// Reads one page.
    pub(crate) fn page<R: DeserializeOwned>(
        &mut self,
        what: &str,
        path_and_query: String,
    ) -> Result<Page<R>, ApiError> {
        let response = self.send(what, Method::Get, path_and_query.clone(), None)?;
        let envelope: Envelope<R> = answer::decode(what, &response, &|| self.transport.now())?;
        let next = envelope
            .meta
            .and_then(|meta| meta.paging)
            .and_then(|paging| paging.next)
            .map(|next| same_list(what, self.transport.origin(), &path_and_query, &next))
            .transpose()?;
        let date = response.headers.get("date").and_then(Instant::of_http_date);
        Ok(Page {
            rows: envelope.data,
            next,
            date,
        })
    }

    /// Hands each row of a list to `each`, until it breaks.
    ///
    /// A list of more than [`MOST_PAGES`] is an error, about [`About::Pages`]: a
    /// look that stopped half-way would take for absent what it did not read.
    pub(crate) fn list<R: DeserializeOwned>(
        &mut self,
        what: &str,
        query: Query,
        mut each: impl FnMut(R) -> ControlFlow<()>,
    ) -> Result<(), ApiError> {
        self.walk(what, query, None, &mut each)
    }

    /// [`Self::list`], which also tells Clio's clock where an answer does.
    pub(crate) fn dated_list<R: DeserializeOwned>(
        &mut self,
        what: &str,
        query: Query,
        date: &mut Instant,
        each: &mut dyn FnMut(R) -> ControlFlow<()>,
    ) -> Result<(), ApiError> {
        self.walk(what, query, Some(date), each)
    }

    /// Not generic over `each`, so that it is compiled once for each type of row.
    fn walk<R: DeserializeOwned>(
        &mut self,
        what: &str,
        query: Query,
        mut date: Option<&mut Instant>,
        each: &mut dyn FnMut(R) -> ControlFlow<()>,
    ) -> Result<(), ApiError> {
        let mut at = Some(query.into_string());
        let mut pages = 0;
        while let Some(path_and_query) = at {
            pages += 1;
            if pages > MOST_PAGES {
                return Err(endless(what));
            }
            let page = self.page(what, path_and_query)?;
            if let (Some(date), Some(told)) = (date.as_deref_mut(), page.date) {
                *date = told;
            }
            for row in page.rows {
                if each(row).is_break() {
                    return Ok(());
                }
            }
            at = page.next;
        }
        Ok(())
    }
}

fn endless(what: &str) -> ApiError {
    let message = format!("“{what}” answered more than 100 pages, more than one look reads.");
    let failure = Failure::permanent(ProblemCode::UnexpectedAnswer, message);
    ApiError {
        about: About::Pages,
        ..ApiError::refused(failure)
    }
}

/// The path of a path and query.
pub(crate) fn path(path_and_query: &str) -> &str {
    path_and_query.split(['?', '#']).next().unwrap_or_default()
}

/// Whether a path and query can stand in a request line as they are. Space and
/// line ends would add to the request, and a fragment would be dropped.
pub(crate) fn is_plain(path_and_query: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    path_and_query.starts_with('/') && path_and_query.bytes().all(plain)
}

/// The path and query of the next page, if it belongs to the same list.
fn same_list(what: &str, origin: &str, current: &str, next: &str) -> Result<String, ApiError> {
    next.strip_prefix(origin)
        .filter(|rest| is_plain(rest) && path(rest) == path(current) && *rest != current)
        .map(str::to_owned)
        .ok_or_else(|| {
            ApiError::refused(Failure::permanent(
                ProblemCode::UnexpectedAnswer,
                format!("The next page of “{what}” leads elsewhere and was not followed."),
            ))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn next(url: &str) -> Option<String> {
        let current = "/api/v4/contacts.json?limit=200";
        same_list("list", "https://app.clio.com", current, url).ok()
    }

    #[test]
    fn a_next_page_elsewhere_is_not_followed() {
        assert_eq!(
            next("https://app.clio.com/api/v4/contacts.json?page_token=x").as_deref(),
            Some("/api/v4/contacts.json?page_token=x")
        );
        for elsewhere in [
            "https://evil.example/api/v4/contacts.json?page_token=x",
            "https://app.clio.com.evil.example/api/v4/contacts.json?page_token=x",
            "https://app.clio.com@evil.example/api/v4/contacts.json?page_token=x",
            "https://app.clio.com:8443/api/v4/contacts.json?page_token=x",
            "http://app.clio.com/api/v4/contacts.json?page_token=x",
            "https://app.clio.com/api/v4/users.json?page_token=x",
            "https://app.clio.com/api/v4/contacts.json/../users.json",
            "https://app.clio.com/api/v4/contacts.json?x\r\nX-Evil: 1",
            "https://app.clio.com/api/v4/contacts.json?x y",
            "https://app.clio.com/api/v4/contacts.json?x#y",
            "https://app.clio.com/api/v4/contacts.json?\u{e9}",
            "/api/v4/contacts.json?page_token=x",
            // The same page again would be read forever.
            "https://app.clio.com/api/v4/contacts.json?limit=200",
        ] {
            assert_eq!(next(elsewhere), None, "{elsewhere}");
        }
    }
}
