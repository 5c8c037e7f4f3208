//! A delivery comes in: it is checked, stored, and answered.
//!
//! An address stands open to the internet. Without its nonce nothing is done but a
//! look into a table; with it, the signature decides. A forged delivery costs the
//! check alone: it is in no journal, or who forges could fill the disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse as _, Response};
use clio_host::CallError;
use clio_host::actions::receive_webhook::{
    Event, Header, Receipt, ReceiveRequest, Subscription as Checked, SubscriptionState,
};
use clio_host::actions::types::ProblemCode;
use clio_runner::account::Account;
use clio_runner::failure::Failure;
use clio_runner::journal::subscriptions::{Standing, Subscription};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::secret::{self, Signer};
use super::store::{Delivery, Store};
use super::subscribe::{self, Look};
use crate::http::problem::Problem;
use crate::service::Service;

/// The most bytes of a delivery: it tells the fields that are asked for alone.
const MOST_BYTES: usize = 64 * 1024;
/// How long what is known of an address is taken to be so, where it fits.
const KNOWN_FOR: Duration = Duration::from_secs(1);
/// How long after an answered handshake it is looked whether Clio took the answer,
/// in milliseconds: longer than the second in which one look is for all of them.
const LOOK_AFTER_HANDSHAKE: i64 = 1_500;

const SECRET: &str = "x-hook-secret";
const SIGNATURE: &str = "x-hook-signature";

/// What the receiving of deliveries shares.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// By nonce. There are as many as addresses.
    known: Mutex<HashMap<String, Arc<Known>>>,
    store: OnceCell<Store>,
}

/// What is known of an address.
#[derive(Debug)]
struct Known {
    subscription: Subscription,
    signer: Option<Signer>,
    read: Instant,
}

impl Known {
    /// As the action takes them.
    fn subscriptions(&self) -> Vec<Checked> {
        let Self {
            subscription,
            signer,
            ..
        } = self;
        let unknown = Checked::new(&subscription.model, SubscriptionState::Pending);
        let Some(signer) = signer else {
            return vec![unknown];
        };
        let known = Checked {
            id: Some(signer.webhook),
            secret: Some(signer.secret.expose().to_owned()),
            state: match subscription.standing {
                Standing::Pending => SubscriptionState::Pending,
                Standing::Enabled | Standing::Unavailable => SubscriptionState::Active,
            },
            ..unknown.clone()
        };
        match subscription.is_asked_for() {
            // Clio may just have made another one, and asks whether it is wanted.
            true => vec![known, unknown],
            false => vec![known],
        }
    }
}

