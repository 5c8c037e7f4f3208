//! `detect-documents.detect`: the requests around the scan.
//!
//! A poll costs a request for each 200 changed documents, and one more while
//! documents wait, however many they are, and however many matters there are.

use crate::prelude::*;
use alloc::collections::BTreeMap;
use clio_types::types::ProblemCode;

use super::cursor::Cursor;
use super::hint;
use super::scan::Scan;
use super::wire::{Row, SCANNED};
use super::{DetectOutcome, DetectRequest, NewDocument, Start, WatchScope};
use crate::answer::ApiError;
use crate::client::Client;
use crate::cursor::Bound as _;
use crate::instant::OVERLAP;
use crate::paging::Page;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;
use crate::{Instant, input, instant};

pub(super) const WHAT: &str = "list the changed documents";

/// How many pages a call reads, unless it says otherwise.
const PAGES: u32 = 10;

/// How many waiting documents a scan asks for: as many as one request names and
/// one page answers.
const ASKED: usize = 200;

/// How far the local clock may be off before a first look is repeated by
/// Clio's.
const SKEW: i64 = 5 * 60;

/// How much a call reads.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    pages: u32,
    /// How many waiting documents it asks for.
    asked: usize,
}

/// Tells the documents that became new since the last call.
pub fn detect<T: Transport>(
    transport: &mut T,
    request: &DetectRequest,
) -> Result<DetectOutcome, Failure> {
    detect_asking(transport, request, ASKED)
}

/// [`detect`], asking for so many waiting documents.
pub(super) fn detect_asking<T: Transport>(
    transport: &mut T,
    request: &DetectRequest,
    asked: usize,
) -> Result<DetectOutcome, Failure> {
    let pages = check(request)?;
    let bounds = Bounds { pages, asked };
    let mut cursor = begin(transport, request)?;
    let mut client = Client::new(transport);
    if let Some(hint) = request.hint {
        return hint::look(&mut client, request.scope, hint, cursor, pages);
    }
    let quiet = matches!(request.start, Start::Now);

    let page = match cursor.place.as_ref().map(|place| place.next.clone()) {
        Some(next) => match client.page(WHAT, next) {
            Ok(page) => page,
            // A page's token need not live as long as a cursor. The scan then
            // begins again; what it has decided stays decided.
            Err(error) if matches!(error.status(), Some(400 | 404 | 422)) => {
                let quiet = cursor.place.take().is_some_and(|place| place.quiet);
                return run(&mut client, request, cursor, quiet, bounds);
            }
            Err(error) => return Err(error.into()),
        },
        None => return run(&mut client, request, cursor, quiet, bounds),
    };
    let scan = Scan::new(cursor, 0, quiet);
    read(&mut client, request, scan, page, bounds)
}

fn check(request: &DetectRequest) -> Result<u32, Failure> {
    match request.scope {
        WatchScope::Account => {}
        WatchScope::Matter(id) => input::id("/scope/matter", id)?,
        WatchScope::Folder(id) => input::id("/scope/folder", id)?,
        WatchScope::Category(id) => input::id("/scope/category", id)?,
    }
    if let Some(hint) = request.hint {
        hint::check(hint, &request.start)?;
    }
    match request.max_pages {
        Some(0) => Err(Failure::input(
            "/max_pages",
            "At least one page has to be read.",
        )),
        pages => Ok(pages.unwrap_or(PAGES)),
    }
}

fn begin<T: Transport>(transport: &T, request: &DetectRequest) -> Result<Cursor, Failure> {
    let fresh = || Cursor::new(transport.origin(), request.scope);
    match &request.start {
        Start::Now | Start::Beginning => Ok(fresh()),
        Start::Since(text) => {
            let since = instant::parse_past("/start/since", text, transport.now())?;
            let mut cursor = fresh();
            cursor.from = Some(since.0);
            cursor.since = Some(since.0);
            Ok(cursor)
        }
        Start::Cursor(text) => Cursor::read(text, transport.origin(), request.scope),
    }
}

pub(super) fn scoped(scope: WatchScope) -> Query {
    let query = Query::new("documents.json");
    match scope {
        WatchScope::Account => query,
        WatchScope::Matter(id) => query.with_id("matter_id", id),
        WatchScope::Folder(id) => query.with_id("parent_id", id).with("scope", "descendants"),
        WatchScope::Category(id) => query.with_id("document_category_id", id),
    }
    .with("show_uncompleted", "true")
    .with("include_deleted", "true")
    .fields(SCANNED)
    .by_id()
}

