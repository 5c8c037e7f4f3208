//! One call from its beginning to its end.
//!
//! The order: wait for rate budget and for a slot, outside the deadline; then a
//! fresh store and instance, the function, and everything dropped again, all
//! within the [deadline](crate::deadline).
//!
//! What must stay true: a store serves one call. One that trapped or ran out of
//! time is dropped like any other, and nothing of it is used again; what is
//! known of the call then lies beside the store, in counters.

use std::sync::Arc;
use std::time::Instant;

use clio_types::Request;
use clio_types::types::{Error as ActionErrorCase, Problem, ProblemCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Store;
use wasmtime::component::{Instance, Val};

use crate::budget::{BudgetExhausted, Reservation};
use crate::component::Action;
use crate::connection::Connection;
use crate::cpu::CpuMeter;
use crate::deadline::Deadline;
use crate::egress::{CallContent, CallEgress, ContentReview, Egress, EgressFailure, Grants, Noted};
use crate::engine::ActionEngine;
use crate::error::{CallError, FailureCause, HostFailure};
use crate::gate;
use crate::journal::Intent;
use crate::limiter::{Growth, Limiter};
use crate::limits::Limits;
use crate::log::{CallLog, LogObserver};
use crate::stats::CallStats;
use crate::stop::{self, Phase};
use crate::wasi::State;
use crate::watch::Watch;

/// What a call does once its instance stands.
pub(crate) trait Invocation: Send + 'static {
    /// What the guest returned.
    type Output: Send + 'static;

    /// Calls the function.
    fn run(
        self,
        action: &Action,
        instance: &Instance,
        store: &mut Store<State>,
    ) -> impl Future<Output = wasmtime::Result<Self::Output>> + Send;
}

/// A call of a function with a request of the contract.
pub(crate) struct Typed<R> {
    pub(crate) function: usize,
    pub(crate) request: R,
}

impl<R: Request> Invocation for Typed<R> {
    type Output = Result<R::Outcome, ActionErrorCase>;

    async fn run(
        self,
        action: &Action,
        instance: &Instance,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Self::Output> {
        let function = action
            .functions_at(self.function)
            .ok_or_else(|| wasmtime::Error::msg("the function is not exported"))?;
        let function =
            instance.get_typed_func::<(R,), (Self::Output,)>(&mut *store, function.index)?;
        let (outcome,) = function.call_async(store, (self.request,)).await?;
        Ok(outcome)
    }
}

/// A call of the function at `function` with dynamic values.
pub(crate) struct Dynamic {
    pub(crate) function: usize,
    pub(crate) args: Vec<Val>,
    pub(crate) results: usize,
}

impl Invocation for Dynamic {
    type Output = Option<Val>;

    async fn run(
        self,
        action: &Action,
        instance: &Instance,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Option<Val>> {
        let func = action
            .functions_at(self.function)
            .and_then(|function| instance.get_func(&mut *store, function.index))
            .ok_or_else(|| wasmtime::Error::msg("the function is not exported"))?;
        let mut results = vec![Val::Bool(false); self.results];
        func.call_async(store, &self.args, &mut results).await?;
        Ok(results.into_iter().next())
    }
}

/// Everything that a call needs to begin.
pub(crate) struct Setup {
    pub(crate) engine: ActionEngine,
    pub(crate) action: Action,
    pub(crate) connection: Connection,
    pub(crate) contents: CallContent,
    pub(crate) limits: Limits,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) log: Option<LogObserver>,
    /// What its writes wait for.
    pub(crate) intent: Intent,
    /// Who is told of its requests.
    pub(crate) watch: Option<Arc<dyn Watch>>,
    pub(crate) dry_run: bool,
    /// What the content that it fetches is held against.
    pub(crate) review: Option<ContentReview>,
    pub(crate) inspection: Option<Inspection>,
}

/// A look into the instance after the call: see `Call::inspect`.
pub(crate) struct Inspection {
    pub(crate) export: String,
    pub(crate) observer: Box<dyn FnOnce(Vec<u8>) + Send>,
}

impl Inspection {
    async fn look(self, instance: &Instance, store: &mut Store<State>) -> wasmtime::Result<()> {
        let dump = instance.get_typed_func::<(), (Vec<u8>,)>(&mut *store, &self.export)?;
        let (bytes,) = dump.call_async(store, ()).await?;
        (self.observer)(bytes);
        Ok(())
    }
}

/// What came of a call.
pub(crate) struct Finished<T> {
    pub(crate) outcome: Result<T, CallError>,
    pub(crate) stats: CallStats,
    /// What egress noted of it.
    pub(crate) noted: Noted,
    /// What the call was granted.
    pub(crate) grants: Grants,
}

impl<T> Finished<T> {
    /// A call that never began, or whose end nobody saw.
    pub(crate) fn without(error: CallError) -> Self {
        Self {
            outcome: Err(error),
            stats: CallStats::default(),
            noted: Noted::default(),
            grants: Grants::default(),
        }
    }

