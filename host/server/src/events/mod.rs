//! What an event of Clio's does.
//!
//! A delivery that was verified leads to a look at Clio, for it is a hint alone:
//! what is read there decides. A changed contact waits in the inbox for a person.
//! What a look finds is an event of our own, and goes [`out`].
//!
//! What must stay true: no delivery is lost and none is acted on twice, killed at
//! any moment; looks of many deliveries become one, so that a flood of them costs
//! a firm's rate budget no more than a few requests a minute; what was found for
//! one account goes to no other.

mod begin;
mod documents;
mod heard;
mod out;
mod rest;
mod routes;
mod statuses;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use clio_host::actions::types::Error as ActionError;
use clio_host::{Call, CallError};
use clio_runner::call_failure;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::journal::JournalError;
use clio_runner::journal::runs::{NewRun, Run};
use clio_runner::session::Session;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::service::Service;

use heard::Look;

pub(crate) use begin::run;
pub(crate) use heard::heard;
pub(crate) use out::carry_out;
pub(crate) use routes::routes;

/// What a run of the kind `detection` looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    /// Absent: all that there is.
    of: Option<Of>,
    /// What a delivery was about. Absent: the whole account.
    about: Option<About>,
    /// How many looks its delivery has had.
    look: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Of {
    Documents,
    Statuses,
}

impl Of {
    fn word(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Statuses => "statuses",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum About {
    Matter(u64),
    Document(u64),
}

/// Carries out a run of the kind `detection`. Asked with `{}` it looks for all that
/// is new in the account: its documents, and its matters' status.
pub(crate) async fn look(
    service: &Arc<Service>,
    run: &Run,
    asked: Value,
) -> Result<Outcome, Failure> {
    let asked: Asked = serde_json::from_value(asked)
        .map_err(|_| Failure::host("what the look was asked for cannot be read"))?;
    let session = service.session_in(&run.connection, run.class).await?;
    if let Some(outcome) = service.another_account(run, &session.account.owner)? {
        return Ok(outcome);
    }
    let looking = Looking {
        service,
        run,
        session: &session,
        calls: AtomicU32::new(0),
        requests: Arc::default(),
    };
    if asked.of.is_some()
        && asked.about.is_none()
        && asked.look == 0
        && let Some(left) = rest::left(asked.of, looking.names())
    {
        heard::add(service, run, &[Look::put_off(&asked, left)])?;
        return Ok(Outcome::Done(json!({"put_off_s": left.as_secs()})));
    }
    let looked = async {
        let mut told = json!({});
        if asked.of != Some(Of::Statuses) {
            let looked = documents::look(&looking, &asked).await?;
            if asked.about.is_none() && !looked.more {
                rest::after(Of::Documents, &looking);
            }
            told["documents"] = looking.went_on(Of::Documents, looked).await?;
        }
        if asked.of != Some(Of::Documents) {
            let looked = statuses::look(&looking).await?;
            if !looked.more {
                rest::after(Of::Statuses, &looking);
            }
            told["statuses"] = looking.went_on(Of::Statuses, looked).await?;
        }
        Ok::<_, Ended>(told)
    };
    Ok(match looked.await {
        Ok(told) => Outcome::Done(told),
        Err(Ended::Call(error)) => failed_call(&error),
        // Another look moved the cursor first. What it found is not found again.
        Err(Ended::Journal(JournalError::Conflict)) => Outcome::Again {
            code: "conflict".to_owned(),
            told: json!({"message": "another look was there first", "next": "nothing: it looks again"}),
            after: None,
        },
        Err(Ended::Journal(error)) => return Err(error.into()),
        Err(Ended::Other(failure)) => return Err(failure),
    })
}

/// A look that is being carried out.
#[derive(Debug)]
struct Looking<'a> {
    service: &'a Arc<Service>,
    run: &'a Run,
    session: &'a Session,
    /// How many calls were made for it.
    calls: AtomicU32,
    /// How many requests they made.
    requests: Arc<AtomicU32>,
}

impl Looking<'_> {
    /// The next call of the look, by an id of its own.
    fn call(&self) -> Call {
        let requests = Arc::clone(&self.requests);
        let call = self.service.host.call(&self.session.account.connection);
        let call = call.on_stats(move |stats| {
            requests.fetch_add(stats.traffic.api_requests, Ordering::Relaxed);
        });
        match self.calls.fetch_add(1, Ordering::Relaxed) {
            0 => call.correlation(&self.run.id),
            n => call.correlation(format!("{}/{}", self.run.id, n + 1)),
        }
    }

    /// Lets a run of its own read on where a look has not read all. Killed before
    /// it is added, this one is run again, and reads on itself.
    async fn went_on(&self, of: Of, looked: Looked) -> Result<Value, Ended> {
        if looked.more {
            let asked = Asked {
                of: Some(of),
                about: None,
                // It goes on, and needs no rest.
                look: 1,
            };
            self.service
                .add(NewRun {
                    connection: &self.run.connection,
                    owner: &self.run.owner,
                    kind: "detection",
                    what: &self.run.what,
                    class: self.run.class,
                    lane: &[heard::LANE, &self.run.owner],
                    ordered: false,
                    once: &["read on", &self.run.id, of.word()],
                    due: 0,
                    // Numbers and words are always JSON.
                    asked: &serde_json::to_vec(&asked).unwrap_or_default(),
                })
                .await?;
        }
        Ok(looked.told)
    }

    /// What is remembered for it is kept by these.
    fn names(&self) -> [&str; 2] {
        [&self.run.owner, &self.run.connection]
    }
}

/// What a look came to.
#[derive(Debug)]
struct Looked {
    /// How much was found, without client data.
    told: Value,
    /// There is more to read than one run reads.
    more: bool,
}

/// Why a look ended.
#[derive(Debug)]
enum Ended {
    Call(CallError),
    Journal(JournalError),
    Other(Failure),
}

impl From<CallError> for Ended {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<JournalError> for Ended {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

/// What a failed call comes to.
fn failed_call(error: &CallError) -> Outcome {
    let (code, told) = (error.code(), error.to_json());
    match call_failure::exit(error) {
        // A deadline, a limit: of a call that reads nothing stands anywhere.
        Exit::Transient | Exit::HostFailure => {
            let problem = error.problem();
            let after = problem.and_then(|problem| problem.retry_after_ms);
            let after = after.map(Duration::from_millis);
            Outcome::Again { code, told, after }
        }
        _ => Outcome::Failed { code, told },
    }
}

/// Whether an action refused one member of its input.
fn refuses(error: &CallError, field: &str) -> bool {
    let CallError::Action(action) = error else {
        return false;
    };
    let Some(ActionError::Permanent(problem)) = action.typed() else {
        return false;
    };
    call_failure::is_bad_input(error) && problem.field.as_deref() == Some(field)
}

/// Clio's or our own number out of JSON.
fn id(value: &Value) -> Option<u64> {
    value.as_u64().filter(|id| *id > 0)
}
