//! New versions: of a document whose content changed, or whose upload cannot be
//! taken up because no usable URL comes back.

use clio_types::types::ProblemCode;

use super::UploadRequest;
use super::finish::read;
use super::wire::{
    NewDocument, ParentBody, Part, PropertyChange, Row, SHA256, SOURCE_ID, Version, property, value,
};
use crate::answer::{Applied, outcome_unknown};
use crate::client::Client;
use crate::ids::DocumentId;
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Adds a version to a document that was just read. `part`: the first part, of a
/// content that goes in parts.
pub(super) fn add<T: Transport>(
    client: &mut Client<'_, T>,
    request: &UploadRequest,
    row: &Row,
    part: Option<Part>,
) -> Result<Version, Failure> {
    const WHAT: &str = "add a version";
    let body = NewDocument {
        name: request.name.trim(),
        parent: ParentBody {
            id: row.id.0,
            kind: "Document",
        },
        content_type: request.content.media_type.as_deref(),
        document_category: None,
        received_at: request.received_at.as_deref(),
        external_properties: Vec::new(),
        multiparts: part.map(|part| [part]),
    };
    let query = Query::new("documents.json").fields(body.fields());
    let answered = client.post::<_, Row>(WHAT, query, &body);
    let before = row.version();
    let made = match answered {
        Ok(made) => made,
        Err(error) if error.applied == Applied::Unknown => {
            let made = match read(client, row.id) {
                Ok(Some(made)) => made,
                Ok(None) | Err(_) => return Err(outcome_unknown(WHAT, error)),
            };
            if !may_be_ours(&made.version(), &before, &request.name) {
                return Err(outcome_unknown(WHAT, error));
            }
            made
        }
        Err(error) => return Err(error.into()),
    };
    Ok(made.version())
}

/// Whether a version that was not there before is the one that was asked for.
/// Others may add versions, too.
fn may_be_ours(version: &Version, before: &Version, name: &str) -> bool {
    let next = |number: u64| version.version_number.is_none_or(|its| its == number + 1);
    version.uuid != before.uuid
        && version.fully_uploaded != Some(true)
        && before.version_number.is_none_or(next)
        && (version.filename.as_deref())
            .is_none_or(|its| clio_text::label_key(its) == clio_text::label_key(name))
}

/// The failure of a version that nothing can be sent to.
pub(super) fn no_place(id: DocumentId) -> Failure {
    Failure::permanent(
        ProblemCode::UnexpectedAnswer,
        "Clio handed out no upload URL for the new version. Report it.",
    )
    .candidates([id.0])
}

/// The external properties that have to change, so that a document carries the
/// identifier and the digest of its new content.
pub(super) fn changes(row: &Row, source_id: &str, sha256: Option<&str>) -> Vec<PropertyChange> {
    let properties = &row.external_properties;
    let mut changes = Vec::new();
    if value(properties, SOURCE_ID) != Some(source_id) {
        changes.push(PropertyChange::Create {
            name: SOURCE_ID,
            value: source_id.to_owned(),
        });
    }
    let recorded = property(properties, SHA256);
    match (recorded.and_then(|recorded| recorded.id), sha256) {
        (Some(id), Some(sha256)) => {
            if value(properties, SHA256) != Some(sha256) {
                changes.push(PropertyChange::Update {
                    id,
                    value: sha256.to_owned(),
                });
            }
        }
        // A digest of other bytes would be wrong from now on.
        (Some(id), None) => changes.push(PropertyChange::Destroy { id, _destroy: true }),
        (None, Some(sha256)) => {
            changes.push(PropertyChange::Create {
                name: SHA256,
                value: sha256.to_owned(),
            });
        }
        (None, None) => {}
    }
    changes
}