    /// The final word: what the guest returned, or why not, with what egress
    /// noted beside it.
    pub(crate) fn conclude<U>(
        self,
        read: impl FnOnce(T) -> Result<U, CallError>,
    ) -> Result<U, CallError> {
        let error = match self.outcome.and_then(read) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let error = match self.noted.failure {
            Some(failure) => explain(error, &failure),
            None => error,
        };
        Err(error.with_denied(self.noted.denials))
    }
}

/// A guest sees only an error code of `wasi:http`. Where egress knows the
/// cause, that cause is the error.
fn explain(error: CallError, failure: &EgressFailure) -> CallError {
    let message = failure.to_string();
    let limit = |name| HostFailure::new(FailureCause::Limit(name), message.clone()).into();
    match failure {
        EgressFailure::RateBudget(exhausted) => out_of_budget(exhausted),
        EgressFailure::Credential(_) => CallError::permanent(ProblemCode::NotConnected, message),
        EgressFailure::CredentialLater(_) => CallError::typed(ActionErrorCase::Transient(
            Problem::new(ProblemCode::Unavailable, message),
        )),
        EgressFailure::Requests { .. } => limit("requests"),
        EgressFailure::Journal(_) | EgressFailure::Tls(_) | EgressFailure::Reviews(_) => {
            HostFailure::new(FailureCause::Internal, message).into()
        }
        EgressFailure::RequestBytes { .. } => limit("request_bytes"),
        EgressFailure::ResponseBytes { .. } => limit("response_bytes"),
        EgressFailure::LengthRequired => match error.problem() {
            // The action knows which member of the input it is about.
            Some(problem) if problem.code == ProblemCode::InvalidInput => error,
            _ => CallError::permanent(ProblemCode::InvalidInput, message),
        },
        // It would end the same way every time. Where the action ended for
        // another reason, that is the one to tell.
        EgressFailure::Certificate { .. } => match error.problem() {
            Some(problem) if !is_about_the_way(problem.code) => error,
            _ => CallError::permanent(ProblemCode::Unavailable, message),
        },
        EgressFailure::MachineMade => gate::machine_made(),
        EgressFailure::NotApproved => gate::not_approved(),
        EgressFailure::NotReviewable => CallError::permanent(ProblemCode::ReviewRequired, message),
        EgressFailure::ContentChanged => CallError::typed(ActionErrorCase::Transient(
            Problem::new(ProblemCode::UploadIncomplete, message),
        )),
    }
}

/// Whether an action says with this code that it could not reach somebody.
fn is_about_the_way(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::Unavailable | ProblemCode::UploadIncomplete | ProblemCode::UnexpectedAnswer
    )
}

fn out_of_budget(exhausted: &BudgetExhausted) -> CallError {
    let code = match exhausted.away {
        true => ProblemCode::Unavailable,
        false => ProblemCode::RateLimited,
    };
    let mut problem = Problem::new(code, exhausted.to_string());
    problem.retry_after_ms = u64::try_from(exhausted.retry_after.as_millis()).ok();
    CallError::typed(ActionErrorCase::Transient(problem))
}

