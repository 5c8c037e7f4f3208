//! Carries out what stands in the journal.
//!
//! A process runs some at once ([`turns`] says whose turn it is). What a run is, its
//! kind says, and the module of that kind carries it out.
//!
//! What must stay true: what a run came to is durable before anybody is told; a
//! process that is asked to end takes nothing more, waits for what it runs, and
//! hands back what does not end in time; what panics is a run that failed, and holds
//! up no other.

pub(crate) mod call;
pub(crate) mod case;
pub(crate) mod pause;
pub(crate) mod posted;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use clio_runner::failure::Failure;
use clio_runner::journal::runs::{Run, RunEnd};
use clio_runner::traced;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::outcome::{Outcome, failed};
use crate::service::Service;
use crate::traces::RunSpan;
use crate::{events, hooks};
use turns::Turns;

/// How often it is looked for what other processes added, or left.
const LOOK: Duration = Duration::from_millis(500);
/// How often dead processes are looked for.
const DEAD: Duration = Duration::from_secs(5);
/// How often files are looked for that nothing needs any more.
const SWEEP: Duration = Duration::from_secs(60 * 60);
/// How long what runs may take once the process is to end.
const GRACE: Duration = Duration::from_secs(20);
/// How long before the end of the grace it is handed back.
const HAND_BACK: Duration = Duration::from_secs(2);
/// How long until it is tried again to write how a run ended.
const KEPT_AGAIN: Duration = Duration::from_secs(5);
/// How often it is looked whether a run is to end.
const CANCELLED: Duration = Duration::from_secs(1);

