use std::sync::Arc;

use crate::service::Service;

pub(super) fn routes() -> axum::Router<Arc<Service>> {
    axum::Router::new()
}
