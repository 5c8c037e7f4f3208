//! What is checked before the first request, and when two subscriptions are for
//! the same.

use crate::prelude::*;
use alloc::collections::BTreeSet;

use clio_types::webhooks::{EnsureRequest, WebhookEvent as Event, WebhookModel as Model};

use crate::{Failure, input};

/// The most characters of `fields` that Clio takes.
const FIELDS: usize = 1000;

/// A subscription that expires within a week is renewed, unless the caller says
/// otherwise: a caller that runs daily then has seven tries.
const RENEW_WITHIN: u32 = 7 * 24;

/// The longest time: a new one has 31 days.
const MOST_RENEW_WITHIN: u32 = 30 * 24;

/// A checked request.
#[derive(Debug)]
pub(super) struct Wanted<'r> {
    pub(super) url: &'r str,
    pub(super) model: Model,
    pub(super) fields: &'r str,
    pub(super) events: BTreeSet<&'static str>,
    /// In seconds.
    pub(super) renew_within: i64,
}

pub(super) fn checked(request: &EnsureRequest) -> Result<Wanted<'_>, Failure> {
    let url = request.url.trim();
    self::url("/url", url)?;
    let fields = request.fields.trim();
    input::not_blank("/fields", fields)?;
    if fields.chars().count() > FIELDS {
        return Err(Failure::input(
            "/fields",
            "The fields are longer than 1000 characters, the most that Clio takes.",
        ));
    }
    if parts(fields).is_none() {
        return Err(Failure::input(
            "/fields",
            "The fields are not written as Clio does: names with commas between, and one level \
             of braces, such as id,etag,matter_stage{id,name}.",
        ));
    }
    let payments = request.model == Model::ClioPaymentsPayment;
    let mut events: BTreeSet<Event> = request.events.iter().copied().collect();
    if events.is_empty() {
        events.extend([Event::Created, Event::Updated]);
        if !payments {
            events.insert(Event::Deleted);
        }
    }
    let fits = |event: &Event| match event {
        Event::Created | Event::Updated => true,
        Event::Deleted => !payments,
        Event::MatterOpened | Event::MatterPended | Event::MatterClosed => {
            request.model == Model::Matter
        }
    };
    if !events.iter().all(fits) {
        return Err(Failure::input(
            "/events",
            "The model does not have one of these events: those of matters are theirs alone, and \
             payments are never deleted.",
        ));
    }
    let hours = request.renew_within_hours.unwrap_or(RENEW_WITHIN);
    if hours > MOST_RENEW_WITHIN {
        return Err(Failure::input(
            "/renew_within_hours",
            "The time is longer than 720 hours, so every call would renew.",
        ));
    }
    Ok(Wanted {
        url,
        model: request.model,
        fields,
        events: events.into_iter().map(Event::name).collect(),
        renew_within: i64::from(hours) * 3600,
    })
}

/// Clio takes `https` alone. A sandbox on this machine takes its `http` too.
pub(super) fn url(field: &str, url: &str) -> Result<(), Failure> {
    let host = |rest: &str| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        !rest[..end].is_empty() && rest.is_ascii() && !rest.contains(' ')
    };
    let local = |rest: &str| {
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
            rest.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/', '?']))
        })
    };
    let good = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => host(rest),
        (None, Some(rest)) => host(rest) && local(rest),
        (None, None) => false,
    };
    if !good {
        return Err(Failure::input(
            field,
            "The url is no https URL. Clio delivers to nothing else.",
        ));
    }
    input::no_controls(field, url)
}

/// The names of `fields`, each with what stands in its braces; `None` when it
/// is not written well.
fn parts(fields: &str) -> Option<BTreeSet<(String, BTreeSet<String>)>> {
    let name = |text: &str| {
        let text = text.trim();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        (!text.is_empty() && text.bytes().all(plain)).then(|| text.to_owned())
    };
    let mut found = BTreeSet::new();
    let mut rest = fields;
    loop {
        let end = rest.find([',', '{']).unwrap_or(rest.len());
        let outer = name(&rest[..end])?;
        let mut inner = BTreeSet::new();
        let mut tail = &rest[end..];
        if let Some(open) = tail.strip_prefix('{') {
            let (members, after) = open.split_once('}')?;
            for member in members.split(',') {
                inner.insert(name(member)?);
            }
            tail = after.trim_start();
        }
        found.insert((outer, inner));
        if tail.is_empty() {
            return Some(found);
        }
        rest = tail.strip_prefix(',')?;
    }
}

/// Whether two selections name the same, in whatever order.
pub(super) fn same_fields(one: &str, other: &str) -> bool {
    one == other || matches!((parts(one), parts(other)), (Some(a), Some(b)) if a == b)
}