/// Reads the first page of a scan.
fn first<T: Transport>(
    client: &mut Client<'_, T>,
    scope: WatchScope,
    since: Option<Instant>,
) -> Result<(Page<Row>, Instant), Failure> {
    let query = match since {
        Some(since) => scoped(scope).with("updated_since", &since.to_string()),
        None => scoped(scope),
    };
    let field = match scope {
        WatchScope::Account => "/scope",
        WatchScope::Matter(_) => "/scope/matter",
        WatchScope::Folder(_) => "/scope/folder",
        WatchScope::Category(_) => "/scope/category",
    };
    let page: Page<Row> = client
        .page(WHAT, query.into_string())
        .map_err(|error| error.at(field))?;
    let date = page.date.ok_or_else(|| {
        Failure::permanent(
            ProblemCode::UnexpectedAnswer,
            "Clio's answer does not tell its time, without which documents would be lost. Check \
             for a proxy that removes the `Date` header.",
        )
    })?;
    Ok((page, date))
}

fn run<T: Transport>(
    client: &mut Client<'_, T>,
    request: &DetectRequest,
    cursor: Cursor,
    quiet: bool,
    bounds: Bounds,
) -> Result<DetectOutcome, Failure> {
    let (page, date) = if quiet && cursor.from.is_none() {
        let guess = client.transport.now().before(OVERLAP + SKEW);
        let (page, date) = first(client, request.scope, Some(guess))?;
        let exact = date.before(OVERLAP);
        if guess > exact || guess < exact.before(2 * SKEW) {
            // The local clock is off.
            first(client, request.scope, Some(exact))?
        } else {
            (page, date)
        }
    } else {
        let since = cursor
            .since
            .or(cursor.from)
            .map(|since| Instant(since).before(OVERLAP));
        first(client, request.scope, since)?
    };
    let scan = Scan::new(cursor, date.0, quiet);
    read(client, request, scan, page, bounds)
}

fn read<T: Transport>(
    client: &mut Client<'_, T>,
    request: &DetectRequest,
    mut scan: Scan,
    mut page: Page<Row>,
    bounds: Bounds,
) -> Result<DetectOutcome, Failure> {
    let seen_at = Instant(scan.began());
    let mut documents = BTreeMap::new();
    let mut read = 1;
    loop {
        let mut last = None;
        for row in page.rows {
            let seen = row.seen();
            last = Some(seen.id);
            if scan.row(seen) {
                documents.insert(seen.id, row.into_document(seen_at));
            }
        }
        let Some(next) = page.next else { break };
        if read >= bounds.pages {
            let (cursor, dropped) = scan.pause(next, last);
            return Ok(outcome(documents, &cursor, true, dropped));
        }
        page = match client.page(WHAT, next.clone()) {
            Ok(page) => page,
            // What was read is decided; the rest waits for the next call.
            Err(_) if !documents.is_empty() => {
                let (cursor, dropped) = scan.pause(next, last);
                return Ok(outcome(documents, &cursor, true, dropped));
            }
            Err(error) => return Err(error.into()),
        };
        read += 1;
    }
    let ids = scan.next_in_turn(bounds.asked);
    if !ids.is_empty() {
        for row in ask(client, request.scope, &ids)? {
            let seen = row.seen();
            if scan.asked(seen) {
                documents.insert(seen.id, row.into_document(seen_at));
            }
        }
        scan.end_turn(&ids);
    }
    let (cursor, dropped) = scan.end();
    Ok(outcome(documents, &cursor, false, dropped))
}

/// Asks for documents by their ids. One that does not come back was purged, or
/// has left the scope.
fn ask<T: Transport>(
    client: &mut Client<'_, T>,
    scope: WatchScope,
    ids: &[u64],
) -> Result<Vec<Row>, ApiError> {
    let query = ids
        .iter()
        .fold(scoped(scope), |query, id| query.with_id("ids[]", *id));
    let mut rows = Vec::new();
    client.list("read the awaited documents", query, |row: Row| {
        rows.push(row);
        core::ops::ControlFlow::Continue(())
    })?;
    Ok(rows)
}

pub(super) fn outcome(
    documents: BTreeMap<u64, NewDocument>,
    cursor: &Cursor,
    more: bool,
    dropped: u32,
) -> DetectOutcome {
    DetectOutcome {
        documents: documents.into_values().collect(),
        cursor: cursor.encode(),
        more,
        look_again_ms: None,
        waiting: u32::try_from(cursor.waiting.len()).unwrap_or(u32::MAX),
        dropped,
    }
}
