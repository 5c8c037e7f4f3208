//! Whether the process lives, and whether it can do its work: for who starts it
//! again, and for who sends it requests. Neither needs a key, and neither says
//! anything of a firm.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;

use super::problem::Problem;
use crate::outcome::logged;
use crate::service::Service;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/ready", get(ready))
}

/// It is not to end, and its journal takes what comes in.
async fn ready(State(service): State<Arc<Service>>) -> Result<&'static str, Problem> {
    let not = |detail: &str| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail).retry_after(5)
    };
    if service.stop.is_cancelled() {
        return Err(not("the service is about to end"));
    }
    let journal = Arc::clone(&service.journal);
    // A disk may be slow to say so.
    let works = tokio::task::spawn_blocking(move || journal.check()).await;
    match works {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => {
            let full = error.is_full();
            tracing::error!("the journal failed: {}", logged(&error.into()));
            Err(not(match full {
                true => "the disk of the service is full",
                false => "the service cannot use its journal; its log says why",
            }))
        }
        Err(_) => Err(not("the journal was not looked at")),
    }
}
