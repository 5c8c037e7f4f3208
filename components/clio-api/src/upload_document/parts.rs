//! The second step of a large content: it goes to storage in parts.
//!
//! Each part is announced with its length and MD5 when it is in the buffer, so
//! its URL is new when it is used. A part is sent again within the call where
//! storage did not take it; its place is its own, so nothing is doubled. After
//! an interruption a new version begins: parts of two contents never mix.

use clio_types::types::ProblemCode;
use core::time::Duration;

use super::buffered::{Buffered, MOST_PARTS};
use super::check::too_long;
use super::content::unreadable;
use super::storage::{Put, Slot, Tries, put_part};
use super::wire::{CREATED_IN_PARTS, FurtherPart, Part, PartPlace, Row, Version};
use crate::answer::Applied;
use crate::client::Client;
use crate::ids::DocumentId;
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::{Content, Transport};

/// How often the place of one part is asked for at most.
const TRIES: u32 = 4;

/// The part in the buffer, announced.
pub(super) fn announce<C: Content>(number: u32, parts: &Buffered<C>) -> Part {
    Part {
        part_number: number,
        content_length: parts.part().len().to_string(),
        content_md5: parts.md5(),
    }
}

/// Sends all parts of a version whose first one was announced with it. `None`:
/// the version does not say where that goes.
pub(super) fn send<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    version: &Version,
    parts: &mut Buffered<T::Content>,
) -> Result<Option<Put>, Failure> {
    let Some(uuid) = version.uuid.as_deref() else {
        return Ok(None);
    };
    let Some(mut slot) = slot(uuid, version, 1) else {
        return Ok(None);
    };
    let mut number = 1;
    loop {
        send_one(client, id, slot, number, parts)?;
        if !parts.advance().map_err(unreadable)? {
            return Ok(Some(Put::Stored));
        }
        number += 1;
        if number > MOST_PARTS {
            return Err(too_long());
        }
        slot = ask(client, id, uuid, number, parts)?;
    }
}

fn send_one<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    mut slot: Slot,
    number: u32,
    parts: &Buffered<T::Content>,
) -> Result<(), Failure> {
    let mut tries = Tries::new();
    loop {
        let failure = match put_part(client.transport, &slot, parts.part())? {
            Put::Stored => return Ok(()),
            Put::Expired => {
                let uuid = slot.uuid.clone();
                slot = ask(client, id, &uuid, number, parts)?;
                None
            }
            Put::Unknown => None,
            Put::NotTaken(failure) => Some(failure),
        };
        if !tries.again(client.transport, failure.as_ref()) {
            return Err(failure.unwrap_or_else(|| {
                Failure::transient(
                    ProblemCode::UploadIncomplete,
                    "Storage did not take a part of the content. Try again later, without `known`.",
                )
            }));
        }
    }
}

/// Asks where the part in the buffer goes. Asked again it is the same part, so
/// this may be repeated when its answer was lost.
fn ask<T: Transport>(
    client: &mut Client<'_, T>,
    id: DocumentId,
    uuid: &str,
    number: u32,
    parts: &Buffered<T::Content>,
) -> Result<Slot, Failure> {
    let body = FurtherPart {
        uuid,
        fully_uploaded: false,
        multiparts: [announce(number, parts)],
    };
    let mut tries = 1;
    loop {
        let query = Query::new(&format!("documents/{id}.json")).fields(CREATED_IN_PARTS);
        match client.patch::<_, Row>("announce a part", query, &body) {
            Ok(row) => {
                return slot(uuid, &row.version(), number).ok_or_else(|| {
                    Failure::permanent(
                        ProblemCode::UnexpectedAnswer,
                        "Clio handed out no upload URL for a part. Perhaps another version was \
                         begun meanwhile.",
                    )
                    .candidates([id.0])
                });
            }
            Err(error) if error.applied == Applied::Unknown && tries < TRIES => {
                tries += 1;
                client.transport.sleep(Duration::from_secs(1));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Where a part goes, as far as the version on which it was asked for says it.
fn slot(uuid: &str, version: &Version, number: u32) -> Option<Slot> {
    if version.uuid.as_deref() != Some(uuid) {
        return None;
    }
    let mut places = version.multiparts.iter().flatten();
    let place: &PartPlace = places.find(|place| place.part_number == Some(number))?;
    Slot::of_part(uuid, place)
}
