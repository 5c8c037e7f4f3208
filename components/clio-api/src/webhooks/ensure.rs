//! `webhooks.ensure`: one look at all subscriptions, then what is missing.
//!
//! One that stands costs one request, a new or renewed one two.

use clio_types::types::ProblemCode;
use clio_types::webhooks::{
    Change, EnsureOutcome, EnsureRequest, Fallback, Subscribed, Unavailable, WebhookModel as Model,
};

use super::check::{Wanted, checked};
use super::list::delete;
use super::wire::{NewWebhook, Renewal, Row, SHOWN, all};
use crate::Instant;
use crate::answer::{About, ApiError, Applied};
use crate::client::Client;
use crate::prelude::*;
use crate::problem::{Failure, Remedy};
use crate::query::Query;
use crate::transport::Transport;

/// The longest life that Clio gives, less a minute: its servers' clocks differ,
/// and one second too many is refused.
const LIFE: i64 = 31 * 24 * 3600 - 60;

const CREATE: &str = "create the webhook";
const RENEW: &str = "renew the webhook";

/// Makes sure that one subscription stands, and returns it.
pub fn ensure<T: Transport>(
    transport: &mut T,
    request: &EnsureRequest,
) -> Result<EnsureOutcome, Failure> {
    let wanted = checked(request)?;
    let mut client = Client::new(transport);
    let (rows, now) = all(&mut client).map_err(refused)?;
    let (mut alive, dead): (Vec<Row>, Vec<Row>) = rows
        .into_iter()
        .filter(|row| row.fits(&wanted))
        .partition(|row| row.is_alive(now));
    if alive.is_empty() {
        // The dead first: Clio may refuse a second one for the same, and this
        // one delivers nothing any more.
        for row in &dead {
            delete(&mut client, row.id.0).map_err(refused)?;
        }
        let change = if dead.is_empty() {
            Change::Created
        } else {
            Change::Recreated
        };
        return create(&mut client, &wanted, now, change);
    }
    let first = alive.remove(0);
    let mut others: Vec<u64> = alive.iter().chain(&dead).map(|row| row.id.0).collect();
    others.sort_unstable();
    let soon = first
        .expires()
        .is_none_or(|at| at.0.saturating_sub(now.0) <= wanted.renew_within);
    let (row, change) = if soon {
        (renew(&mut client, &first, now)?, Change::Renewed)
    } else {
        (first, Change::Linked)
    };
    Ok(subscribed(row, change, others))
}

fn subscribed(row: Row, change: Change, others: Vec<u64>) -> EnsureOutcome {
    EnsureOutcome::Subscribed(Subscribed {
        id: row.id.0,
        status: row.status(),
        expires_at: row.expires().map(|at| at.to_string()),
        secret: row.secret(),
        change,
        others,
    })
}

fn until(now: Instant) -> String {
    Instant(now.0.saturating_add(LIFE)).to_string()
}

/// A renewal whose answer is lost is looked after: to repeat it does no harm,
/// but to report one that was not made does.
///
/// Where Clio does not say when a subscription ends, each call renews it: that
/// cannot be compared, and three days may be all that is left.
fn renew<T: Transport>(
    client: &mut Client<'_, T>,
    row: &Row,
    now: Instant,
) -> Result<Row, Failure> {
    let body = Renewal {
        expires_at: until(now),
    };
    let path = format!("webhooks/{}.json", row.id);
    let renewed: Result<Row, ApiError> =
        client.patch(RENEW, Query::new(&path).fields(SHOWN), &body);
    let renewed = match renewed {
        Err(error) if error.applied == Applied::Unknown => client
            .get::<Row>("read the webhook", Query::new(&path).fields(SHOWN))
            .ok()
            .filter(|found| found.expires() > row.expires())
            .ok_or_else(|| unknown(RENEW, error))?,
        other => other.map_err(refused)?,
    };
    if renewed.expires().is_none() || renewed.expires() > row.expires() {
        return Ok(renewed);
    }
    Err(Failure::permanent(
        ProblemCode::UnexpectedAnswer,
        "Clio took the renewal of the webhook and left its end where it was. Remove it with \
         `webhooks.remove`, and make it again.",
    )
    .candidates([row.id.0]))
}