/// Answers a delivery.
pub(super) async fn receive(
    State(service): State<Arc<Service>>,
    Extension(desk): Extension<Arc<Desk>>,
    Path((connection, nonce)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let known = desk.known(&service, &nonce, KNOWN_FOR).await?;
    let known = known.filter(|known| known.subscription.connection == connection);
    let Some(mut known) = known else {
        return Err(Problem::not_found("address of that name"));
    };
    let body = read(body).await?;
    let headers = of_clio(&headers);
    let receipt = match check(&service, &known, &headers, &body).await? {
        Err(error) if is_refusal(&error) => {
            // It may have been made anew a moment ago, and by another process.
            let now = desk.known(&service, &nonce, Duration::ZERO).await?;
            match now {
                Some(now) if !Arc::ptr_eq(&now, &known) => {
                    known = now;
                    check(&service, &known, &headers, &body).await?
                }
                _ => Err(error),
            }
        }
        checked => checked,
    };
    match receipt {
        Ok(Receipt::Event(event)) => {
            desk.keep(&service, &known.subscription, &event).await?;
            Ok(StatusCode::OK.into_response())
        }
        Ok(Receipt::Handshake(handshake)) => {
            // So that it is known soon that it was taken.
            look_again(&service, &known.subscription).await?;
            let mut response = StatusCode::OK.into_response();
            let answer = HeaderValue::from_str(&handshake.answer);
            let answer = answer.map_err(|_| malformed())?;
            response.headers_mut().insert(SECRET, answer);
            Ok(response)
        }
        Err(error) => {
            tracing::debug!(connection, code = error.code(), "a delivery was refused");
            Err(refused(&error))
        }
    }
}

impl Desk {
    /// What is known of the address with a nonce, read at most so long ago. None:
    /// there is no such address.
    async fn known(
        &self,
        service: &Arc<Service>,
        nonce: &str,
        age: Duration,
    ) -> Result<Option<Arc<Known>>, Problem> {
        let before = self.lock().get(nonce).cloned();
        if let Some(known) = &before
            && known.read.elapsed() < age
        {
            return Ok(before);
        }
        let read = Instant::now();
        let Some(subscription) = service.journal.subscription_at(nonce)? else {
            self.lock().remove(nonce);
            return Ok(None);
        };
        // A secret is written before the row is: the same row, the same secret.
        let unchanged = before.filter(|known| known.subscription == subscription);
        let signer = match unchanged.filter(|known| known.signer.is_some()) {
            Some(known) if age.is_zero() => return Ok(Some(known)),
            Some(known) => known.signer.clone(),
            None => {
                let signer = secret::of(&service.home, &subscription).await;
                signer.map_err(|failure| ours(&failure))?
            }
        };
        let known = Arc::new(Known {
            subscription,
            signer,
            read,
        });
        self.lock().insert(nonce.to_owned(), Arc::clone(&known));
        Ok(Some(known))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores an event.
    async fn keep(
        &self,
        service: &Arc<Service>,
        subscription: &Subscription,
        event: &Event,
    ) -> Result<(), Problem> {
        let store = self
            .store
            .get_or_try_init(|| async { Store::begin(service) })
            .await;
        let store = store.map_err(|_| not_now())?;
        let receipt = serde_json::json!({ "event": event });
        let delivery = Delivery {
            connection: subscription.connection.clone(),
            owner: subscription.owner.clone(),
            what: format!("{} {}", event.model, event.kind.name()),
            record: record(event),
            digest: event.digest.clone(),
            receipt: receipt.to_string().into_bytes(),
        };
        store.keep(delivery).await.map_err(|_| not_now())
    }
}

/// What an event is in order with: others of its matter, where it tells which.
fn record(event: &Event) -> (String, String) {
    let told: Option<Value> = serde_json::from_str(&event.told).ok();
    let matter = told.and_then(|told| told.get("matter")?.get("id")?.as_u64());
    match matter {
        Some(matter) => ("matter".to_owned(), matter.to_string()),
        None => (event.model.clone(), event.id.to_string()),
    }
}

async fn read(body: Body) -> Result<String, Problem> {
    // How slowly it may come is seen to where it comes in.
    let bytes = to_bytes(body, MOST_BYTES).await.map_err(|_| {
        let detail = format!("a delivery has at most {MOST_BYTES} bytes, and arrives whole");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    })?;
    String::from_utf8(bytes.into()).map_err(|_| malformed())
}

/// The headers that decide. One that is no text is kept, as one that fits nothing.
fn of_clio(headers: &HeaderMap) -> Vec<Header> {
    let of = |name: &'static str| {
        headers.get_all(name).iter().map(move |value| Header {
            name: name.to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })
    };
    of(SIGNATURE).chain(of(SECRET)).collect()
}

/// Lets the action check a delivery. The outer error is ours, and Clio tells it
/// again.
async fn check(
    service: &Service,
    known: &Known,
    headers: &[Header],
    body: &str,
) -> Result<Result<Receipt, CallError>, Problem> {
    let request = ReceiveRequest {
        headers: headers.to_vec(),
        body: body.to_owned(),
        subscriptions: known.subscriptions(),
        last_known: Vec::new(),
    };
    // It makes no request, so it is for no account.
    let nobody = Account::none()
        .map_err(|failure| ours(&failure))?
        .connection;
    let checked = service.host.call(&nobody).unrecorded().run(request).await;
    match checked {
        Err(error) if error.problem().is_none() => {
            tracing::error!(%error, "a delivery could not be checked; Clio tells it again");
            Err(not_now())
        }
        checked => Ok(checked),
    }
}

fn is_refusal(error: &CallError) -> bool {
    let code = error.problem().map(|problem| problem.code);
    code == Some(ProblemCode::Forbidden)
}

/// What is answered to who is refused: the action's own words, which repeat nothing.
fn refused(error: &CallError) -> Problem {
    let status = match is_refusal(error) {
        true => StatusCode::UNAUTHORIZED,
        false => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, "refused", "the delivery is not Clio's")
}

fn malformed() -> Problem {
    let detail = "the delivery is not what Clio sends";
    Problem::new(StatusCode::BAD_REQUEST, "invalid_input", detail)
}

/// A failure of ours is for the log: who delivers is told to come back.
fn ours(failure: &Failure) -> Problem {
    tracing::error!("a delivery is not taken now: {}", failure.what());
    not_now()
}

fn not_now() -> Problem {
    let detail = "the delivery cannot be stored now; send it again";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(60)
}

/// Looks after a subscription whose handshake was answered: at most once a second,
/// however often it is sent.
async fn look_again(service: &Arc<Service>, subscription: &Subscription) -> Result<(), Problem> {
    // Who subscribes is another process, which looks by itself.
    let Some(public_url) = &service.settings.public_url else {
        return Ok(());
    };
    let now = jiff::Timestamp::now().as_millisecond();
    let second = (now / 1000).to_string();
    let look = Look {
        connection: subscription.connection.clone(),
        owner: subscription.owner.clone(),
        model: subscription.model.clone(),
        public_url: public_url.clone(),
        due: now.saturating_add(LOOK_AFTER_HANDSHAKE),
        once: vec!["handshake".to_owned(), subscription.nonce.clone(), second],
    };
    subscribe::add(service, &[look]).map_err(|failure| ours(&failure))
}