/// Takes and carries out runs until the process is to end.
pub(crate) async fn run(service: Arc<Service>) {
    let mut running: JoinSet<(String, String)> = JoinSet::new();
    let mut turns = Turns::new(service.settings.at_once);
    let (mut dead, mut sweep) = (None, None);
    while !service.stop.is_cancelled() {
        if is_time(&mut dead, DEAD)
            && let Err(error) = service.journal.release_dead(&service.holder)
        {
            tracing::error!(%error, "what ended processes ran cannot be looked for");
        }
        if is_time(&mut sweep, SWEEP) {
            let service = Arc::clone(&service);
            tokio::task::spawn_blocking(move || {
                if let Err(failure) = posted::sweep(&service) {
                    tracing::error!("files of cases cannot be removed: {}", failure.what());
                }
            });
        }
        let taken = turns.next(&service).unwrap_or_else(|failure| {
            tracing::error!("runs cannot be taken: {}", failure.what());
            None
        });
        if let Some(run) = taken {
            let service = Arc::clone(&service);
            running.spawn(async move {
                let of = (run.connection.clone(), run.kind.clone());
                carry_out(service, run).await;
                of
            });
            continue;
        }
        tokio::select! {
            Some(ended) = running.join_next() => {
                if let Ok((connection, kind)) = ended {
                    turns.ended(&connection, &kind);
                }
            }
            () = service.wake.notified() => {}
            () = service.stop.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    let ended = async { while running.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, ended).await;
}

/// Whether so long has passed since it was true the last time.
fn is_time(last: &mut Option<Instant>, every: Duration) -> bool {
    let due = last.is_none_or(|last| last.elapsed() >= every);
    if due {
        *last = Some(Instant::now());
    }
    due
}

/// Carries a run out, and writes how it ended.
async fn carry_out(service: Arc<Service>, run: Run) {
    service.tell(&run.id, &run.connection, "");
    let began = tokio::time::Instant::now();
    let mut span = RunSpan::of(service.traces.as_deref(), &run);
    // A task of its own: what panics in it is told. Dropped, it ends.
    let mut work = JoinSet::new();
    {
        let (service, run, parent) = (Arc::clone(&service), run.clone(), span.traceparent());
        work.spawn(async move { traced::within(parent, outcome(&service, &run)).await });
    }
    let end = tokio::select! {
        Some(ended) = work.join_next() => end_of(&service, &run, ended.unwrap_or_else(|error| {
            tracing::error!(run = run.id, %error, "a run panicked");
            failed(&Failure::host("the service failed at it; its log says where"))
        })),
        () = cancelled(&service, &run.id) => RunEnd::Cancelled,
        () = stopped(&service) => RunEnd::HandedBack,
    };
    // What is ended early is gone before others may take it up.
    work.shutdown().await;
    match &end {
        RunEnd::Done(_) => span.ended("done", ""),
        RunEnd::Failed { code, .. } => span.ended("failed", code),
        RunEnd::Again { code, .. } => span.ended("waiting", code),
        RunEnd::Cancelled => span.ended("cancelled", "cancelled"),
        RunEnd::HandedBack => span.ended("waiting", "handed_back"),
    }
    drop(span);
    service.metrics.ran(&run.kind, &end, began.elapsed());
    // Not kept, it would be run by nobody as long as this process lives.
    loop {
        match service.journal.end_run(&service.holder, &run.id, &end) {
            Ok(true) => break,
            Ok(false) => {
                tracing::warn!(run = run.id, "the run was another process's by then");
                break;
            }
            Err(error) => tracing::error!(run = run.id, %error, "how the run ended is not kept"),
        }
        tokio::time::sleep(KEPT_AGAIN).await;
    }
    if run.kind == case::KIND && matches!(end, RunEnd::Done(_)) {
        posted::done(&service, &run);
    }
    service.tell(&run.id, &run.connection, "");
    service.wake.notify_one();
}

fn end_of(service: &Service, run: &Run, outcome: Outcome) -> RunEnd {
    match outcome {
        Outcome::Done(told) => RunEnd::Done(told.to_string().into_bytes()),
        Outcome::Failed { code, told } => RunEnd::Failed {
            code,
            told: told.to_string().into_bytes(),
        },
        Outcome::Again { code, told, after } => RunEnd::Again {
            code,
            told: told.to_string().into_bytes(),
            due: again(service, run, after),
        },
    }
}

/// When a run is due that is run again. While Clio is away none is begun but one at
/// a time, to ask; so they wait in their order, and not each for a pause of its own.
/// But what asks nothing of Clio is begun all the same.
fn again(service: &Service, run: &Run, after: Option<Duration>) -> i64 {
    let asks = !matches!(run.kind.as_str(), "event" | "delivery");
    match asks && service.is_left_alone(&run.connection) {
        true => run.due,
        false => pause::due(run.attempts, after),
    }
}

/// When the process is to end, and what it runs had its time.
async fn stopped(service: &Service) {
    service.stop.cancelled().await;
    tokio::time::sleep(GRACE - HAND_BACK).await;
}

/// Returns once somebody asked the run to end.
async fn cancelled(service: &Service, id: &str) {
    loop {
        tokio::time::sleep(CANCELLED).await;
        if let Ok(Some(run)) = service.journal.run(id)
            && run.cancel
        {
            return;
        }
    }
}

async fn outcome(service: &Arc<Service>, run: &Run) -> Outcome {
    let asked = match service.journal.run_asked(&run.id) {
        Ok(Some(asked)) => asked,
        Ok(None) => return failed(&Failure::host("the run is gone")),
        Err(error) => return failed(&error.into()),
    };
    let asked: serde_json::Value = match serde_json::from_slice(&asked) {
        Ok(asked) => asked,
        Err(_) => return failed(&Failure::host("what the run was asked with cannot be read")),
    };
    let ended = match run.kind.as_str() {
        "call" => call::carry_out(service, run, asked).await,
        "case" => case::carry_out(service, run, asked).await,
        "delivery" | "webhook" => hooks::carry_out(service, run, asked).await,
        "event" => events::carry_out(service, run, asked).await,
        "detection" => events::look(service, run, asked).await,
        other => Err(Failure::host(format!(
            "there is no run of the kind {other:?}"
        ))),
    };
    ended.unwrap_or_else(|failure| failed(&failure))
}
