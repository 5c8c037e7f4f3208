//! Looks after one subscription: makes it, renews it a week ahead, makes it anew
//! when Clio suspended it, and finds out whether it delivers.
//!
//! What Clio tells while none delivers is told to nobody. So once one has come to
//! deliver, all that is new is looked for.
//!
//! What must stay true: killed at any point and run again, one subscription stands.
//! Its address is durable before Clio is asked, its secret before its row, and the
//! look for what was missed before the row says that nothing is.

use std::sync::Arc;
use std::time::Duration;

use clio_host::actions::webhooks::{
    EnsureOutcome, EnsureRequest, ListRequest, RemoveRequest, Subscribed, WebhookStatus,
};
use clio_host::{Call, CallError};
use clio_runner::failure::Failure;
use clio_runner::journal::JournalError;
use clio_runner::journal::runs::{Class, NewRun, Run};
use clio_runner::journal::subscriptions::{Standing, Subscription};
use clio_runner::session::Session;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Model, model, secret};
use crate::outcome::Outcome;
use crate::service::Service;

/// Clio repeats a handshake that is not confirmed, for half an hour. What is pending
/// for longer than this is made anew, so that it begins again.
const UNCONFIRMED: Duration = Duration::from_secs(60 * 60);

/// A look after a subscription, to be.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) connection: String,
    pub(super) owner: String,
    pub(super) model: String,
    pub(super) public_url: String,
    /// Milliseconds since 1970; 0: at once.
    pub(super) due: i64,
    /// What is the same is taken once.
    pub(super) once: Vec<String>,
}

/// Adds looks, durably. One that was taken before is not added again.
pub(super) fn add(service: &Service, looks: &[Look]) -> Result<(), Failure> {
    let asked: Vec<String> = looks
        .iter()
        .map(|look| json!({"model": look.model, "public_url": look.public_url}).to_string())
        .collect();
    let what: Vec<String> = looks
        .iter()
        .map(|look| format!("webhooks.ensure {}", look.model))
        .collect();
    let names: Vec<([&str; 3], Vec<&str>)> = looks
        .iter()
        .map(|look| {
            let lane = ["webhook", look.owner.as_str(), look.model.as_str()];
            let once = look.once.iter().map(String::as_str);
            (lane, lane.into_iter().chain(once).collect())
        })
        .collect();
    let mut runs = Vec::with_capacity(looks.len());
    for (at, look) in looks.iter().enumerate() {
        runs.push(NewRun {
            connection: &look.connection,
            owner: &look.owner,
            kind: "webhook",
            what: &what[at],
            // Few, and without them Clio tells nothing.
            class: Class::Event,
            lane: &names[at].0,
            ordered: false,
            once: &names[at].1,
            due: look.due,
            asked: asked[at].as_bytes(),
        });
    }
    service.journal.add_runs(&runs)?;
    service.wake.notify_one();
    Ok(())
}

/// Carries out a look.
pub(super) async fn look_after(
    service: &Arc<Service>,
    run: &Run,
    asked: &Value,
) -> Result<Outcome, Failure> {
    let text = |member: &str| asked.get(member).and_then(Value::as_str);
    let (Some(model), Some(public_url)) = (text("model").and_then(model), text("public_url"))
    else {
        return Err(Failure::host("which webhook is meant cannot be read"));
    };
    // One that an earlier process added may name the address of before.
    let public_url = service.settings.public_url.as_deref().unwrap_or(public_url);
    let session = service.session_in(&run.connection, run.class).await?;
    if session.account.owner != run.owner {
        // The account that the connection leads to now is looked after by a run of
        // its own, at an address of its own.
        return Ok(Outcome::Done(json!({"outdated": true})));
    }
    let connection = &run.connection;
    let known = service
        .journal
        .address(connection, model.name, &run.owner)?;
    let url = format!("{public_url}/hooks/{connection}/{}", known.nonce);
    // A handshake may come before Clio has answered.
    service.journal.ask_for(&known)?;
    let look = Ensuring {
        service,
        session: &session,
        run,
        known: known.clone(),
        url,
    };
    match look.ensure(model).await {
        Ok(told) => Ok(Outcome::Done(told)),
        Err(Ended::Failure(failure)) => Err(failure),
        Err(Ended::Call(error)) if error.is_transient() => {
            let after = error.problem().and_then(|problem| problem.retry_after_ms);
            Ok(Outcome::Again {
                code: error.code(),
                told: error.to_json(),
                after: after.map(Duration::from_millis),
            })
        }
        Err(Ended::Call(error)) => {
            let code = error.code();
            service.journal.looked_after(&Subscription {
                code: code.clone(),
                ..known
            })?;
            Ok(Outcome::Failed {
                code,
                told: error.to_json(),
            })
        }
    }
}

enum Ended {
    Failure(Failure),
    Call(CallError),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<JournalError> for Ended {
    fn from(error: JournalError) -> Self {
        Self::Failure(error.into())
    }
}

/// One look on its way.
struct Ensuring<'a> {
    service: &'a Arc<Service>,
    session: &'a Session,
    run: &'a Run,
    /// What stood in the journal.
    known: Subscription,
    /// Where Clio is to deliver.
    url: String,
}

