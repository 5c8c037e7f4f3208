//! What is older than `keep_days` is taken out of the journal, once a day.
//!
//! Of several processes of one home each may do so: what one has taken out is not
//! there for the next.

use std::sync::Arc;
use std::time::Duration;

use clio_runner::aside::aside;
use clio_runner::failure::Failure;
use clio_runner::journal::retention::TakenOut;
use jiff::{Timestamp, ToSpan as _};

use crate::service::Service;

const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Does so until the process is to end.
pub(crate) async fn run(service: Arc<Service>) {
    let Some(days) = service.settings.file.keep_days else {
        return;
    };
    loop {
        match take_out(&service, days).await {
            Ok(taken) if !taken.findings.is_empty() => tracing::error!(
                "nothing is taken out of the audit: it is not as it was written; `clio log \
                 --verify` says where"
            ),
            Ok(taken) => tracing::info!(
                audit = taken.audit,
                others = taken.others,
                days,
                "what is older than is kept was taken out"
            ),
            Err(failure) => tracing::error!(
                "what is older than is kept cannot be taken out: {}",
                failure.what()
            ),
        }
        tokio::select! {
            () = service.stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn take_out(service: &Arc<Service>, days: u32) -> Result<TakenOut, Failure> {
    let hours = i64::from(days) * 24;
    let before = Timestamp::now().checked_sub(hours.hours());
    let before = before.map_err(|error| Failure::host(error.to_string()))?;
    let journal = Arc::clone(&service.journal);
    Ok(aside(move || journal.take_out(before.as_millisecond())).await??)
}
