//! `sync-contact.sync`: known id, marker, addresses, those created lately, create.
//!
//! A new contact with one address costs three requests, a found one one.

use super::check::check;
use super::create::create;
use super::look::Look;
use super::matching::Matches;
use super::{SyncOutcome, SyncRequest};
use crate::client::Client;
use crate::problem::Failure;
use crate::transport::Transport;

/// Makes sure that one contact stands in Clio, once, and returns it.
pub fn sync<T: Transport>(
    transport: &mut T,
    request: &SyncRequest,
) -> Result<SyncOutcome, Failure> {
    let now = transport.now();
    let wanted = check(request, now)?;
    let mut look = Look {
        client: &mut Client::new(transport),
        wanted: &wanted,
        now,
        found: Matches::default(),
    };
    let policy = request.on_name_conflict;
    if let Some(id) = wanted.known_id {
        look.known(id)?;
    }
    if let Some(outcome) = look.settled(policy)? {
        return Ok(outcome);
    }
    look.by_marker()?;
    if let Some(outcome) = look.settled(policy)? {
        return Ok(outcome);
    }
    look.by_address()?;
    if let Some(outcome) = look.settled(policy)? {
        return Ok(outcome);
    }
    look.created_lately()?;
    match look.outcome(policy)? {
        Some(outcome) => Ok(outcome),
        None => create(&mut look, request),
    }
}
