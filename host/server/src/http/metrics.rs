//! `/metrics`, for Prometheus. What stands there is of all firms, so it takes a key
//! that is bound to none of them.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clio_runner::journal::api_keys::{Connections, Right};
use http::{HeaderValue, header};

use super::caller::Caller;
use super::problem::Problem;
use crate::metrics::CONTENT_TYPE;
use crate::service::Service;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(service): State<Arc<Service>>, caller: Caller) -> Result<Response, Problem> {
    if caller.key.connections != Connections::All || !caller.key.rights.contains(&Right::Read) {
        return Err(Problem::forbidden(
            "the metrics are of all connections: they take a key to read that is bound to none",
        ));
    }
    let journal = Arc::clone(&service.journal);
    let counted = tokio::task::spawn_blocking(move || journal.counts()).await;
    let counts = counted
        .map_err(|_| Problem::from(clio_runner::failure::Failure::host("nothing was counted")))??;
    let text = service.metrics.text(&counts);
    let mut response = text.into_response();
    let kind = HeaderValue::from_static(CONTENT_TYPE);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
