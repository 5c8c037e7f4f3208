//! How a call that was set up is made: with JSON or by types, between its two
//! entries in the journal, on a worker.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use clio_types::Request;
use clio_types::types::{Error as ActionErrorCase, Problem, ProblemCode};
use serde_json::Value;
use tokio::sync::oneshot;
use wasmtime::Engine;
use wasmtime::component::Val;

use super::Call;
use crate::audit::Recorder;
use crate::component::Action;
use crate::cpu::CpuMeter;
use crate::egress::ContentReview;
use crate::error::{CallError, FailureCause, HostFailure};
use crate::fetch::{Fetch, NamedContent};
use crate::gate::Brought;
use crate::invoke::{Dynamic, Finished, Invocation, Setup, Typed, execute};
use crate::journal::{Intent, new_correlation};
use crate::json::JsonError;
use crate::machine_work::MachineWork;
use crate::observer::{Observed, ObservedCall};
use crate::reflect::Answer;
use crate::watch::{Watch, next_number};
use crate::worker::Work;

/// What a call's requests wait for, who is told of them, and what the content that
/// it fetches is held against.
type Told = (Intent, Option<Arc<dyn Watch>>, Option<ContentReview>);

impl Call {
    /// Calls a function with JSON, by the mapping of [`crate::json`].
    ///
    /// `function` may be absent where the action has only one. The input of a
    /// function with a single parameter is that parameter's value.
    ///
    /// # Errors
    /// When the input does not fit (`invalid_input`, with a JSON Pointer in
    /// `field`), when the action returns an error, and when it does not run to
    /// its end.
    pub async fn invoke(
        mut self,
        action: &Action,
        function: Option<&str>,
        input: Value,
    ) -> Result<Value, CallError> {
        let correlation = self.correlation.take().unwrap_or_else(new_correlation);
        self.correlation = Some(correlation.clone());
        let result = self.invoked(action, function, input).await;
        result.map_err(|error| error.with_correlation(correlation))
    }

    async fn invoked(
        mut self,
        action: &Action,
        function: Option<&str>,
        input: Value,
    ) -> Result<Value, CallError> {
        let invalid = |message: String| CallError::permanent(ProblemCode::InvalidInput, message);
        let function = action.function(function).map_err(invalid)?;
        let Some(exported) = action.functions_at(function) else {
            return Err(invalid("the component has no such function".into()));
        };
        let signature = exported.signature.as_ref().map_err(|reason| {
            invalid(format!(
                "the function `{}` {reason}, so it cannot be called with JSON",
                exported.name
            ))
        })?;
        let args = signature.read(&input).map_err(invalid_member)?;
        let fetches = action.is_described() && action.description().content;
        self.contents
            .note(self.connection.origin(), &input, fetches);
        let brought = Brought::of(&input, self.host.reviews().is_some());
        drop(input);
        let invocation = Dynamic {
            function,
            args,
            results: signature.results(),
        };
        let read = |result: Option<Val>| match signature.write(result.as_ref()) {
            Ok(Answer::Success(value)) => Ok(value),
            Ok(Answer::Error(error)) => Err(CallError::json(error)),
            Err(JsonError { pointer, message }) => Err(HostFailure::new(
                FailureCause::Trap,
                format!("the action returned what JSON cannot say, at `{pointer}`: {message}"),
            )
            .into()),
        };
        self.audited(
            action.clone(),
            function,
            brought,
            invocation,
            read,
            |outcome| Cow::Borrowed(outcome),
        )
        .await
    }