impl Ensuring<'_> {
    async fn ensure(&self, model: &Model) -> Result<Value, Ended> {
        let moved = self.known.url != self.url;
        if !moved
            && self.is_given_up()
            && let Some(id) = self.known.webhook
        {
            self.remove(id).await?;
        }
        let request = EnsureRequest {
            url: self.url.clone(),
            model: model.model,
            fields: model.fields.to_owned(),
            events: Vec::new(),
            renew_within_hours: None,
        };
        let outcome = self.call(1)?.run(request).await.map_err(Ended::Call)?;
        let told = match outcome {
            EnsureOutcome::Subscribed(stands) => return self.stands(stands, moved).await,
            EnsureOutcome::Unavailable(unavailable) => json!({
                "unavailable": {"status": unavailable.status},
            }),
        };
        self.service.journal.looked_after(&Subscription {
            url: self.url.clone(),
            webhook: None,
            since: None,
            standing: Standing::Unavailable,
            expires: None,
            code: String::new(),
            ..self.known.clone()
        })?;
        Ok(told)
    }

    /// Keeps what is known of one that stands.
    async fn stands(&self, stands: Subscribed, moved: bool) -> Result<Value, Ended> {
        let Subscribed { id, secret, .. } = &stands;
        let another = self.known.webhook != Some(*id);
        for other in &stands.others {
            self.remove(*other).await?;
        }
        // Of an address that Clio was never asked for, nothing stands.
        if (another || moved) && self.known.asked > 0 {
            self.remove_former(*id).await?;
        }
        let now = Timestamp::now().as_millisecond();
        let expires = stands.expires_at.as_ref().and_then(|at| at.parse().ok());
        let mut found = Subscription {
            url: self.url.clone(),
            webhook: Some(*id),
            since: self.known.since.filter(|_| !another).or(Some(now)),
            standing: match stands.status {
                WebhookStatus::Enabled => Standing::Enabled,
                WebhookStatus::Pending | WebhookStatus::Suspended => Standing::Pending,
            },
            expires: expires.map(|at: Timestamp| at.as_millisecond()),
            code: String::new(),
            ..self.known.clone()
        };
        match secret {
            Some(secret) => secret::keep(&self.service.home, &found, *id, secret).await?,
            // Nothing that it delivers could be checked.
            None => {
                found.standing = Standing::Unavailable;
                found.code = "no_secret".to_owned();
            }
        }
        // Of contacts nothing tells what is new.
        let delivers = found.standing == Standing::Enabled && found.model != "contact";
        if delivers && (another || self.known.standing != Standing::Enabled) {
            self.catch_up(*id)?;
        }
        self.service.journal.looked_after(&found)?;
        Ok(json!({
            "id": id,
            "status": found.standing.word(),
            "change": stands.change,
            "expires_at": stands.expires_at,
        }))
    }

    /// Looks for what was told to nobody while none delivered.
    fn catch_up(&self, webhook: u64) -> Result<(), Failure> {
        let (owner, model) = (&self.known.owner, &self.known.model);
        let (webhook, since) = (webhook.to_string(), self.known.checked.to_string());
        self.service.journal.add_runs(&[NewRun {
            connection: &self.known.connection,
            owner,
            kind: "detection",
            what: "what webhooks did not tell",
            class: Class::Event,
            lane: &["detection", owner],
            ordered: false,
            once: &["detection", owner, "webhook", model, &webhook, &since],
            due: 0,
            asked: b"{}",
        }])?;
        self.service.wake.notify_one();
        Ok(())
    }

    /// Removes what still delivers to this address by another URL, or with other
    /// fields than now.
    async fn remove_former(&self, current: u64) -> Result<(), Ended> {
        let listed = self.call(2)?.run(ListRequest { url: None }).await;
        let address = format!("/hooks/{}/{}", self.known.connection, self.known.nonce);
        for former in listed.map_err(Ended::Call)?.webhooks {
            if former.id != current && former.url.ends_with(&address) {
                self.remove(former.id).await?;
            }
        }
        Ok(())
    }

    async fn remove(&self, id: u64) -> Result<(), Ended> {
        let removed = self.call(3)?.run(RemoveRequest { id }).await;
        removed.map_err(Ended::Call)?;
        Ok(())
    }

    /// Whether Clio repeats its handshake no more.
    fn is_given_up(&self) -> bool {
        let since = self.known.since.map(|since| {
            let passed = Timestamp::now().as_millisecond().saturating_sub(since);
            Duration::from_millis(u64::try_from(passed).unwrap_or(0))
        });
        self.known.standing == Standing::Pending && since.is_some_and(|it| it > UNCONFIRMED)
    }

    fn call(&self, part: u32) -> Result<Call, Failure> {
        let host = self.session.plain_host()?;
        Ok(host
            .call(&self.session.account.connection)
            .correlation(format!("{}/{part}", self.run.id)))
    }
}
