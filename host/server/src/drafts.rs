//! Drafts of a connection, as the API and the page show them.
//!
//! What must stay true: a draft of another connection, or of the account that a name
//! led to before, is not there; its bytes pass in pieces; its text is read where what
//! a stranger put into a file harms nothing.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use clio_runner::aside::aside;
use clio_runner::failure::Failure;
use clio_runner::journal::drafts::{Draft, DraftFilter};
use clio_runner::review::{self, Shown};
use futures_util::stream;

use crate::service::Service;

/// How many bytes are read at a time.
const PIECE: usize = 256 * 1024;

/// What a connection's account has, newest first.
pub(crate) fn list(
    service: &Service,
    connection: &str,
    owner: &str,
    filter: DraftFilter,
) -> Result<Vec<Draft>, Failure> {
    let filter = DraftFilter {
        connection: Some(connection.to_owned()),
        ..filter
    };
    review::list(&service.journal, owner, &filter)
}

/// One of them.
pub(crate) fn one(
    service: &Service,
    connection: &str,
    owner: &str,
    id: &str,
) -> Result<Option<Draft>, Failure> {
    let draft = service.journal.draft(owner, id)?;
    Ok(draft.filter(|draft| draft.connection == connection))
}

/// Its bytes, in pieces.
pub(crate) async fn body(service: &Arc<Service>, draft: &Draft) -> Result<Body, Failure> {
    let (opener, of) = (Arc::clone(service), draft.clone());
    let bytes = aside(move || review::open(&opener.home, &opener.journal, &of)).await??;
    let pieces = stream::try_unfold((bytes, 0), |(bytes, at)| async move {
        let read = aside(move || {
            let piece = bytes.read_at(at, PIECE);
            (bytes, piece)
        });
        let (bytes, piece) = read
            .await
            .map_err(|failure| io::Error::other(failure.what().to_owned()))?;
        let piece = Bytes::from(piece?);
        let next = at + piece.len() as u64;
        Ok::<_, io::Error>((!piece.is_empty()).then_some((piece, (bytes, next))))
    });
    Ok(Body::from_stream(pieces))
}

/// What stands in the approval: the person, and the key by which they came in.
pub(crate) fn approver(person: &str, key: &str) -> String {
    match person.trim() {
        "" => format!("the key {key}"),
        person => format!("{person} (with the key {key})"),
    }
}

/// Its text and its template's, as far as they can be read.
pub(crate) async fn shown(service: &Arc<Service>, draft: &Draft) -> Result<Shown, Failure> {
    let (service, draft) = (Arc::clone(service), draft.clone());
    aside(move || review::shown(&service.home, &service.journal, &draft)).await?
}