    /// Calls a function of an action of this project, which the request's type
    /// names: `sync_contact::SyncRequest` calls `sync` of `sync-contact`.
    ///
    /// # Errors
    /// As the contract says for the function, and the host's own failures.
    pub async fn run<R: Request>(mut self, request: R) -> Result<R::Outcome, CallError> {
        let loaded = self.host.load_action_aside(R::ACTION).await;
        let instantiation =
            |message: String| HostFailure::new(FailureCause::Instantiation, message);
        let action = loaded.map_err(|error| instantiation(error.to_string()))?;
        let function = action.function(Some(R::FUNCTION)).map_err(instantiation)?;
        let mut brought = Brought::default();
        let (fetches, reviewed) = (action.description().content, self.host.reviews().is_some());
        if fetches || reviewed {
            // A URL that went unnoticed could be fetched with the credential, and an
            // approval pass for one.
            let input =
                serde_json::to_value(&request).map_err(|error| instantiation(error.to_string()))?;
            if fetches {
                self.contents.note(self.connection.origin(), &input, true);
            }
            brought = Brought::of(&input, reviewed);
        }
        let invocation = Typed { function, request };
        let json = |outcome: &R::Outcome| serde_json::to_value(outcome).unwrap_or_default();
        self.audited(
            action,
            function,
            brought,
            invocation,
            |result| result.map_err(CallError::typed),
            |outcome| Cow::Owned(json(outcome)),
        )
        .await
    }

    /// Runs a call between its two entries in the journal.
    /// `read` makes the result of what the guest returned, and `told` JSON of a
    /// result.
    async fn audited<I: Invocation, T>(
        mut self,
        action: Action,
        function: usize,
        brought: Brought,
        invocation: I,
        read: impl FnOnce(I::Output) -> Result<T, CallError>,
        told: impl FnOnce(&T) -> Cow<'_, Value>,
    ) -> Result<T, CallError> {
        let correlation = self.correlation.take().unwrap_or_else(new_correlation);
        self.correlation = Some(correlation.clone());
        let (stats, held_back) = (self.stats.take(), self.dry_run.take());
        let observer = self.result.take();
        let dry_run = held_back.is_some();
        let journal = self.host.journal().filter(|_| !self.unrecorded);
        let recorder = Recorder::begin(
            journal,
            action.identity(),
            &self.connection,
            &correlation,
            self.contents.digests(),
            dry_run,
        )
        .await
        .map_err(|error| {
            let failure = HostFailure::new(FailureCause::Internal, error.to_string());
            CallError::from(failure).with_correlation(correlation.clone())
        })?;
        let host = self.host.clone();
        let observed = Observed::begin(host.observer(), || ObservedCall {
            number: next_number(),
            action: action.label(),
            function: action.function_name(function).to_owned(),
            connection: self.connection.label(),
            correlation: correlation.clone(),
            dry_run,
        });
        let (reviews, account) = (host.reviews(), self.connection.account());
        let (writes, contents) = (action.rules().may_write(), &mut self.contents);
        let passed = brought.pass(reviews.clone(), &account, contents, writes, dry_run);
        let passed = passed.await;
        let (connection, limits) = (self.connection.clone(), host.bounded(self.limits.clone()));
        let mut sink = self.content.take();
        let recorded = recorder.is_recording() || sink.is_some() || reviews.is_some();
        let (passed, mut finished) = match passed {
            Ok(passed) => {
                let told = (recorder.intent(), observed.watch(), passed.content());
                let finished = self.dispatch(action.clone(), invocation, told, dry_run);
                (Some(passed), finished.await)
            }
            Err(error) => (None, Finished::without(error)),
        };
        let mut counted = finished.stats.clone();
        let grants = std::mem::take(&mut finished.grants);
        let writes = std::mem::take(&mut finished.noted.writes);
        let withheld = std::mem::take(&mut finished.noted.withheld);
        let mut result = finished.conclude(read);
        let (mut ids, mut content, mut work) = (Vec::new(), None, None);
        if recorded && let Ok(outcome) = &result {
            let outcome = told(outcome);
            ids = action.ids(function, &outcome);
            content = NamedContent::of(&outcome);
            if let (Some(_), Some(observer)) = (&sink, observer) {
                observer(&outcome);
            }
            if let (Some(reviews), Some(passed)) = (reviews, passed) {
                let exported = action.functions_at(function);
                let named = exported.map(|it| (it.interface.as_str(), it.name.as_str()));
                work = named.map(|(interface, function)| {
                    MachineWork::of(reviews, account, interface, function, &outcome, passed)
                });
            }
        }
        // In boxes, since few calls come to it.
        let mut hashed = None;
        if let Some(work) = work {
            match Box::pin(work.keep(dry_run)).await {
                Ok(unread) => hashed = unread,
                Err(error) => result = Err(error),
            }
        }
        if let Some(hashed) = &hashed {
            sink = Some(hashed.sink(sink));
        }
        if let (Some(sink), Some(content), Ok(_)) = (sink, content, &result) {
            let fetch = Fetch {
                connection,
                limits,
                reputation: Arc::clone(action.reputation()),
                correlation: correlation.clone(),
                sink,
            };
            let fetched = Box::pin(fetch.run(host.workers(), grants, content)).await;
            let fetched = match (fetched, hashed) {
                (Ok(bytes), Some(hashed)) => hashed.remember().await.map(|()| bytes),
                (fetched, _) => fetched,
            };
            match fetched {
                Ok(bytes) => counted.traffic.received += bytes,
                Err(error) => result = Err(error),
            }
        }
        let result = result.map_err(|error| error.with_correlation(correlation));
        recorder
            .end(
                result.as_ref().map(|_| ids),
                &counted,
                writes,
                !withheld.is_empty(),
            )
            .await;
        observed.end(&result, &counted);
        if let Some(observer) = stats {
            observer(counted);
        }
        if let Some(observer) = held_back {
            observer(withheld);
        }
        result
    }

