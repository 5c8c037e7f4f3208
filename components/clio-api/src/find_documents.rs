//! `find-documents.find`, one look: which documents of ours stand there, and where.
//!
//! Clio's list is narrowed to documents that carry an identifier at all, with
//! those in the trash and those still being uploaded, and compared here.
//!
//! One document is looked for in the whole account, by its identifier: staff may
//! have moved it, and a second copy in its old place would be wrong. Of several
//! the scope is looked at, since Clio's filter takes one identifier alone.

use crate::prelude::*;
use alloc::collections::{BTreeMap, BTreeSet};
use core::ops::ControlFlow;

use clio_types::find_documents::{FindRequest, Scope};
use clio_types::types::ProblemCode;
use clio_types::types::{DocumentState, DocumentStatus};

use crate::answer::ApiError;
use crate::association::id_of;
use crate::client::Client;
use crate::ids::{DocumentId, plain};
use crate::input;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;
use crate::upload_document::wire::{LISTED, OWNED, Row, SOURCE_ID, named, value};

/// The documents that carry one identifier, the preferred one first, with
/// their digests.
type Seen = BTreeMap<(DocumentStatus, DocumentId), Option<String>>;

/// Tells what stands in Clio of a set of documents, from a single look.
pub fn find<T: Transport>(
    transport: &mut T,
    request: &FindRequest,
) -> Result<Vec<DocumentState>, Failure> {
    check(request)?;
    let mut client = Client::new(transport);
    let (field, scope, source_ids) = ("/scope", request.scope, &request.source_ids);
    if let [source_id] = source_ids.as_slice() {
        return Ok(vec![look_for(&mut client, field, scope, source_id)?]);
    }
    let mut found: BTreeMap<&str, Seen> = BTreeMap::new();
    for source_id in source_ids {
        found.insert(source_id, Seen::new());
    }
    list(&mut client, field, within(scope), &mut |row| {
        if let Some(source_id) = value(&row.external_properties, SOURCE_ID)
            && let Some(seen) = found.get_mut(source_id)
        {
            seen.insert((status(&row), row.id), row.sha256().map(str::to_owned));
        }
    })?;
    Ok(source_ids
        .iter()
        .map(|id| state(id, found.get(id.as_str())))
        .collect())
}

/// Looks for one document in the whole account. `field` is the input member
/// that names the scope.
pub(crate) fn look_for<T: Transport>(
    client: &mut Client<'_, T>,
    field: &str,
    scope: Scope,
    source_id: &str,
) -> Result<DocumentState, Failure> {
    let everywhere = || Query::new("documents.json");
    let mut rows: Vec<Row> = Vec::new();
    let mut keep = |row: Row| {
        if value(&row.external_properties, SOURCE_ID) == Some(source_id) {
            rows.push(row);
        }
    };
    list(client, field, of(everywhere(), source_id), &mut keep)?;
    let here = here(client, field, scope, source_id, &rows)?;
    let mut seen = Seen::new();
    for row in &rows {
        let status = match (status(row), here.contains(&row.id)) {
            // A later version does not undo that the document stands there.
            (DocumentStatus::Complete, false) => DocumentStatus::Moved,
            (DocumentStatus::Incomplete, false) if row.is_later_version() => DocumentStatus::Moved,
            // Nobody saw it before it was finished, so nobody moved it.
            (DocumentStatus::Incomplete, false) => continue,
            (status, _) => status,
        };
        seen.insert((status, row.id), row.sha256().map(str::to_owned));
    }
    Ok(state(source_id, Some(&seen)))
}

