//! The template: its bytes, and what it is.

use alloc::borrow::Cow;

use clio_types::fill_document::Template;
use clio_types::types::ProblemCode;

use super::told::Told;
use super::wire;
use crate::answer::ApiError;
use crate::client::Client;
use crate::file;
use crate::file_kind::{self, FileKind};
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::read_document::fetch::{self, Fetched};
use crate::transport::Transport;

/// Reads the template, and tells what it is.
pub(super) fn read<'r, T: Transport>(
    client: &mut Client<'_, T>,
    matter: u64,
    template: &'r Template,
) -> Result<(Cow<'r, [u8]>, FileKind), Failure> {
    let at = field(template);
    let (bytes, said, name) = match template {
        Template::Content(content) => {
            let bytes = file::read(client.transport, at, content)?;
            (bytes, content.media_type.clone(), None)
        }
        Template::Stored(id) => {
            let query = Query::new(&format!("document_templates/{id}.json")).fields(wire::STORED);
            let row: Told = client
                .get("read the template", query)
                .map_err(|error| error.at(at))?;
            let query = Query::new(&format!("document_templates/{id}/download.json"));
            stored(client, &query, &row, at)?
        }
        Template::Document(id) => {
            let query = Query::new(&format!("documents/{id}.json")).fields(wire::DOCUMENT);
            let row: Told = client
                .get("read the document", query)
                .map_err(|error| error.at(at))?;
            if row.at("matter").id() != Some(matter) {
                return Err(Failure::permanent(
                    ProblemCode::Conflict,
                    "The document does not belong to this matter, or may not be seen there. Take \
                     one of the matter, or the bytes.",
                )
                .field(at));
            }
            let row = row.at("latest_document_version");
            let whole = row.at("fully_uploaded").text() != Some("false");
            let Some(version) = row.id().filter(|_| whole) else {
                return Err(Failure::transient(
                    ProblemCode::UploadIncomplete,
                    "The document's latest version is not there whole. Finish its upload, or try \
                     again later.",
                )
                .field(at)
                .candidates([*id]));
            };
            let query = Query::new(&format!("documents/{id}/download.json"))
                .with_id("document_version_id", version);
            stored(client, &query, row, at)?
        }
    };
    let kind = FileKind::of(&bytes, said.as_deref(), name.as_deref());
    match kind {
        Some(FileKind::Pdf) | None => Err(Failure::input(at, file_kind::NO_TEMPLATE)),
        Some(kind) => Ok((bytes, kind)),
    }
}

/// The member that holds it.
pub(super) fn field(template: &Template) -> &'static str {
    match template {
        Template::Content(_) => "/template/content",
        Template::Stored(_) => "/template/stored",
        Template::Document(_) => "/template/document",
    }
}

/// Its bytes, and what Clio says of its media type and its name.
type Stored<'r> = (Cow<'r, [u8]>, Option<String>, Option<String>);

fn stored<'r, T: Transport>(
    client: &mut Client<'_, T>,
    query: &Query,
    row: &Told,
    at: &str,
) -> Result<Stored<'r>, Failure> {
    let said = |name: &str| row.at(name).text().map(str::to_owned);
    let size = row.at("size").text().and_then(|size| size.parse().ok());
    let fetched = fetch::bytes(client, query, size, file::MOST);
    match fetched.map_err(|error: ApiError| error.at(at))? {
        Fetched::Whole(bytes) => Ok((Cow::Owned(bytes), said("content_type"), said("filename"))),
        Fetched::Large(..) => Err(file::too_large(at)),
    }
}
