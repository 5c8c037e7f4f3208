//! Carries out what stands in the journal.
//!
//! A process runs some at once. It takes turns between connections, so that none
//! waits for another's backlog, and within a connection goes by class and age. A
//! connection has a share of what runs at once.
//!
//! What must stay true: what a run came to is durable before anybody is told; a
//! process that is asked to end takes nothing more, waits for what it runs, and
//! hands back what does not end in time.

pub(crate) mod call;
mod case;
pub(crate) mod pause;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clio_runner::failure::Failure;
use clio_runner::journal::runs::{Run, RunEnd};
use clio_runner::traced;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::service::Service;
use crate::traces::RunSpan;
use crate::{events, hooks};

/// How often it is looked for what other processes added, or left.
const LOOK: Duration = Duration::from_millis(500);
/// How often dead processes are looked for.
const DEAD: Duration = Duration::from_secs(5);
/// How long what runs may take once the process is to end.
const GRACE: Duration = Duration::from_secs(20);

/// What a run's carrying out came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done(serde_json::Value),
    /// It failed for a reason that may pass. `after`: not before.
    Again {
        code: String,
        told: serde_json::Value,
        after: Option<Duration>,
    },
    /// It failed, and a person must look.
    Failed {
        code: String,
        told: serde_json::Value,
    },
}

/// Takes and carries out runs until the process is to end.
pub(crate) async fn run(service: Arc<Service>) {
    let mut running: JoinSet<String> = JoinSet::new();
    let mut of: BTreeMap<String, usize> = BTreeMap::new();
    let mut served: BTreeMap<String, u64> = BTreeMap::new();
    let mut turn = 0;
    let mut dead_looked = tokio::time::Instant::now() - DEAD;
    loop {
        if service.stop.is_cancelled() {
            break;
        }
        if dead_looked.elapsed() >= DEAD {
            dead_looked = tokio::time::Instant::now();
            if let Err(error) = service.journal.release_dead(&service.holder) {
                tracing::error!(%error, "what ended processes ran cannot be looked for");
            }
        }
        let taken = match next(&service, &of, &mut served, &mut turn, running.len()) {
            Ok(taken) => taken,
            Err(failure) => {
                tracing::error!("runs cannot be taken: {}", failure.what());
                None
            }
        };
        if let Some(run) = taken {
            *of.entry(run.connection.clone()).or_default() += 1;
            let service = Arc::clone(&service);
            running.spawn(async move {
                let connection = run.connection.clone();
                carry_out(service, run).await;
                connection
            });
            continue;
        }
        tokio::select! {
            Some(ended) = running.join_next() => {
                if let Ok(connection) = ended
                    && let Some(count) = of.get_mut(&connection)
                {
                    *count -= 1;
                    if *count == 0 {
                        of.remove(&connection);
                    }
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

/// The next run that this process may take: of the connections for which
/// something is due, the one that was served the longest ago.
fn next(
    service: &Service,
    of: &BTreeMap<String, usize>,
    served: &mut BTreeMap<String, u64>,
    turn: &mut u64,
    running: usize,
) -> Result<Option<Run>, Failure> {
    let all = service.settings.at_once;
    if running >= all {
        return Ok(None);
    }
    let share = all.div_ceil(2).max(1);
    let mut due = service.journal.due_connections()?;
    due.retain(|connection| of.get(connection).copied().unwrap_or(0) < share);
    due.sort_by_key(|connection| served.get(connection).copied().unwrap_or(0));
    for connection in due {
        let runs = of.get(&connection).copied().unwrap_or(0);
        if !service.may_begin(&connection, runs)? {
            continue;
        }
        if let Some(run) = service.journal.take_run(&service.holder, &connection)? {
            *turn += 1;
            served.insert(connection, *turn);
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// Carries a run out, and writes how it ended.
async fn carry_out(service: Arc<Service>, run: Run) {
    service.tell(&run.id, &run.connection, "");
    let began = tokio::time::Instant::now();
    let cancelled = CancellationToken::new();
    let mut span = RunSpan::of(service.traces.as_deref(), &run);
    let carried_out = traced::within(span.traceparent(), outcome(&service, &run));
    let end = tokio::select! {
        outcome = carried_out => match outcome {
            Outcome::Done(told) => RunEnd::Done(told.to_string().into_bytes()),
            Outcome::Failed { code, told } => RunEnd::Failed {
                code,
                told: told.to_string().into_bytes(),
            },
            Outcome::Again { code, told, after } => RunEnd::Again {
                code,
                told: told.to_string().into_bytes(),
                due: again(&service, &run, after),
            },
        },
        () = watch_cancel(&service, &run.id, &cancelled) => RunEnd::Cancelled,
        () = stopped(&service) => RunEnd::HandedBack,
    };
    match &end {
        RunEnd::Done(_) => span.ended("done", ""),
        RunEnd::Failed { code, .. } => span.ended("failed", code),
        RunEnd::Again { code, .. } => span.ended("waiting", code),
        RunEnd::Cancelled => span.ended("cancelled", "cancelled"),
        RunEnd::HandedBack => span.ended("waiting", "handed_back"),
    }
    drop(span);
    service.metrics.ran(&run.kind, &end, began.elapsed());
    match service.journal.end_run(&service.holder, &run.id, &end) {
        Ok(true) => {}
        Ok(false) => tracing::warn!(run = run.id, "the run was another process's by then"),
        Err(error) => tracing::error!(run = run.id, %error, "how the run ended was not kept"),
    }
    service.tell(&run.id, &run.connection, "");
    service.wake.notify_one();
}

/// When a run is due that is run again. While Clio is away none is begun but one at
/// a time, to ask; so they wait in their order, and not each for a pause of its own.
fn again(service: &Service, run: &Run, after: Option<Duration>) -> i64 {
    match service.is_left_alone(&run.connection) {
        true => run.due,
        false => pause::due(run.attempts, after),
    }
}

/// When the process is to end, and what it runs had its time.
async fn stopped(service: &Service) {
    service.stop.cancelled().await;
    tokio::time::sleep(GRACE - Duration::from_secs(2)).await;
}

/// Returns once somebody asked the run to end.
async fn watch_cancel(service: &Service, id: &str, _token: &CancellationToken) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
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

/// A failure as a run tells it.
pub(crate) fn told(failure: &Failure) -> serde_json::Value {
    let mut told = serde_json::json!({ "message": failure.what() });
    if !failure.all_details().is_empty() {
        told["details"] = failure.all_details().into();
    }
    if let Some(next) = failure.next_step() {
        told["next"] = next.into();
    }
    told
}

/// What a failure before any call comes to.
pub(crate) fn failed(failure: &Failure) -> Outcome {
    use clio_runner::exit::Exit;
    let told = told(failure);
    match failure.exit() {
        Exit::Transient => Outcome::Again {
            code: "unavailable".to_owned(),
            told,
            after: None,
        },
        Exit::NotAuthorized => Outcome::Failed {
            code: "not_connected".to_owned(),
            told,
        },
        Exit::Usage => Outcome::Failed {
            code: "invalid_input".to_owned(),
            told,
        },
        _ => Outcome::Failed {
            code: "failed".to_owned(),
            told,
        },
    }
}