/// Which of the documents lie in a scope. Another folder of the same matter or
/// contact is no other place.
fn here<T: Transport>(
    client: &mut Client<'_, T>,
    field: &str,
    scope: Scope,
    source_id: &str,
    rows: &[Row],
) -> Result<BTreeSet<DocumentId>, Failure> {
    let mut here = BTreeSet::new();
    let mut untold = false;
    for row in rows {
        match row.lies_in(scope) {
            Some(true) => {
                here.insert(row.id);
            }
            Some(false) => {}
            None => untold = true,
        }
    }
    if !untold {
        return Ok(here);
    }
    if let Scope::Folder(id) = scope {
        let query = Query::new("folders.json")
            .with_id("ids[]", id)
            .fields(OWNED);
        let mut owner = None;
        named(client, "read the folder", query, &mut |row| {
            if row.id == id {
                owner = Some((id_of(&row.matter), id_of(&row.contact)));
            }
            ControlFlow::Continue(())
        })
        .map_err(|error| error.at(field))?;
        let same = |row: &&Row| owner == Some((id_of(&row.matter), id_of(&row.contact)));
        here.extend(rows.iter().filter(same).map(|row| row.id));
    } else {
        // A matter that may not be seen is told by the filter alone.
        list(client, field, of(within(scope), source_id), &mut |row| {
            here.insert(row.id);
        })?;
    }
    Ok(here)
}

/// The documents of a scope.
fn within(scope: Scope) -> Query {
    match scope {
        Scope::Matter(id) => Query::new("documents.json").with_id("matter_id", id),
        Scope::Folder(id) => Query::new("documents.json")
            .with_id("parent_id", id)
            .with("scope", "descendants"),
        Scope::Contact(id) => Query::new("documents.json").with_id("contact_id", id),
    }
}

/// Those with one identifier.
fn of(query: Query, source_id: &str) -> Query {
    query.with("external_property_value", source_id)
}

/// Hands each document that carries an identifier to `each`.
fn list<T: Transport>(
    client: &mut Client<'_, T>,
    field: &str,
    query: Query,
    each: &mut dyn FnMut(Row),
) -> Result<(), Failure> {
    let query = query
        .with("external_property_name", SOURCE_ID)
        .with("show_uncompleted", "true")
        .with("include_deleted", "true")
        .fields(LISTED)
        .by_id();
    let mut hidden = false;
    client
        .list("list the documents", query, |row: Row| {
            hidden |= !row.external_properties.is_visible();
            each(row);
            ControlFlow::Continue(())
        })
        .map_err(|error: ApiError| error.at(field))?;
    if hidden {
        return Err(properties_hidden());
    }
    Ok(())
}

fn status(row: &Row) -> DocumentStatus {
    if row.is_trashed() {
        DocumentStatus::Trashed
    } else if row.is_complete() {
        DocumentStatus::Complete
    } else {
        DocumentStatus::Incomplete
    }
}

fn state(source_id: &str, seen: Option<&Seen>) -> DocumentState {
    let first = seen.and_then(Seen::first_key_value);
    // A set orders them by age, where the map orders them by preference.
    let mut others = BTreeSet::new();
    for (_, id) in seen.into_iter().flat_map(Seen::keys).skip(1) {
        others.insert(*id);
    }
    DocumentState {
        source_id: source_id.to_owned(),
        status: first.map_or(DocumentStatus::Absent, |((status, _), _)| *status),
        id: first.map(|((_, id), _)| id.0),
        sha256: first.and_then(|(_, sha256)| sha256.clone()),
        others: plain(others),
    }
}

/// The error for documents that cannot be told apart.
pub(crate) fn properties_hidden() -> Failure {
    Failure::permanent(
        ProblemCode::Forbidden,
        "The external properties of documents cannot be seen by this connection, so a document \
         cannot be found again. Give the connection the permission for documents.",
    )
}

fn check(request: &FindRequest) -> Result<(), Failure> {
    scope("/scope", request.scope)?;
    if !(1..=1000).contains(&request.source_ids.len()) {
        return Err(Failure::input("/source_ids", "Give 1 to 1,000 source ids."));
    }
    for (index, source_id) in request.source_ids.iter().enumerate() {
        input::source_id(&format!("/source_ids/{index}"), source_id)?;
    }
    Ok(())
}

/// Checks the id of a scope. `field` is the input member that names it.
pub(crate) fn scope(field: &str, scope: Scope) -> Result<(), Failure> {
    match scope {
        Scope::Matter(id) => input::id(&format!("{field}/matter"), id),
        Scope::Folder(id) => input::id(&format!("{field}/folder"), id),
        Scope::Contact(id) => input::id(&format!("{field}/contact"), id),
    }
}
