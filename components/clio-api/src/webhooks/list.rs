//! `webhooks.list` and `webhooks.remove`.

use clio_types::types::ProblemCode;
use clio_types::webhooks::{ListOutcome, ListRequest, RemoveOutcome, RemoveRequest};

use super::ensure::refused;
use super::wire;
use crate::answer::{self, ApiError};
use crate::client::Client;
use crate::input;
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::{Method, Transport};

/// Lists the subscriptions, oldest first; with a URL those that deliver to it.
pub fn list<T: Transport>(
    transport: &mut T,
    request: &ListRequest,
) -> Result<ListOutcome, Failure> {
    let url = request.url.as_deref();
    if let Some(url) = url {
        input::not_blank("/url", url)?;
    }
    let mut client = Client::new(transport);
    let (rows, now) = wire::all(&mut client).map_err(refused)?;
    let webhooks = rows
        .into_iter()
        .map(|row| row.into_webhook(now))
        .filter(|webhook| url.is_none_or(|url| webhook.url == url.trim()))
        .collect();
    Ok(ListOutcome { webhooks })
}

/// Makes sure that a subscription is gone, and tells whether this call removed it.
pub fn remove<T: Transport>(
    transport: &mut T,
    request: &RemoveRequest,
) -> Result<RemoveOutcome, Failure> {
    input::id("/id", request.id)?;
    let removed = delete(&mut Client::new(transport), request.id).map_err(refused)?;
    Ok(RemoveOutcome { removed })
}

/// Deletes; false when it was gone before. A lost answer is no success: the
/// repetition finds it gone.
pub(super) fn delete<T: Transport>(client: &mut Client<'_, T>, id: u64) -> Result<bool, ApiError> {
    let what = "delete the webhook";
    let path = Query::new(&format!("webhooks/{id}.json")).into_string();
    let response = client.send(what, Method::Delete, path, None)?;
    match answer::done(what, &response, &|| client.transport.now()) {
        Ok(()) => Ok(true),
        Err(error) if error.failure.problem.code == ProblemCode::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
