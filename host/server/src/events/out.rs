//! Brings an event out: a run for each destination of its connection.
//!
//! What is about one matter goes out in order: the runs share a lane, and none
//! overtakes another, not even one that waits to be tried again. An event goes out
//! at least once, for a process may be killed between the sending and the note of
//! it; its id stays the same.
//!
//! Everybody gets the same JSON: `id`, `type`, `timestamp`, `connection`, `data`.

use std::sync::Arc;
use std::time::Duration;

use clio_runner::failure::Failure;
use clio_runner::journal::events::{Event, NewEvent, new_event_id};
use clio_runner::journal::instant;
use clio_runner::journal::runs::{Class, NewRun, Run};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::outgoing::pauses::Way;
use crate::outgoing::{self, Message, NotTaken};
use crate::service::Service;

/// For how long an event is tried. Then it waits for a person, and what is behind it
/// goes on.
const TRIED: Duration = Duration::from_secs(3 * 24 * 3600);

/// What a run of the kind `event` is asked with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    event: String,
    /// The destination, as [`outgoing::key`] names it.
    to: String,
}

/// An event to be, and where it goes.
#[derive(Debug)]
pub(super) struct Draft {
    id: String,
    kind: &'static str,
    data: Vec<u8>,
    /// What it is about: events of the same go out in order.
    of: String,
    to: Vec<To>,
}

#[derive(Debug)]
struct To {
    key: String,
    what: String,
    asked: Vec<u8>,
}

/// The events that say the same, as JSON.
pub(super) fn draft(
    service: &Service,
    run: &Run,
    kind: &'static str,
    of: &str,
    data: &Value,
) -> Result<Draft, Failure> {
    let id = new_event_id()?;
    let settings = service.settings.of(&run.connection);
    let to = settings.events.iter().map(|destination| {
        let key = outgoing::key(destination);
        let asked = Asked {
            event: id.clone(),
            to: key.clone(),
        };
        To {
            what: format!("{kind}, {}", outgoing::label(destination)),
            // Texts are always JSON.
            asked: serde_json::to_vec(&asked).unwrap_or_default(),
            key,
        }
    });
    Ok(Draft {
        to: to.collect(),
        id,
        kind,
        data: data.to_string().into_bytes(),
        of: of.to_owned(),
    })
}

impl Draft {
    /// The names of the lanes of its runs.
    pub(super) fn names<'a>(&'a self, of: &'a Run) -> Vec<[&'a str; 4]> {
        let lane = |to: &'a To| -> [&str; 4] { ["event", &of.connection, &to.key, &self.of] };
        self.to.iter().map(lane).collect()
    }

    /// The runs that bring it out.
    pub(super) fn runs<'a>(&'a self, of: &'a Run, names: &'a [[&'a str; 4]]) -> Vec<NewRun<'a>> {
        let run = |(to, lane): (&'a To, &'a [&'a str; 4])| NewRun {
            connection: &of.connection,
            owner: &of.owner,
            kind: "event",
            what: &to.what,
            class: Class::Event,
            lane,
            ordered: true,
            once: &[],
            due: 0,
            asked: &to.asked,
        };
        self.to.iter().zip(names).map(run).collect()
    }

    pub(super) fn event<'a>(&'a self, once: &'a [&'a str], out: &'a [NewRun<'a>]) -> NewEvent<'a> {
        NewEvent {
            id: &self.id,
            kind: self.kind,
            once,
            said: &self.data,
            out,
        }
    }
}

/// Tells who follows that events were added.
pub(super) fn added(service: &Arc<Service>, run: &Run, ids: &[String]) {
    for id in ids {
        service.tell(id, &run.connection, "an event");
    }
    if !ids.is_empty() {
        service.wake.notify_one();
    }
}

/// An event as everybody gets it.
pub(super) fn as_json(event: &Event) -> Value {
    let data: Value = serde_json::from_slice(&event.said).unwrap_or_default();
    json!({
        "id": event.id,
        "type": event.kind,
        "timestamp": instant(event.created),
        "connection": event.connection,
        "data": data,
    })
}

/// Carries out a run of the kind `event`: one event goes out to one destination.
pub(crate) async fn carry_out(
    service: &Arc<Service>,
    run: &Run,
    asked: Value,
) -> Result<Outcome, Failure> {
    let asked: Asked = serde_json::from_value(asked)
        .map_err(|_| Failure::host("what the event was to be cannot be read"))?;
    let owner = service.owner(&run.connection).await?;
    if let Some(outcome) = service.another_account(run, owner.as_deref().unwrap_or_default())? {
        return Ok(outcome);
    }
    let Some(event) = service.journal.event(&asked.event)? else {
        return Err(Failure::host("the event is no longer kept"));
    };
    let settings = service.settings.of(&run.connection);
    let Some(destination) = outgoing::find(&settings, &asked.to) else {
        return Ok(Outcome::Failed {
            code: "no_destination".to_owned(),
            told: json!({
                "message": "the connection has this destination no longer",
                "next": "write it into serve.toml again and try again, or leave the event",
            }),
        });
    };
    let attempt = match service.outgoing.pauses.way(&asked.to) {
        Way::Open(attempt) => attempt,
        Way::Closed(left) => {
            let away = NotTaken {
                code: "away",
                what: "it did not answer others, and is left alone for a while".to_owned(),
                away: true,
                after: Some(left),
            };
            return Ok(not_taken(run, &away));
        }
    };
    let body = as_json(&event).to_string();
    let message = Message {
        id: &event.id,
        body: &body,
    };
    match service.outgoing.send(destination, message).await {
        Ok(()) => {
            attempt.there();
            Ok(Outcome::Done(json!({"event": event.id})))
        }
        Err(why) => {
            match why.away {
                true => attempt.away(),
                false => attempt.there(),
            }
            Ok(not_taken(run, &why))
        }
    }
}

fn not_taken(run: &Run, why: &NotTaken) -> Outcome {
    let age = Timestamp::now()
        .as_millisecond()
        .saturating_sub(run.created);
    let code = why.code.to_owned();
    let given_up = u128::try_from(age).is_ok_and(|age| age > TRIED.as_millis());
    let next = match given_up {
        true => "mend the destination, then try again",
        false => "mend the destination: it is tried again by itself, for three days",
    };
    let told = json!({"message": format!("{}: {}", run.what, why.what), "next": next});
    if given_up {
        return Outcome::Failed { code, told };
    }
    Outcome::Again {
        code,
        told,
        after: why.after,
    }
}
