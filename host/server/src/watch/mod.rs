//! To be written.

use std::sync::Arc;

use crate::service::Service;

pub(crate) async fn run(service: Arc<Service>) {
    service.stop.cancelled().await;
}
