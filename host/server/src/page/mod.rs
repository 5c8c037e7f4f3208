//! To be written.

use std::sync::Arc;

use crate::service::Service;

pub(crate) fn routes() -> axum::Router<Arc<Service>> {
    axum::Router::new()
}
