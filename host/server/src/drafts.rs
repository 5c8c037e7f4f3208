//! Drafts of a connection, as the API and the page show them.
//!
//! What must stay true: a draft of another connection, or of the account that a name
//! led to before, is not there; its bytes pass in pieces; its text is read where what
//! a stranger put into a file harms nothing.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use clio_host::vault::Contents;
use clio_runner::account;
use clio_runner::aside::aside;
use clio_runner::failure::Failure;
use clio_runner::journal::drafts::{Draft, DraftFilter};
use clio_runner::review::{self, Shown};
use futures_util::stream;
use tokio::sync::Semaphore;

use crate::service::Service;

/// How many bytes are read at a time.
const PIECE: usize = 256 * 1024;

/// Who comes by a connection: its account, and the other names that lead there. What
/// was added by one of those is not theirs, for Clio may show its user other matters.
/// What was added by a name that leads there no more is everybody's of the account.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) owner: String,
    others: Vec<String>,
}

impl Desk {
    pub(crate) fn of(contents: &Contents, connection: &str, owner: String) -> Self {
        let others = contents.connections.iter();
        let others = others
            .filter(|(name, saved)| *name != connection && saved.credentials.is_some())
            .filter(|(name, saved)| account::of(name, saved) == owner)
            .map(|(name, _)| name.clone())
            .collect();
        Self { owner, others }
    }
}

/// The drafts of a desk, newest first.
pub(crate) fn list(
    service: &Service,
    desk: &Desk,
    filter: DraftFilter,
) -> Result<Vec<Draft>, Failure> {
    let filter = DraftFilter {
        not_of: desk.others.clone(),
        ..filter
    };
    review::list(&service.journal, &desk.owner, &filter)
}

/// One of them.
pub(crate) fn one(service: &Service, desk: &Desk, id: &str) -> Result<Option<Draft>, Failure> {
    let draft = service.journal.draft(&desk.owner, id)?;
    Ok(draft.filter(|draft| !desk.others.contains(&draft.connection)))
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
    read(move || review::shown(&service.home, &service.journal, &draft)).await?
}

/// Reads what a stranger may have made, on a thread of its own, and few at once: one
/// takes seconds, and much memory.
pub(crate) async fn read<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    static READING: Semaphore = Semaphore::const_new(2);
    let _reading = READING.acquire().await;
    aside(work).await
}