    /// Hands the call to a worker, and waits for its end. What it was set up with
    /// is with the worker by then: a future that waits holds none of it.
    fn dispatch<I: Invocation>(
        self,
        action: Action,
        invocation: I,
        told: Told,
        dry_run: bool,
    ) -> impl Future<Output = Finished<I::Output>> + use<I> {
        let submitted = self.submit(action, invocation, told, dry_run);
        async move {
            let (here, receiver) = match submitted {
                Ok(submitted) => submitted,
                Err(failure) => return Finished::without(failure.into()),
            };
            here.await;
            let finished = receiver.await;
            finished.unwrap_or_else(|_| Finished::without(HostFailure::lost().into()))
        }
    }

    #[allow(clippy::type_complexity)] // two futures, which have no names
    fn submit<I: Invocation>(
        self,
        action: Action,
        invocation: I,
        (intent, watch, review): Told,
        dry_run: bool,
    ) -> Result<
        (
            impl Future<Output = ()> + use<I>,
            oneshot::Receiver<Finished<I::Output>>,
        ),
        HostFailure,
    > {
        if !Engine::same(action.pre().engine(), &self.host.engine().engine) {
            let message = "the action was loaded by another host; load it with this one";
            return Err(HostFailure::new(FailureCause::Instantiation, message));
        }
        let span = tracing::info_span!(
            "call",
            action = %action.identity(),
            correlation = self.correlation,
        );
        let setup = Setup {
            engine: self.host.engine().clone(),
            action,
            connection: self.connection,
            contents: self.contents,
            limits: self.host.bounded(self.limits),
            slots: self.host.semaphore(),
            log: self.log,
            inspection: self.inspection,
            intent,
            watch,
            dry_run,
            review,
        };
        let meter = Arc::new(CpuMeter::new());
        let (mut sender, receiver) = oneshot::channel();
        let work = Work {
            meter: Arc::clone(&meter),
            reputation: Arc::clone(setup.action.reputation()),
            begin: Box::new(move |egress| {
                use tracing::Instrument as _;
                Box::pin(
                    async move {
                        let finished = {
                            let mut call = pin!(execute(setup, egress, meter, invocation));
                            // Ends, store and all, when nobody waits any more.
                            poll_fn(|cx| match sender.poll_closed(cx) {
                                Poll::Ready(()) => Poll::Ready(None),
                                Poll::Pending => call.as_mut().poll(cx).map(Some),
                            })
                            .await
                        };
                        if let Some(finished) = finished {
                            let _ = sender.send(finished);
                        }
                    }
                    .instrument(span),
                )
            }),
        };
        let here = self.host.workers().submit(work);
        Ok((here.ok_or_else(HostFailure::lost)?, receiver))
    }
}

fn invalid_member(error: JsonError) -> CallError {
    let mut problem = Problem::new(ProblemCode::InvalidInput, error.to_string());
    problem.field = Some(error.pointer).filter(|pointer| !pointer.is_empty());
    CallError::typed(ActionErrorCase::Permanent(problem))
}
