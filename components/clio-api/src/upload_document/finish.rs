//! The third step: Clio is told that the bytes are there.
//!
//! A repetition of a step that worked is an error, and a timeout while Clio
//! looks at storage is none. So the step is settled by its own answer or by
//! reading the document, never by the error alone.

use crate::prelude::*;
use clio_types::types::ProblemCode;
use core::ops::ControlFlow;
use core::time::Duration;

use super::wire::{
    FINISHED, Finished, Properties, PropertyChange, READ, Row, SHA256, VERSIONS, named, value,
};
use crate::answer::{ApiError, Applied};
use crate::client::Client;
use crate::ids::DocumentId;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// How long Clio's own timeouts are waited out in all.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(16);

/// How the third step ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// The version is complete.
    Done,
    /// Storage has no bytes for it.
    NoBytes,
}

/// Reads one document. `None`: it does not exist any more.
pub(super) fn read<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
) -> Result<Option<Row>, ApiError> {
    let query = Query::new(&format!("documents/{id}.json")).fields(READ);
    match client.get("read the document", query) {
        Ok(row) => Ok(Some(row)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a document whose latest version is unfinished has one that is whole.
pub(super) fn has_whole_version<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
) -> Result<bool, ApiError> {
    // The description wants the document's id in the query, too.
    let query = Query::new(&format!("documents/{id}/versions.json"))
        .with_id("id", id.0)
        .with("fully_uploaded", "true")
        .with("limit", "200")
        .fields(VERSIONS);
    let mut whole = false;
    named(client, "list the versions", query, &mut |version| {
        whole |= version.fully_uploaded == Some(true);
        ControlFlow::Continue(())
    })?;
    Ok(whole)
}

/// Completes a version. `just_read`: a read has just shown that it is not.
pub(super) fn finish<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    uuid: &str,
    changes: &[PropertyChange],
    mut just_read: bool,
) -> Result<Finish, Failure> {
    const WHAT: &str = "complete the upload";
    let body = Finished {
        uuid,
        fully_uploaded: true,
        external_properties: changes,
    };
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_secs(1);
    let mut lost = false;
    loop {
        let query = Query::new(&format!("documents/{id}.json")).fields(FINISHED);
        let error = match client.patch::<_, Row>(WHAT, query, &body) {
            Ok(row) if is_done(&row, uuid) => return Ok(Finish::Done),
            Ok(_) => {
                return match completed(client, id, uuid, changes)? {
                    true => Ok(Finish::Done),
                    false => Err(incomplete("Clio does not show the document as complete.")),
                };
            }
            Err(error) => error,
        };
        if error.is("UploadNotFoundError") {
            // Storage's copy may also be gone because Clio has taken it over.
            let done = !just_read && completed(client, id, uuid, changes)?;
            return Ok(if done { Finish::Done } else { Finish::NoBytes });
        }
        just_read = false;
        if error.is("UploadTimeoutError") {
            if waited + pause > PATIENCE {
                return Err(incomplete(
                    "Clio did not get to see the bytes within a minute.",
                ));
            }
            client.transport.sleep(pause);
            waited += pause;
            pause = (pause * 2).min(LONGEST);
            continue;
        }
        let unknown = error.applied == Applied::Unknown;
        if !unknown && !matches!(error.status(), Some(400 | 409 | 412 | 422)) {
            return Err(error.into());
        }
        // The answer was lost, or Clio says that it was done already.
        if completed(client, id, uuid, changes)? {
            return Ok(Finish::Done);
        }
        // Once more, since the look has shown that it was not carried out.
        if !unknown || lost {
            return Err(error.into());
        }
        lost = true;
    }
}

fn incomplete(why: &str) -> Failure {
    Failure::transient(
        ProblemCode::UploadIncomplete,
        format!("{why} Try again later: the upload is taken up where it stopped."),
    )
}

fn is_done(row: &Row, uuid: &str) -> bool {
    let version = row.version();
    version.fully_uploaded == Some(true) && version.uuid.is_none_or(|latest| latest == uuid)
}

/// Whether a read shows the version as complete. Properties that went lost with
/// the step are then written alone.
fn completed<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    uuid: &str,
    changes: &[PropertyChange],
) -> Result<bool, Failure> {
    let Some(row) = read(client, id)? else {
        return Err(Failure::permanent(
            ProblemCode::Removed,
            "The document was removed in Clio while it was being uploaded.",
        )
        .candidates([id.0]));
    };
    if !is_done(&row, uuid) {
        return Ok(false);
    }
    if changes.iter().any(|change| !stands(&row, change)) {
        record(client, id, changes)?;
    }
    Ok(true)
}

fn stands(row: &Row, change: &PropertyChange) -> bool {
    let properties = &row.external_properties;
    match change {
        PropertyChange::Create {
            name,
            value: wanted,
        } => value(properties, name) == Some(wanted.as_str()),
        PropertyChange::Update { id, value: wanted } => properties
            .visible()
            .iter()
            .any(|p| p.id == Some(*id) && p.value.as_deref() == Some(wanted.as_str())),
        PropertyChange::Destroy { .. } => value(properties, SHA256).is_none(),
    }
}

/// Changes external properties alone.
fn record<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    changes: &[PropertyChange],
) -> Result<(), Failure> {
    let query = Query::new(&format!("documents/{id}.json")).fields(FINISHED);
    let body = Properties {
        external_properties: changes,
    };
    client.patch::<_, Row>("record the digest", query, &body)?;
    Ok(())
}
