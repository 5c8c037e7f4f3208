//! Which rows are new: a state machine without any input or output.
//!
//! It is fed the rows of a scan and decides each one once. What it rests on:
//! ids grow with creation, a change moves `updated_at`, and a row is visible
//! within one overlap after its last change.

use crate::prelude::*;
use alloc::collections::BTreeSet;
use core::ops::Bound;

use super::cursor::{Cursor, Place};
use crate::instant::OVERLAP;

/// How long an unfinished document is awaited: one day longer than the trash
/// keeps one.
const PATIENCE: i64 = 31 * 24 * 3600;

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) id: u64,
    /// In Unix seconds.
    pub(super) created: Option<i64>,
    pub(super) complete: bool,
    pub(super) trashed: bool,
}

/// A scan in progress.
#[derive(Debug)]
pub(super) struct Scan {
    cursor: Cursor,
    /// When the scan began, by Clio's clock.
    began: i64,
    /// Whether it only learns what stands there.
    quiet: bool,
    /// Whether it belongs to the call from which on things are new.
    first: bool,
    /// Waiting ids that it has shown in this call.
    shown: BTreeSet<u64>,
    /// Rows that are decided and need no remembering: they only let the floor
    /// rise.
    passed: Option<u64>,
    /// The lowest id of a row that was created lately.
    young: Option<u64>,
    /// Waiting ids that were given up.
    pub(super) dropped: u32,
}

impl Scan {
    /// Begins a scan, or goes on with one.
    pub(super) fn new(mut cursor: Cursor, began: i64, quiet: bool) -> Self {
        let first = cursor.place.is_none() && cursor.from.is_none();
        let (began, quiet) = match cursor.place.take() {
            Some(Place { began, quiet, .. }) => (began, quiet),
            None => (began, quiet),
        };
        if quiet {
            // What is created from now on is new.
            cursor.from = Some(cursor.from.unwrap_or(began));
        }
        Self {
            cursor,
            began,
            quiet,
            first,
            shown: BTreeSet::new(),
            passed: None,
            young: None,
            dropped: 0,
        }
    }

    /// When the scan began, in Unix seconds.
    pub(super) fn began(&self) -> i64 {
        self.began
    }

    /// Decides a row. Returns whether it is new.
    pub(super) fn row(&mut self, row: Seen) -> bool {
        let created = row.created.unwrap_or(self.began);
        if self.cursor.waiting.contains_key(&row.id) {
            self.shown.insert(row.id);
            return self.awaited(row);
        }
        if created >= self.window() {
            self.young = Some(self.young.map_or(row.id, |young| young.min(row.id)));
        }
        if row.id <= self.cursor.floor || self.cursor.recent.contains_key(&row.id) {
            return false;
        }
        // A later call of the scan also shows what was created meanwhile. Of
        // the very second, only the first call tells what stood there.
        let from = self.cursor.from.unwrap_or(i64::MIN);
        if self.quiet && (created < from || (created == from && self.first)) {
            return self.learn(row, created);
        }
        if self.cursor.from.is_some_and(|from| created < from) {
            self.pass(row.id, created);
            return false;
        }
        if row.complete && !row.trashed {
            self.cursor.recent.insert(row.id, created);
            return true;
        }
        self.cursor.waiting.insert(row.id, created);
        self.shown.insert(row.id);
        false
    }

    /// Notes what stands there before anything is new. An upload in progress
    /// is new once it is complete.
    fn learn(&mut self, row: Seen, created: i64) -> bool {
        if !row.complete {
            self.cursor.waiting.insert(row.id, created);
            self.shown.insert(row.id);
        } else if self.cursor.from.is_some_and(|from| created < from) {
            self.pass(row.id, created);
        } else {
            self.cursor.recent.insert(row.id, created);
        }
        false
    }

    fn pass(&mut self, id: u64, created: i64) {
        if created < self.window() {
            self.passed = Some(self.passed.map_or(id, |passed| passed.max(id)));
        }
    }

    /// Decides a row that was waited for.
    fn awaited(&mut self, row: Seen) -> bool {
        let Some(created) = self.cursor.waiting.get(&row.id).copied() else {
            return false;
        };
        if row.complete && !row.trashed {
            self.cursor.waiting.remove(&row.id);
            if row.id > self.cursor.floor {
                self.cursor.recent.insert(row.id, created);
            }
            return true;
        }
        if created < self.began - PATIENCE {
            self.drop(row.id, created);
        }
        false
    }

