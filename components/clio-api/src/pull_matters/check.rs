//! What is asked of Clio, checked before the first request.

use clio_types::pull_matters::{CountRequest, Filter, Link, PullRequest};

use super::wire;
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::{Instant, input, instant};

/// The most custom fields that are named one by one: their ids stand in the
/// request's address.
const MOST_FIELDS: usize = 100;

/// How many pages a count reads, unless it says otherwise.
const PAGES: u32 = 10;

/// The most pages that one count reads: two minutes of Clio's request budget.
const MOST_PAGES: u32 = 100;

/// The first page of the matters to pull.
pub(super) fn pull(request: &PullRequest, now: Instant) -> Result<Query, Failure> {
    let limit = request.limit.unwrap_or(200);
    if !(1..=200).contains(&limit) {
        return Err(Failure::input(
            "/limit",
            "A page holds from 1 to 200 matters.",
        ));
    }
    let marker = link(request.link.as_ref())?;
    let named = request.custom_fields.as_deref();
    let fields = named.unwrap_or_default();
    if fields.len() > MOST_FIELDS {
        return Err(Failure::input(
            "/custom_fields",
            "More than 100 custom fields are named. Name fewer, or leave them out to get all.",
        ));
    }
    for (index, id) in fields.iter().enumerate() {
        input::id(&format!("/custom_fields/{index}"), *id)?;
    }
    let query = filtered(request.filter.as_ref(), now)?;
    let none = named.is_some_and(<[_]>::is_empty) && marker.is_none();
    let mut query = query.fields(if none { wire::PLAIN } else { wire::WITH_VALUES });
    if named.is_some() {
        for id in fields.iter().copied().chain(marker) {
            query = query.with_id("custom_field_ids[]", id);
        }
    }
    Ok(query
        .with("order", "id(asc)")
        .with("limit", &limit.to_string()))
}

/// The first page of the matters to count, and how many pages to read.
pub(super) fn count(request: &CountRequest, now: Instant) -> Result<(Query, u32), Failure> {
    let pages = request.max_pages.unwrap_or(PAGES);
    if !(1..=MOST_PAGES).contains(&pages) {
        return Err(Failure::input(
            "/max_pages",
            "A call reads from 1 to 100 pages.",
        ));
    }
    let marker = link(request.link.as_ref())?;
    let query = filtered(request.filter.as_ref(), now)?;
    let query = match (&request.link, marker) {
        (_, Some(field)) => query
            .fields(wire::MARKED)
            .with_id("custom_field_ids[]", field),
        (Some(_), None) => query.fields(wire::REFERENCED),
        (None, None) => query.fields(wire::ID),
    };
    Ok((query.by_id(), pages))
}

/// Checks a link, and returns its marker field.
fn link(link: Option<&Link>) -> Result<Option<u64>, Failure> {
    match link {
        Some(Link::MarkerField(id)) => {
            input::id("/link/marker_field", *id)?;
            Ok(Some(*id))
        }
        Some(Link::Reference(prefix)) => {
            input::not_blank("/link/reference", prefix)?;
            input::no_controls_around("/link/reference", prefix)?;
            Ok(None)
        }
        None => Ok(None),
    }
}

fn filtered(filter: Option<&Filter>, now: Instant) -> Result<Query, Failure> {
    let mut query = Query::new("matters.json");
    let Some(filter) = filter else {
        return Ok(query);
    };
    let mut statuses = String::new();
    for status in &filter.statuses {
        if !statuses.is_empty() {
            statuses.push(',');
        }
        statuses.push_str(status.name());
    }
    if !statuses.is_empty() {
        query = query.with("status", &statuses);
    }
    for (name, field, since) in [
        (
            "created_since",
            "/filter/created_since",
            &filter.created_since,
        ),
        (
            "updated_since",
            "/filter/updated_since",
            &filter.updated_since,
        ),
    ] {
        if let Some(text) = since {
            let since = instant::parse_past(field, text, now)?;
            query = query.with(name, &since.to_string());
        }
    }
    if let Some(id) = filter.practice_area {
        input::id("/filter/practice_area", id)?;
        query = query.with_id("practice_area_id", id);
    }
    if let Some(id) = filter.client {
        input::id("/filter/client", id)?;
        query = query.with_id("client_id", id);
    }
    Ok(query)
}
