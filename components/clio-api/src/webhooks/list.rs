//! `webhooks.list` and `webhooks.remove`.

use super::ensure::refused;
use super::{Webhook, wire};
use crate::answer::{self, ApiError};
use crate::client::Client;
use crate::input;
use crate::prelude::*;
use crate::problem::{Code, Failure};
use crate::query::Query;
use crate::transport::{Method, Transport};

/// Lists the subscriptions, oldest first; with a URL those that deliver to it.
pub fn list<T: Transport>(transport: &mut T, url: Option<&str>) -> Result<Vec<Webhook>, Failure> {
    if let Some(url) = url {
        input::not_blank("/url", url)?;
    }
    let mut client = Client::new(transport);
    let (rows, now) = wire::all(&mut client).map_err(refused)?;
    Ok(rows
        .into_iter()
        .map(|row| row.into_webhook(now))
        .filter(|webhook| url.is_none_or(|url| webhook.url == url.trim()))
        .collect())
}

/// Makes sure that a subscription is gone. Returns whether this call removed it.
pub fn remove<T: Transport>(transport: &mut T, id: u64) -> Result<bool, Failure> {
    input::id("/id", id)?;
    delete(&mut Client::new(transport), id).map_err(refused)
}

/// Deletes; false when it was gone before. A lost answer is no success: the
/// repetition finds it gone.
pub(super) fn delete<T: Transport>(client: &mut Client<'_, T>, id: u64) -> Result<bool, ApiError> {
    let what = "delete the webhook";
    let path = Query::new(&format!("webhooks/{id}.json")).into_string();
    let response = client.send(what, Method::Delete, path, None)?;
    match answer::done(what, &response, client.transport.now()) {
        Ok(()) => Ok(true),
        Err(error) if error.failure.problem.code == Code::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
