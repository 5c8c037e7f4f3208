//! The cursor: all that detection remembers, in the caller's hands.
//!
//! It is base64url, so that it fits into a column or a URL. It is bound to an
//! origin and a scope, because read against another one it would lose documents
//! silently. It authorizes nothing: the one address in it is checked before it
//! is followed.
//!
//! Nothing that it remembers can go. An awaited id that it forgot would never be
//! told, for it lies below the floor; a decided one above the floor would be told
//! twice; and for 31 days a document can come out of the trash. So it is short by
//! how it is written: ten thousand documents that wait are 320 KB as JSON, and 25
//! to 55 KB packed.

use crate::prelude::*;
use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{WatchScope, packed};
use crate::cursor::{Bound, malformed};
use crate::instant::Instant;
use crate::paging::is_plain;
use crate::problem::Failure;

/// The form of the cursor.
const FORM: u32 = 2;

/// The input member that holds it.
const FIELD: &str = "/start/cursor";

/// The path that an unfinished scan may go on at.
const LIST: &str = "/api/v4/documents.json";

/// All that detection remembers. Times are Clio's, in Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    #[serde(rename = "v")]
    form: u32,
    #[serde(rename = "o")]
    origin: String,
    #[serde(rename = "s")]
    scope: String,
    /// What was created before this is never new.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<i64>,
    /// When the last whole scan began. None: no scan was whole yet, and it
    /// reads from the first document on.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<i64>,
    /// Every id up to this one is decided.
    #[serde(rename = "l")]
    pub(super) floor: u64,
    /// Decided ids above the floor, with their creation times.
    #[serde(skip)]
    pub(super) recent: BTreeMap<u64, i64>,
    /// Ids that were seen incomplete or in the trash, with their creation
    /// times.
    #[serde(skip)]
    pub(super) waiting: BTreeMap<u64, i64>,
    /// The last waiting id that was asked for. Those behind it are next.
    #[serde(rename = "a", default)]
    pub(super) asked: u64,
    /// Where an unfinished scan goes on.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place>,
}

/// The place in an unfinished scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Path and query of the next page.
    #[serde(rename = "n")]
    pub(super) next: String,
    /// When the scan began.
    #[serde(rename = "b")]
    pub(super) began: i64,
    /// Whether the scan only learns what stands there.
    #[serde(rename = "q", default)]
    pub(super) quiet: bool,
}

impl Bound for Cursor {
    const FORM: u32 = FORM;
    const LONGEST: usize = 2 << 20;

    fn form(&self) -> u32 {
        self.form
    }

    fn origin(&self) -> &str {
        &self.origin
    }

    fn pack(&self, into: &mut Vec<u8>) {
        packed::write(&self.recent, into);
        packed::write(&self.waiting, into);
    }

    fn unpack(&mut self, mut bytes: &[u8]) -> Option<()> {
        self.recent = packed::read(&mut bytes)?;
        self.waiting = packed::read(&mut bytes)?;
        bytes.is_empty().then_some(())
    }
}

impl Cursor {
    /// The cursor of a scope that nothing is known of.
    pub(super) fn new(origin: &str, scope: WatchScope) -> Self {
        Self {
            form: FORM,
            origin: origin.to_owned(),
            scope: name(scope),
            from: None,
            since: None,
            floor: 0,
            recent: BTreeMap::new(),
            waiting: BTreeMap::new(),
            asked: 0,
            place: None,
        }
    }

    /// Reads the text back, for the same origin and scope.
    pub(super) fn read(text: &str, origin: &str, scope: WatchScope) -> Result<Self, Failure> {
        let cursor = Self::decode(FIELD, text, origin)?;
        if cursor.scope != name(scope) {
            return Err(Failure::input(
                FIELD,
                "The cursor belongs to another scope. Start anew for this one.",
            ));
        }
        if let Some(place) = &cursor.place
            && (place.next.split('?').next() != Some(LIST) || !is_plain(&place.next))
        {
            return Err(malformed(FIELD));
        }
        if !cursor.is_in_range() {
            return Err(malformed(FIELD));
        }
        Ok(cursor)
    }

    /// Whether all ids and times are such as Clio has. Others come from nobody
    /// who was given a cursor, and would overflow the scan's arithmetic.
    fn is_in_range(&self) -> bool {
        let id = |id: u64| i64::try_from(id).is_ok();
        let time = |seconds: i64| Instant(seconds).is_in_range();
        let decided = self.recent.iter().chain(&self.waiting);
        id(self.floor)
            && id(self.asked)
            && decided.into_iter().all(|(key, at)| id(*key) && time(*at))
            && self.from.is_none_or(time)
            && self.since.is_none_or(time)
            && self.place.as_ref().is_none_or(|place| time(place.began))
    }
}

fn name(scope: WatchScope) -> String {
    match scope {
        WatchScope::Account => "account".to_owned(),
        WatchScope::Matter(id) => format!("matter:{id}"),
        WatchScope::Folder(id) => format!("folder:{id}"),
        WatchScope::Category(id) => format!("category:{id}"),
    }
}
