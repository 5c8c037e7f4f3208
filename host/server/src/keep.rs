//! What is older than `keep_days` is taken out of the journal, once a day.
//!
//! Of several processes of one home each may do so: what one has taken out is not
//! there for the next.
//!
//! What must stay true: a clock that is wrong, as after a machine was put back or its
//! battery was empty, takes out little of what it should not. The clock is believed
//! as far as it has gone on from what it said before, a part of what is kept at a
//! time, and each time once the process has run for a while.

use std::sync::Arc;
use std::time::Duration;

use clio_runner::aside::aside;
use clio_runner::failure::Failure;
use clio_runner::journal::retention::TakenOut;
use clio_runner::journal::{Journal, instant};
use jiff::Timestamp;

use crate::service::Service;

const DAY: i64 = 24 * 60 * 60 * 1000;
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// For how long the process runs until the clock is believed again: what starts again
/// and again believes it no further.
const SETTLED: Duration = Duration::from_secs(60 * 60);

/// Does so until the process is to end.
pub(crate) async fn run(service: Arc<Service>) {
    let days = service.settings.file.keep_days;
    let mut begins = true;
    loop {
        match sweep(&service, days, begins).await {
            Ok(None) => {}
            Ok(Some(taken)) if !taken.findings.is_empty() => tracing::error!(
                "nothing is taken out of the audit: it is not as it was written; `clio log \
                 --verify` says where"
            ),
            Ok(Some(taken)) => tracing::info!(
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
        let pause = if begins { SETTLED } else { EVERY };
        begins = false;
        tokio::select! {
            () = service.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One time. Where all is kept for ever the clock is looked at all the same, so that
/// it is known on the day on which that changes.
async fn sweep(
    service: &Arc<Service>,
    days: Option<u32>,
    begins: bool,
) -> Result<Option<TakenOut>, Failure> {
    let journal = Arc::clone(&service.journal);
    Ok(aside(move || swept(&journal, Timestamp::now().as_millisecond(), days, begins)).await??)
}

fn swept(
    journal: &Journal,
    now: i64,
    days: Option<u32>,
    begins: bool,
) -> Result<Option<TakenOut>, clio_runner::journal::JournalError> {
    let before = journal.believed_clock()?;
    let at = believed(now, before, days, begins);
    if at < now && days.is_some() {
        tracing::warn!(
            clock = instant(now),
            believed = instant(at),
            "the clock is far ahead of what it said before: less is taken out than it says. If it \
             is right, nothing is to be done: what is left goes on the following days"
        );
    }
    if !begins {
        journal.believe_clock(at)?;
    }
    let Some(days) = days else { return Ok(None) };
    Ok(Some(journal.take_out(at - i64::from(days) * DAY)?))
}

/// How far the clock is believed that said `before` the last time.
fn believed(now: i64, before: Option<i64>, days: Option<u32>, begins: bool) -> i64 {
    let step = match begins {
        true => DAY,
        false => (i64::from(days.unwrap_or(0)) * DAY / 7).max(2 * DAY),
    };
    before.map_or(now, |before| now.min(before.saturating_add(step)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clio_runner::home::Home;
    use clio_runner::journal::AuditRow;

    use super::*;

    /// Trap: one start with a clock that is wrong takes out all that there is.
    /// Take out: `host/server/src/keep.rs`: `before.map_or(now, |before| now.min(before.saturating_add(step)))`
    #[test]
    fn a_clock_that_is_far_ahead_takes_out_little() {
        let home = tempfile::tempdir().unwrap();
        let journal = Journal::of(&Home::at(home.path())).unwrap();
        let now = Timestamp::now().as_millisecond();
        for days in (0..20).rev() {
            let row = AuditRow::note("check-connection", "done");
            let at = now - days * DAY;
            journal.append(AuditRow { at, ..row }).unwrap();
        }
        let sweep = |now, begins| {
            let taken = swept(&journal, now, Some(7), begins).unwrap().unwrap();
            taken.audit
        };
        // Of 20 days 12 are older than seven, and one day more is believed.
        let wrong = now + 400 * DAY;
        assert_eq!(sweep(wrong, true), 13);
        // Again and again it starts, and writes rows at the wrong time.
        journal.believe_clock(now).unwrap();
        let row = AuditRow::note("check-connection", "done");
        journal.append(AuditRow { at: wrong, ..row }).unwrap();
        assert_eq!((sweep(wrong, true), sweep(wrong, true)), (0, 0));
        // It runs for an hour: another day.
        assert_eq!(sweep(wrong, false), 1);
        // Once the clock is right it is believed at once.
        swept(&journal, now, Some(7), false).unwrap();
        assert_eq!(journal.believed_clock().unwrap(), Some(now));
    }

    #[test]
    fn a_service_that_was_off_for_long_catches_up() {
        let (start, off) = (1_000 * DAY, 60 * DAY);
        let mut at = start;
        let behind = (0..9).find(|day| {
            let now = start + off + day * DAY;
            at = believed(now, Some(at), Some(400), false);
            at == now
        });
        assert_eq!(behind, Some(1));
        // Of a journal in which nothing stands all is right.
        assert_eq!(believed(start, None, Some(7), true), start);
    }
}