fn create<T: Transport>(
    client: &mut Client<'_, T>,
    wanted: &Wanted<'_>,
    now: Instant,
    change: Change,
) -> Result<EnsureOutcome, Failure> {
    let body = NewWebhook {
        url: wanted.url,
        model: wanted.model.name(),
        fields: wanted.fields,
        events: &wanted.events,
        expires_at: until(now),
    };
    let query = Query::new("webhooks.json").fields(SHOWN);
    match client.post::<_, Row>(CREATE, query, &body) {
        Ok(row) => Ok(subscribed(row, change, Vec::new())),
        Err(error) if error.applied == Applied::Unknown => {
            // None that is alive stood there before, so the one that stands
            // there now is the one that this call made.
            let found = all(client).ok().and_then(|(rows, now)| {
                let mut rows = rows
                    .into_iter()
                    .filter(|row| row.fits(wanted) && row.is_alive(now));
                let first = rows.next()?;
                let others = rows.map(|row| row.id.0).collect();
                Some(subscribed(first, change, others))
            });
            found.ok_or_else(|| unknown(CREATE, error))
        }
        Err(error) => match unavailable(wanted.model, &error) {
            Some(outcome) => Ok(outcome),
            None if about_fields(&error) => {
                let mut failure = refused(error.at("/fields"));
                failure.problem.code = ProblemCode::InvalidInput;
                "Clio does not know one of these fields for this model. Correct the name; braces \
                 may stand within no others."
                    .clone_into(&mut failure.problem.message);
                Err(failure)
            }
            None => Err(refused(error)),
        },
    }
}

/// Whether Clio refused the fields that a subscription is to tell. Those of the
/// answer it took a moment ago, for the list.
fn about_fields(error: &ApiError) -> bool {
    matches!(error.status(), Some(400 | 422))
        && (error.is("InvalidFields") || error.about == About::Fields)
}

/// Webhooks for documents and folders are younger than the others, and an
/// account may not have them. How it refuses them is not documented, so any
/// refusal of Clio's own that is not about the fields counts.
fn unavailable(model: Model, error: &ApiError) -> Option<EnsureOutcome> {
    let young = matches!(model, Model::Document | Model::Folder);
    let status = error
        .status()
        .filter(|status| matches!(status, 400 | 403 | 404 | 422))?;
    (young && !about_fields(error) && error.failure.problem.clio_type.is_some()).then(|| {
        EnsureOutcome::Unavailable(Unavailable {
            fallback: Fallback::MatterWebhookAndPolling,
            status,
            message: "Clio refused a webhook for this model: the account does not have it, or the \
                      connection lacks the permission “Documents”. Subscribe to `matter`, poll \
                      with `detect-documents.detect` at each of its events, and from time to time \
                      besides."
                .to_owned(),
        })
    })
}

fn unknown(what: &str, error: ApiError) -> Failure {
    let mut failure = error.failure;
    failure.remedy = Remedy::Transient;
    failure.problem.code = ProblemCode::Unavailable;
    failure.problem.message = format!(
        "It is not known whether “{what}” was carried out: its answer was lost, and a look did \
         not find it. Repeat the call."
    );
    failure
}

/// Names the permission: with it missing, nothing here can work.
pub(super) fn refused(error: ApiError) -> Failure {
    let mut failure: Failure = error.into();
    if failure.problem.code == ProblemCode::Forbidden {
        failure.problem.message = "The connection lacks the permission for webhooks, or for what \
             they are about. Give the application “Webhooks” for reading and writing and the \
             model's own area for reading in Clio's developer portal, and connect again."
            .to_owned();
    }
    failure
}
