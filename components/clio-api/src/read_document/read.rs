//! `read-document.read`: the record, the version, and then its bytes.
//!
//! The version is settled before the bytes are asked for, and asked for by its
//! id, so that what is said of it and what it holds belong together.

use crate::prelude::*;
use core::ops::ControlFlow;

use clio_types::read_document::{
    Category, Content, DocumentFacts, InlineContent, ReadOutcome, ReadRequest, Recorded, Stored,
    VersionFacts, Wanted,
};
use clio_types::types::ProblemCode;

use super::INLINE;
use super::fetch::{self, Fetched};
use super::wire::{self, CategoryRow, Row, TemplateRow, VersionRow, trusted};
use crate::answer::ApiError;
use crate::association::id_of;
use crate::client::Client;
use crate::ids::DocumentId;
use crate::input;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;
use crate::upload_document::{SOURCE_ID_PROPERTY, digest, property_value};

/// The external property that holds the digest of what was uploaded.
const SHA256: &str = "sha256";

/// Reads a document, a version of one or a template, and its bytes as wanted:
/// absent, [`Wanted::Bytes`].
pub fn read<T: Transport>(
    transport: &mut T,
    request: &ReadRequest,
) -> Result<ReadOutcome, Failure> {
    let wanted = request.content.unwrap_or(Wanted::Bytes);
    let mut client = Client::new(transport);
    match request.of {
        Stored::Document(id) => {
            input::id("/of/document", id)?;
            document(&mut client, DocumentId(id), None, wanted)
        }
        Stored::Version(it) => {
            input::id("/of/version/document", it.document)?;
            input::id("/of/version/version", it.version)?;
            document(
                &mut client,
                DocumentId(it.document),
                Some(it.version),
                wanted,
            )
        }
        Stored::Template(id) => {
            input::id("/of/template", id)?;
            template(&mut client, id, wanted)
        }
    }
}

fn document<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    version: Option<u64>,
    wanted: Wanted,
) -> Result<ReadOutcome, Failure> {
    let field = match version {
        None => "/of/document",
        Some(_) => "/of/version/document",
    };
    let query = Query::new(&format!("documents/{id}.json")).fields(wire::DOCUMENT);
    let row: Row = client
        .get("read the document", query)
        .map_err(|error| error.at(field))?;
    let latest = row.latest_document_version.as_ref();
    let unfinished = latest.is_some_and(|latest| latest.fully_uploaded == Some(false));
    let is_latest = |found: &VersionRow| latest.is_some_and(|l| l.id.is_some() && l.id == found.id);
    let chosen = match version {
        None if !unfinished => latest.cloned(),
        // Of a document's first version there is none before.
        None if latest.and_then(|latest| latest.version_number) == Some(1) => None,
        None => newest(client, id)?,
        Some(version) => match latest.filter(|l| l.id.is_some_and(|it| it.0 == version)) {
            Some(latest) => Some(latest.clone()),
            None => Some(by_id(client, id, version)?),
        },
    };
    let complete = match &chosen {
        Some(chosen) => chosen.fully_uploaded != Some(false),
        None => !unfinished,
    };
    // What the document says of its bytes, it says of its latest version.
    let whole = chosen.as_ref().is_none_or(is_latest);
    let own = |of_document: &Option<String>| of_document.clone().filter(|_| whole);
    let told = |of_version: Option<String>, of_document| of_version.or_else(|| own(of_document));
    let size = chosen
        .as_ref()
        .and_then(|chosen| trusted(chosen.size))
        .or_else(|| trusted(row.size).filter(|_| whole && complete));
    let trashed = row.is_trashed();
    let recorded = property_value(&row.external_properties, SHA256).map(str::to_owned);
    let compared = recorded.as_deref().filter(|_| whole);

    let content = match wanted {
        Wanted::Metadata => (Content::Withheld, size),
        _ if !complete => return Err(incomplete(row.id)),
        _ => {
            let mut query = Query::new(&format!("documents/{id}/download.json"));
            if let Some(version) = chosen.as_ref().and_then(|chosen| chosen.id) {
                query = query.with_id("document_version_id", version.0);
            }
            fetch(client, query, wanted, size, compared)
                .map_err(|error| gone(error, field, id, trashed))?
        }
    };
    Ok(ReadOutcome {
        id: row.id.0,
        name: row.name.clone().unwrap_or_default(),
        filename: told(
            chosen.as_ref().and_then(|c| c.filename.clone()),
            &row.filename,
        ),
        media_type: told(
            chosen.as_ref().and_then(|c| c.content_type.clone()),
            &row.content_type,
        ),
        size: content.1,
        etag: row.etag,
        created_at: row.created_at,
        updated_at: row.updated_at,
        category: category(row.document_category),
        document: Some(DocumentFacts {
            matter: id_of(&row.matter).map(|id| id.0),
            contact: id_of(&row.contact).map(|id| id.0),
            folder: id_of(&row.parent).map(|id| id.0),
            newer_unfinished: unfinished && !whole,
            version: chosen.and_then(facts),
            source_id: property_value(&row.external_properties, SOURCE_ID_PROPERTY)
                .map(str::to_owned),
            sha256: recorded,
            trashed,
            complete,
        }),
        content: content.0,
    })
}