/// Runs a call. On a worker.
///
/// The parts of `setup` are taken out before the future is made: it would hold
/// them twice otherwise, for as long as it waits.
pub(crate) fn execute<I: Invocation>(
    setup: Setup,
    egress: Arc<Egress>,
    meter: Arc<CpuMeter>,
    invocation: I,
) -> impl Future<Output = Finished<I::Output>> + Send + use<I> {
    let Setup {
        engine,
        action,
        connection,
        contents,
        limits,
        slots,
        log,
        intent,
        watch,
        dry_run,
        review,
        inspection,
    } = setup;
    async move {
        let asked = Instant::now();
        let (reservation, _slot) = match wait(&action, &connection, &limits, slots).await {
            Ok(both) => both,
            Err(error) => {
                let mut finished = Finished::without(error);
                finished.stats.waited = asked.elapsed();
                return finished;
            }
        };
        let (began, deadline) = (Instant::now(), Deadline::after(limits.deadline));
        let growth = Arc::new(Growth::default());
        let log = CallLog::new(limits.log_bytes, log);
        let origin = connection.origin().to_string();
        let rules = Arc::clone(action.rules());
        let egress = CallEgress::new(
            egress,
            connection,
            rules,
            contents,
            limits.clone(),
            Arc::clone(&meter),
            dry_run,
        )
        .with_reservation(reservation)
        .with_intent(intent)
        .reviewed(review)
        .watched(watch);

        let run = async {
            let limiter = Limiter::new(&limits, Arc::clone(&growth));
            let state = State::new(&limits, limiter, &log, Arc::clone(&egress), origin);
            let mut store = Store::new(&engine.engine, state);
            store.limiter(|state| &mut state.limiter);
            store.set_hostcall_fuel(limits.hostcall_bytes);
            store.set_max_component_handles(limits.handles);
            deadline.interrupt(&mut store, limits.cpu, Arc::clone(&meter));
            let instance = action
                .pre()
                .instantiate_async(&mut store)
                .await
                .map_err(|error| (Phase::Instantiation, error))?;
            let output = invocation
                .run(&action, &instance, &mut store)
                .await
                .map_err(|error| (Phase::Run, error))?;
            if let Some(inspection) = inspection {
                inspection
                    .look(&instance, &mut store)
                    .await
                    .map_err(|error| (Phase::Run, error))?;
            }
            Ok(output)
        };
        // In a box of its own, so that a call which waits for its turn does not hold
        // the room that one needs which runs.
        let run = engine.ticker.while_polled(Box::pin(run));
        let outcome = match deadline.keep(run).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err((phase, error))) => {
                tracing::debug!(?phase, %error, "the call failed");
                let required = action.pre().component().resources_required();
                Err(stop::classify(&error, phase, &growth, &limits, required.as_ref()).into())
            }
            Err(passed) => Err(HostFailure::from(passed).into()),
        };
        let by_the_host =
            matches!(&outcome, Err(CallError::Host(failure)) if failure.cause.is_the_guests());
        action.reputation().ended(&meter, by_the_host);
        egress.release();
        log.finish();
        let noted = egress.noted();
        Finished {
            outcome,
            grants: egress.take_grants(),
            stats: CallStats {
                traffic: noted.traffic,
                cpu: meter.used_now(),
                left_fast_lane: meter.slow(),
                peak_memory_bytes: growth.peak(),
                waited: began - asked,
                ran: began.elapsed(),
                log_bytes_dropped: log.dropped(),
            },
            noted,
        }
    }
}

/// Waits for what the call usually costs of the rate budget, then for a slot.
/// In this order: a call that waits for its budget holds nothing that a call
/// on another connection needs.
async fn wait(
    action: &Action,
    connection: &Connection,
    limits: &Limits,
    slots: Arc<Semaphore>,
) -> Result<(Reservation, OwnedSemaphorePermit), CallError> {
    let begin = tokio::time::Instant::now();
    let reservation = connection
        .budget()
        .reserve(action.description().cost, connection.class(), limits.wait)
        .await
        .map_err(|exhausted| out_of_budget(&exhausted))?;
    let slot = match tokio::time::timeout_at(begin + limits.wait, slots.acquire_owned()).await {
        Ok(Ok(slot)) => slot,
        // The semaphore is never closed while its host stands.
        Ok(Err(_)) => return Err(HostFailure::lost().into()),
        Err(_) => {
            return Err(CallError::typed(ActionErrorCase::Transient(Problem::new(
                ProblemCode::Unavailable,
                "the host runs as many calls as it can; repeat later, or give the host more",
            ))));
        }
    };
    Ok((reservation, slot))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    // CASES A8
    #[test]
    fn a_certificate_that_is_not_accepted_is_no_case_for_another_attempt() {
        let failure = EgressFailure::Certificate {
            origin: "https://app.clio.com".to_owned(),
            cause: "it has expired".to_owned(),
        };
        let unreachable = Problem::new(ProblemCode::Unavailable, "Clio cannot be reached");
        let told = CallError::typed(ActionErrorCase::Transient(unreachable));
        let error = explain(told, &failure);
        assert!(!error.is_transient());
        assert_eq!(error.code(), "unavailable");
        let message = error.to_string();
        for part in ["certificate", "https://app.clio.com", "expired", "ca_file"] {
            assert!(message.contains(part), "{message}");
        }
        // What the action found out for itself stays.
        let own = CallError::permanent(ProblemCode::InvalidInput, "no such form");
        assert_eq!(explain(own, &failure).code(), "invalid_input");
    }
}
