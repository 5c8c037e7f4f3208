//! To be written.

use std::sync::Arc;

use clio_runner::failure::Failure;
use clio_runner::journal::runs::Run;
use serde_json::Value;

use crate::service::Service;
use crate::work::Outcome;

pub(crate) async fn carry_out(
    _service: &Arc<Service>,
    _run: &Run,
    _asked: Value,
) -> Result<Outcome, Failure> {
    Err(Failure::host("not carried out yet"))
}

pub(crate) async fn run(service: Arc<Service>) {
    service.stop.cancelled().await;
}
