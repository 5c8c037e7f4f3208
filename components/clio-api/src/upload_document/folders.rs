//! Where a new document goes: a path of folders, made where it is missing, and a
//! category by its name.
//!
//! Clio allows several folders of one name in one place, and its search lags
//! behind what was just made. So folders are listed and compared here, and
//! listed again when the answer to a creation was lost. So are categories. Of
//! several the oldest is taken.

use core::ops::ControlFlow;

use clio_types::types::ProblemCode;
use serde::Serialize;

use super::Scope;
use super::wire::{NAMED, Named, OWNER, PLACED, ParentBody, named};
use crate::answer::{ApiError, Applied, outcome_unknown};
use crate::association::id_of;
use crate::client::Client;
use crate::ids::{CategoryId, FolderId};
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

#[derive(Serialize)]
struct NewFolder<'r> {
    name: &'r str,
    parent: ParentBody,
}

/// Returns the innermost folder of a path below `scope`, and makes those that
/// are missing.
pub(super) fn ensure<T: Transport>(
    client: &mut Client<'_, T>,
    scope: Scope,
    path: &[String],
) -> Result<FolderId, Failure> {
    const WHAT: &str = "make a folder";
    let (mut at, mut done) = follow(client, scope, path)?;
    while let Some(name) = path.get(done) {
        let body = NewFolder {
            name: name.trim(),
            parent: ParentBody::of(at),
        };
        let query = Query::new("folders.json").fields(PLACED);
        let made = match client.post::<_, Named>(WHAT, query, &body) {
            Ok(folder) => FolderId(folder.id),
            Err(error) if error.applied == Applied::Unknown => match follow(client, scope, path) {
                Ok((Scope::Folder(id), far)) if far > done => {
                    (at, done) = (Scope::Folder(id), far);
                    continue;
                }
                _ => return Err(outcome_unknown(WHAT, error)),
            },
            Err(error) => return Err(missing(error)),
        };
        (at, done) = (Scope::Folder(made.0), done + 1);
    }
    match at {
        Scope::Folder(id) => Ok(FolderId(id)),
        // The path is not empty, so this does not happen.
        _ => Err(Failure::input("/folder_path", "The path is empty.")),
    }
}

/// Follows a path as far as it stands there: where it ends, and how many of its
/// names that are.
fn follow<T: Transport>(
    client: &mut Client<'_, T>,
    scope: Scope,
    path: &[String],
) -> Result<(Scope, usize), Failure> {
    let Some(root) = root(client, scope)? else {
        return Ok((scope, 0));
    };
    let query = Query::new("folders.json")
        .with_id("parent_id", root.0)
        .with("scope", "descendants")
        .fields(PLACED)
        .by_id();
    let mut below: Vec<(FolderId, FolderId, String)> = Vec::new();
    named(client, "list the folders", query, &mut |row| {
        if let (Some(parent), Some(name)) = (id_of(&row.parent), row.name) {
            below.push((parent, FolderId(row.id), name));
        }
        ControlFlow::Continue(())
    })
    .map_err(missing)?;
    let (mut at, mut done) = (root, 0);
    for name in path.iter().map(|name| clio_text::label_key(name)) {
        let inside = below
            .iter()
            .filter(|(parent, _, other)| *parent == at && clio_text::label_key(other) == name);
        let Some(id) = inside.map(|(_, id, _)| *id).min() else {
            break;
        };
        (at, done) = (id, done + 1);
    }
    let end = if done == 0 {
        scope
    } else {
        Scope::Folder(at.0)
    };
    Ok((end, done))
}

/// The folder that the path begins in. `None`: the matter or contact has none
/// yet, and gets one with the first that is made.
fn root<T: Transport>(
    client: &mut Client<'_, T>,
    scope: Scope,
) -> Result<Option<FolderId>, Failure> {
    let (what, path) = match scope {
        Scope::Folder(id) => return Ok(Some(FolderId(id))),
        Scope::Matter(id) => ("read the matter", format!("matters/{id}.json")),
        Scope::Contact(id) => ("read the contact", format!("contacts/{id}.json")),
    };
    let owner: Named = client
        .get(what, Query::new(&path).fields(OWNER))
        .map_err(missing)?;
    match owner.folder {
        Some(folder) if folder.is_redacted() => Err(Failure::permanent(
            ProblemCode::Forbidden,
            "The connection may not see the folders there. Give it the permission for documents.",
        )
        .field("/folder_path")),
        folder => Ok(id_of(&folder)),
    }
}

/// What the path begins in is not there.
fn missing(error: ApiError) -> Failure {
    match error.status() {
        Some(404) => error.at("/parent").into(),
        _ => error.into(),
    }
}

/// Finds the category of a name.
pub(super) fn category<T: Transport>(
    client: &mut Client<'_, T>,
    name: &str,
) -> Result<CategoryId, Failure> {
    let query = Query::new("document_categories.json").fields(NAMED).by_id();
    let wanted = clio_text::label_key(name);
    let mut found = None;
    named(client, "list the document categories", query, &mut |row| {
        if row.name.as_deref().map(clio_text::label_key).as_ref() == Some(&wanted) {
            found = Some(CategoryId(row.id));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    found.ok_or_else(|| {
        Failure::permanent(
            ProblemCode::NotFound,
            "The account has no document category of this name. Make it in Clio, or give another.",
        )
        .field("/category/name")
    })
}
