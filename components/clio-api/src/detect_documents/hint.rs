//! A look that a webhook's delivery led to.
//!
//! A delivery says that something happened to a matter or a document, not what,
//! and it can be late, lost, repeated or made up. So it only narrows where to
//! look, and what is found there is decided as a scan would decide it.
//!
//! What must stay true: a look moves neither the time from which the next scan
//! reads nor the floor, for it has not seen what else happened.

use crate::prelude::*;
use alloc::collections::BTreeMap;

use super::cursor::Cursor;
use super::detect::{WHAT, outcome, scoped};
use super::scan::hinted;
use super::wire::Row;
use super::{DetectOutcome, Hint, Hinted, Start, WatchScope};
use crate::client::Client;
use crate::input;
use crate::instant::{Instant, OVERLAP};
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// How long to wait for each look after the first: 5 s, 30 s, 2 min and 10 min
/// after the delivery. Clio generates documents some time after what it told.
const NEXT_LOOKS_MS: [u32; 4] = [5_000, 25_000, 90_000, 480_000];

/// Refuses a hint that cannot be meant.
pub(super) fn check(hint: Hint, start: &Start) -> Result<(), Failure> {
    if !matches!(start, Start::Cursor(_)) {
        return Err(Failure::input(
            "/hint",
            "A hint goes with the cursor of an earlier call. Make one without a hint first.",
        ));
    }
    match hint.about {
        Hinted::Matter(id) => input::id("/hint/about/matter", id),
        Hinted::Document(id) => input::id("/hint/about/document", id),
    }
}

/// Reads what a hint leads to, and tells what is new there.
pub(super) fn look<T: Transport>(
    client: &mut Client<'_, T>,
    scope: WatchScope,
    hint: Hint,
    mut cursor: Cursor,
    pages: u32,
) -> Result<DetectOutcome, Failure> {
    let mut documents = BTreeMap::new();
    let mut left = false;
    if let Some(query) = narrowed(scope, hint.about, &cursor) {
        left = read(client, query, pages, |row, now| {
            let seen = row.seen();
            if hinted(&mut cursor, seen, now.0) {
                documents.insert(seen.id, row.into_document(now));
            }
        })?;
    }
    let more = left || cursor.place.is_some();
    let next = usize::try_from(hint.look.unwrap_or(0)).ok();
    Ok(DetectOutcome {
        look_again_ms: next.and_then(|look| NEXT_LOOKS_MS.get(look).copied()),
        ..outcome(documents, &cursor, more, 0)
    })
}

/// The list that a hint leads to. `None` where it lies outside of the scope.
fn narrowed(scope: WatchScope, about: Hinted, cursor: &Cursor) -> Option<Query> {
    let query = scoped(scope);
    match (scope, about) {
        (_, Hinted::Document(id)) => Some(query.with_id("ids[]", id)),
        (WatchScope::Matter(watched), Hinted::Matter(id)) if watched != id => None,
        (_, Hinted::Matter(id)) => {
            let query = match scope {
                WatchScope::Matter(_) => query,
                _ => query.with_id("matter_id", id),
            };
            let since = cursor.since.or(cursor.from);
            Some(match since.map(|since| Instant(since).before(OVERLAP)) {
                Some(since) => query.with("updated_since", &since.to_string()),
                None => query,
            })
        }
    }
}

/// Reads up to `pages` pages, and returns whether there are more. What a hint
/// names may be gone, or never have been there: then there is nothing new.
fn read<T: Transport>(
    client: &mut Client<'_, T>,
    query: Query,
    pages: u32,
    mut take: impl FnMut(Row, Instant),
) -> Result<bool, Failure> {
    let mut next = query.into_string();
    for number in 0..pages {
        let page = match client.page::<Row>(WHAT, next) {
            Ok(page) => page,
            Err(error) if number == 0 && error.status() == Some(404) => return Ok(false),
            // What was read is decided; the rest is a scan's to find.
            Err(_) if number > 0 => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        let now = page.date.unwrap_or_else(|| client.transport.now());
        for row in page.rows {
            take(row, now);
        }
        match page.next {
            Some(following) => next = following,
            None => return Ok(false),
        }
    }
    Ok(true)
}
