//! One look at a scope: which documents of ours stand there.
//!
//! Clio's list is narrowed to documents that carry an identifier at all, with
//! those in the trash and those still being uploaded, and compared here.

use crate::prelude::*;
use alloc::collections::{BTreeMap, BTreeSet};
use core::ops::ControlFlow;

use super::wire::{LISTED, Row, SOURCE_ID, value};
use super::{DocumentState, DocumentStatus, FindRequest, Scope, check};
use crate::client::Client;
use crate::ids::DocumentId;
use crate::problem::{Code, Failure};
use crate::query::Query;
use crate::transport::Transport;

/// The documents that carry one identifier, the preferred one first, with
/// their digests.
type Seen = BTreeMap<(DocumentStatus, DocumentId), Option<String>>;

/// Tells what stands in Clio of a set of documents, from a single look.
pub fn find<T: Transport>(
    transport: &mut T,
    request: &FindRequest,
) -> Result<Vec<DocumentState>, Failure> {
    check::find(request)?;
    look(
        &mut Client::new(transport),
        "/scope",
        request.scope,
        &request.source_ids,
    )
}

/// Looks at a scope. `field` is the input member that names it.
pub(super) fn look<T: Transport>(
    client: &mut Client<'_, T>,
    field: &str,
    scope: Scope,
    source_ids: &[String],
) -> Result<Vec<DocumentState>, Failure> {
    let query = match scope {
        Scope::Matter(id) => Query::new("documents.json").with_id("matter_id", id.0),
        Scope::Folder(id) => Query::new("documents.json")
            .with_id("parent_id", id.0)
            .with("scope", "descendants"),
        Scope::Contact(id) => Query::new("documents.json").with_id("contact_id", id.0),
    }
    .with("external_property_name", SOURCE_ID)
    .with("show_uncompleted", "true")
    .with("include_deleted", "true")
    .fields(LISTED)
    .by_id();

    let mut found: BTreeMap<&str, Seen> = BTreeMap::new();
    for source_id in source_ids {
        found.insert(source_id, Seen::new());
    }
    let mut hidden = false;
    client
        .list("list the documents", query, |row: Row| {
            hidden |= !row.external_properties.is_visible();
            if let Some(source_id) = value(&row.external_properties, SOURCE_ID)
                && let Some(seen) = found.get_mut(source_id)
            {
                seen.insert((status(&row), row.id), row.sha256().map(str::to_owned));
            }
            ControlFlow::Continue(())
        })
        .map_err(|error| error.at(field))?;
    if hidden {
        return Err(properties_hidden());
    }
    Ok(source_ids
        .iter()
        .map(|id| state(id, found.get(id.as_str())))
        .collect())
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
        id: first.map(|((_, id), _)| *id),
        sha256: first.and_then(|(_, sha256)| sha256.clone()),
        others: others.into_iter().collect(),
    }
}

/// The error for documents that cannot be told apart.
pub(super) fn properties_hidden() -> Failure {
    Failure::permanent(
        Code::Forbidden,
        "The external properties of documents cannot be seen by this connection, so a document \
         cannot be found again. Give the connection the permission for documents.",
    )
}
