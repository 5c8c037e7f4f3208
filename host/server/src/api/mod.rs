//! The API: every action of the catalog as a call, what becomes of calls, and
//! content that goes in and out in pieces.
//!
//! A call is a run: it stands in the journal before it is answered, so that a
//! caller who lost the answer finds it there. What must stay true: content never
//! comes as a path and is never whole in memory; a foreign connection's things are
//! not there.

mod actions;
pub(crate) mod asked;
mod calls;
mod cases;
mod connections;
mod downloads;
mod drafts;
mod follow;
mod openapi;
pub(crate) mod runs;
pub(crate) mod uploads;

use std::sync::Arc;

use axum::Router;

use crate::service::Service;

pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .merge(actions::routes())
        .merge(calls::routes())
        .merge(cases::routes())
        .merge(connections::routes())
        .merge(downloads::routes())
        .merge(drafts::routes())
        .merge(follow::routes())
        .merge(openapi::routes())
        .merge(runs::routes())
        .merge(uploads::routes())
}
