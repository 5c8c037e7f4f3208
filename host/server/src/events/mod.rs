//! What an event of Clio's does.
//!
//! A delivery that was verified leads to a look at Clio, for it is a hint alone:
//! what is read there decides. What is new goes out, and a changed contact waits
//! in the inbox for a person.

use std::sync::Arc;

use clio_runner::failure::Failure;
use clio_runner::journal::runs::Run;
use serde_json::Value;

use crate::service::Service;
use crate::work::Outcome;

/// Acts on what a verified delivery told. `run` is the delivery's, and `receipt`
/// what `receive-webhook` says: `{"event": …}`. It may be called again for the
/// same run: what it did before is not done twice.
pub(crate) async fn heard(
    _service: &Arc<Service>,
    _run: &Run,
    _receipt: &Value,
) -> Result<(), Failure> {
    Ok(())
}

/// Carries out a run of the kind `detection`. Asked with `{}` it looks for all that
/// is new in the account: its documents, and its matters' status.
pub(crate) async fn look(
    _service: &Arc<Service>,
    _run: &Run,
    _asked: Value,
) -> Result<Outcome, Failure> {
    Err(Failure::host("not carried out yet"))
}

/// Carries out a run of the kind `event`: one event goes out to one destination.
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

pub(crate) fn routes() -> axum::Router<Arc<Service>> {
    axum::Router::new()
}