    fn drop(&mut self, id: u64, created: i64) {
        self.cursor.waiting.remove(&id);
        if id > self.cursor.floor {
            self.cursor.recent.insert(id, created);
        }
        self.dropped += 1;
    }

    /// Which waiting ids to ask for, up to `most`: those that the scan did not
    /// show, for whether the last step of an upload moves `updated_at` is not
    /// documented. They take turns, so that many of them cost one request a
    /// scan, and each is asked for before any other is again.
    pub(super) fn next_in_turn(&self, most: usize) -> Vec<u64> {
        let (waiting, asked) = (&self.cursor.waiting, self.cursor.asked);
        let behind = waiting.range((Bound::Excluded(asked), Bound::Unbounded));
        behind
            .chain(waiting.range(..=asked))
            .map(|(id, _)| *id)
            .filter(|id| !self.shown.contains(id))
            .take(most)
            .collect()
    }

    /// Decides a row that was asked for by its id.
    pub(super) fn asked(&mut self, row: Seen) -> bool {
        self.shown.insert(row.id);
        self.awaited(row)
    }

    /// Ends the turn of the asked ids, and gives up those that did not come back.
    pub(super) fn end_turn(&mut self, asked: &[u64]) {
        self.cursor.asked = asked.last().copied().unwrap_or(0);
        for id in asked {
            if !self.shown.contains(id)
                && let Some(created) = self.cursor.waiting.get(id).copied()
            {
                self.drop(*id, created);
            }
        }
    }

    /// Where "lately" begins: two overlaps before the scan did.
    fn window(&self) -> i64 {
        self.began - 2 * OVERLAP
    }

    /// Lets the floor rise to the highest decided id that was not created
    /// lately and lies below all that were. Above it an id may still turn up
    /// that was created lately and is not visible yet. `limit` is the last id
    /// that the scan has read, while there are more.
    fn raise(&mut self, limit: Option<u64>) {
        let window = self.window();
        let known = self.cursor.recent.iter().chain(&self.cursor.waiting);
        let young = known
            .filter(|(_, created)| **created >= window)
            .map(|(id, _)| *id)
            .chain(self.young)
            .min();
        let below = |id: u64| young.is_none_or(|young| id < young);
        let floor = self
            .cursor
            .recent
            .iter()
            .filter(|(_, created)| **created < window)
            .map(|(id, _)| *id)
            .chain(self.passed)
            .filter(|id| below(*id) && limit.is_none_or(|limit| *id <= limit))
            .max();
        if let Some(floor) = floor
            && floor > self.cursor.floor
        {
            self.cursor.floor = floor;
            self.cursor.recent = self.cursor.recent.split_off(&(floor + 1));
        }
    }

    /// Stops before the page `next`. `last` is the last id that was read.
    pub(super) fn pause(mut self, next: String, last: Option<u64>) -> (Cursor, u32) {
        // A page without rows says nothing about ids.
        if last.is_some() {
            self.raise(last);
        }
        self.cursor.place = Some(Place {
            next,
            began: self.began,
            quiet: self.quiet,
        });
        (self.cursor, self.dropped)
    }

    /// Ends a whole scan.
    pub(super) fn end(mut self) -> (Cursor, u32) {
        self.raise(None);
        self.cursor.since = Some(self.began);
        (self.cursor, self.dropped)
    }
}

/// Decides a row that a hint led to, outside of any scan. Returns whether it is
/// new. What is unfinished stays the next scan's to find.
pub(super) fn hinted(cursor: &mut Cursor, row: Seen, now: i64) -> bool {
    if !row.complete || row.trashed {
        return false;
    }
    let created = match cursor.waiting.remove(&row.id) {
        Some(created) => created,
        None => {
            let created = row.created.unwrap_or(now);
            let decided = row.id <= cursor.floor || cursor.recent.contains_key(&row.id);
            if decided || cursor.from.is_some_and(|from| created < from) {
                return false;
            }
            created
        }
    };
    if row.id > cursor.floor {
        cursor.recent.insert(row.id, created);
    }
    true
}