fn template<T: Transport>(
    client: &mut Client<'_, T>,
    id: u64,
    wanted: Wanted,
) -> Result<ReadOutcome, Failure> {
    const FIELD: &str = "/of/template";
    let query = Query::new(&format!("document_templates/{id}.json")).fields(wire::TEMPLATE);
    let row: TemplateRow = client
        .get("read the template", query)
        .map_err(|error| error.at(FIELD))?;
    let size = trusted(row.size);
    let (content, size) = match wanted {
        Wanted::Metadata => (Content::Withheld, size),
        _ => {
            let query = Query::new(&format!("document_templates/{id}/download.json"));
            fetch(client, query, wanted, size, None).map_err(|error| error.at(FIELD))?
        }
    };
    Ok(ReadOutcome {
        id: row.id.0,
        name: row.filename.clone().unwrap_or_default(),
        filename: row.filename,
        media_type: row.content_type,
        size,
        etag: row.etag,
        created_at: row.created_at,
        updated_at: row.updated_at,
        category: category(row.document_category),
        document: None,
        content,
    })
}

/// The bytes as they are wanted, and how many there are.
fn fetch<T: Transport>(
    client: &mut Client<'_, T>,
    query: Query,
    wanted: Wanted,
    size: Option<u64>,
    recorded: Option<&str>,
) -> Result<(Content, Option<u64>), ApiError> {
    if wanted == Wanted::Url {
        return Ok((Content::Url(fetch::location(client, query)?), size));
    }
    match fetch::bytes(client, &query, size, INLINE)? {
        Fetched::Large(url, size) => Ok((Content::Url(url), size)),
        Fetched::Whole(bytes) => {
            let size = bytes.len() as u64;
            let sha256 = digest::of(&bytes);
            let recorded = match recorded {
                None => Recorded::Absent,
                Some(recorded) if recorded == sha256 => Recorded::Matches,
                Some(_) => Recorded::Differs,
            };
            let content = InlineContent {
                bytes,
                sha256,
                recorded,
            };
            Ok((Content::Inline(content), Some(size)))
        }
    }
}

/// Hands each version to `each`. Clio's list has no order to ask for.
fn versions<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    finished: bool,
    each: impl FnMut(VersionRow) -> ControlFlow<()>,
) -> Result<(), ApiError> {
    // The description wants the document's id in the query, too.
    let mut query = Query::new(&format!("documents/{id}/versions.json"))
        .with_id("id", id.0)
        .fields(wire::VERSION)
        .with("limit", "200");
    if finished {
        query = query.with("fully_uploaded", "true");
    }
    client.list("list the versions", query, each)
}

/// The newest version that is there whole.
fn newest<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
) -> Result<Option<VersionRow>, ApiError> {
    let mut newest: Option<VersionRow> = None;
    versions(client, id, true, |row| {
        let newer = newest
            .as_ref()
            .is_none_or(|newest| newest.version_number < row.version_number);
        if newer && row.fully_uploaded != Some(false) {
            newest = Some(row);
        }
        ControlFlow::Continue(())
    })?;
    Ok(newest)
}

fn by_id<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    version: u64,
) -> Result<VersionRow, Failure> {
    let mut found = None;
    versions(client, id, false, |row| {
        if row.id.is_some_and(|id| id.0 == version) {
            found = Some(row);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    found.ok_or_else(|| {
        Failure::permanent(
            ProblemCode::NotFound,
            "The document has no version of this id. An id is not a version's number.",
        )
        .field("/of/version/version")
    })
}

fn facts(row: VersionRow) -> Option<VersionFacts> {
    Some(VersionFacts {
        id: row.id?.0,
        number: row.version_number,
        created_at: row.created_at,
    })
}

fn category(row: Option<CategoryRow>) -> Option<Category> {
    let row = row?;
    Some(Category {
        id: row.id?.0,
        name: row.name,
    })
}

fn incomplete(id: DocumentId) -> Failure {
    Failure::transient(
        ProblemCode::UploadIncomplete,
        "No bytes are there yet: the upload was not finished. Finish it, or try again later.",
    )
    .candidates([id.0])
}

/// A document that was just read and has no content was removed meanwhile, or
/// its place in the trash keeps it from being read.
fn gone(error: ApiError, field: &str, id: DocumentId, trashed: bool) -> Failure {
    if error.status() == Some(404) && trashed {
        return Failure::permanent(
            ProblemCode::Removed,
            "The document lies in the trash, and Clio hands out no content of it. Restore it there.",
        )
        .field(field)
        .candidates([id.0])
        .status(404);
    }
    error.at(field).into()
}
