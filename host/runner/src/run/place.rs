//! Where a draft is to go, as Clio has it.
//!
//! A person approves a draft for a matter. Of a version the matter is its document's,
//! so what is said of it is compared with Clio before anybody reads it.

use clio_host::actions::read_document::{ReadRequest, Stored, Wanted};

use crate::call_failure;
use crate::failure::Failure;
use crate::session::Session;

/// Refuses a place whose document is of another matter. This asks Clio, and changes
/// nothing there.
pub async fn is_there(session: &Session, matter: u64, document: u64) -> Result<(), Failure> {
    if has(session, matter, document).await? {
        return Ok(());
    }
    Err(Failure::usage(
        "the document that is to get a version is of another matter, or its matter may not be seen",
    )
    .next("give the matter of that document, or leave `version_of` out"))
}

/// Whether a matter has a document now: it may have been moved.
pub(super) async fn has(session: &Session, matter: u64, document: u64) -> Result<bool, Failure> {
    let mut request = ReadRequest::new(Stored::Document(document));
    request.content = Some(Wanted::Metadata);
    let host = session.plain_host()?;
    let read = host.call(&session.account.connection).run(request).await;
    let read = read.map_err(|error| call_failure::of_run(&error))?;
    let of = read.document.and_then(|facts| facts.matter);
    Ok(of == Some(matter))
}
