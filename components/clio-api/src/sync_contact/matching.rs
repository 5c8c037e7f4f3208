//! Which rows are the wanted contact, and what follows from them.
//!
//! Pure: rows in, a decision out. Linking the wrong person is worse than making
//! a second one, so an address under another name is never linked unasked, nor
//! what an identifier leads to and nothing confirms.

use crate::prelude::*;
use alloc::collections::BTreeMap;
use clio_types::types::ProblemCode;

use super::check::Wanted;
use super::profile::{Profile, agrees_in_everything};
use super::wire::Row;
use super::{ContactMatch, NameConflict};
use crate::ids::ContactId;
use crate::instant::Instant;
use crate::marker::{Marker, marker};
use crate::problem::Failure;

/// The rows that have to do with the wanted contact, by id.
#[derive(Debug, Default)]
pub(super) struct Matches {
    rows: BTreeMap<ContactId, Way>,
    /// A row's marker could not be seen.
    pub(super) hidden_marker: bool,
}

/// What a row has to do with the wanted contact, the surest way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// It is the known one, and fits.
    Known,
    /// It holds the marker, and fits.
    Marker,
    /// An address and the name agree.
    Email,
    /// Every value agrees, and this request made it.
    Recent,
    /// Every value agrees; when it was created.
    LookAlike(Instant),
    /// An address agrees, the name does not; how near it is.
    OtherName(u8),
    /// It holds the marker, and is somebody else.
    Misfit,
}

impl Way {
    /// How the contact was recognised, if it was.
    fn matched(self) -> Option<ContactMatch> {
        match self {
            Way::Known => Some(ContactMatch::KnownId),
            Way::Marker => Some(ContactMatch::Marker),
            Way::Email => Some(ContactMatch::Email),
            Way::Recent => Some(ContactMatch::Recent),
            Way::LookAlike(_) | Way::OtherName(_) | Way::Misfit => None,
        }
    }
}

/// What the rows say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It stands there. The others match as well.
    Link {
        id: ContactId,
        by: ContactMatch,
        others: Vec<ContactId>,
    },
    /// It does not.
    Absent,
}

impl Matches {
    /// Notes a row. Of several ways the surest counts.
    fn note(&mut self, id: ContactId, way: Way) {
        match self.rows.get_mut(&id) {
            Some(noted) => *noted = way.min(*noted),
            None => {
                self.rows.insert(id, way);
            }
        }
    }

    /// The ids of some rows, oldest first.
    fn ids(&self, which: impl Fn(Way) -> bool) -> Vec<ContactId> {
        let rows = self.rows.iter().filter(|(_, way)| which(**way));
        rows.map(|(id, _)| *id).collect()
    }

    /// Takes the contact that the caller knew, if it fits.
    pub(super) fn knows(&mut self, wanted: &Wanted<'_>, row: &Row) -> Result<(), Failure> {
        if !wanted.profile.fits(&Profile::standing(row)) {
            return Err(somebody_else("/known_id", &[row.id]));
        }
        self.note(row.id, Way::Known);
        Ok(())
    }

    /// Whether the known id or the marker has led to the contact.
    pub(super) fn is_identified(&self) -> bool {
        self.rows.values().any(|way| *way <= Way::Marker)
    }

    /// Notes a row that a search for an address brought.
    pub(super) fn searched(&mut self, wanted: &Wanted<'_>, row: &Row) {
        let standing = Profile::standing(row);
        // Clio filters by type in a search; a filter that is ignored must not
        // link a company for a person.
        if !wanted.profile.same_kind(&standing) || !wanted.profile.shares_email(&standing) {
            return;
        }
        let way = match wanted.profile.same_name(&standing) {
            true => Way::Email,
            false => Way::OtherName(wanted.profile.nearness(&standing)),
        };
        self.note(row.id, way);
    }

    /// Notes a row that the filter on the marker field brought. Returns
    /// whether it holds the marker.
    pub(super) fn marked(&mut self, wanted: &Wanted<'_>, row: &Row) -> bool {
        let Some(field) = wanted.marker_field else {
            return false;
        };
        match marker(&row.custom_field_values, field, wanted.source_id) {
            Marker::Ours => {
                let way = match wanted.profile.fits(&Profile::standing(row)) {
                    true => Way::Marker,
                    false => Way::Misfit,
                };
                self.note(row.id, way);
                true
            }
            Marker::Hidden => {
                self.hidden_marker = true;
                false
            }
            Marker::Others | Marker::None => false,
        }
    }

    /// Notes a row that was created since the request began.
    pub(super) fn created_lately(&mut self, wanted: &Wanted<'_>, row: &Row) {
        if self.marked(wanted, row) {
            return;
        }
        self.searched(wanted, row);
        if wanted.by_values_alone()
            && !wanted.known_others.contains(&row.id.0)
            && agrees_in_everything(wanted, row)
            && let Some(created) = row.created()
        {
            self.note(row.id, Way::LookAlike(created));
        }
    }

    /// Takes those for the contact whose every value agrees, that were created
    /// within a span, and that an earlier look did not show.
    pub(super) fn take_look_alikes(&mut self, from: Instant, until: Instant, earlier: &Self) {
        for (id, way) in &mut self.rows {
            if let Way::LookAlike(created) = way
                && (from..=until).contains(created)
                && !earlier.rows.contains_key(id)
            {
                *way = Way::Recent;
            }
        }
    }

    /// Decides what the rows so far mean. With `all`, the oldest of everything
    /// that matches is linked, otherwise of what matches in the surest way.
    pub(super) fn decide(
        &self,
        policy: Option<NameConflict>,
        all: bool,
    ) -> Result<Decision, Failure> {
        let misfits = self.ids(|way| way == Way::Misfit);
        if !self.is_identified() && !misfits.is_empty() {
            return Err(somebody_else("/source_id", &misfits));
        }
        let surest = self.rows.values().min().copied();
        let found = self.ids(|way| way.matched().is_some() && (all || Some(way) == surest));
        if let Some((id, others)) = found.split_first()
            && let Some(by) = self.rows.get(id).and_then(|way| way.matched())
        {
            return Ok(Decision::Link {
                id: *id,
                by,
                others: others.to_vec(),
            });
        }
        self.under_another_name(policy)
    }

    fn under_another_name(&self, policy: Option<NameConflict>) -> Result<Decision, Failure> {
        let nearness = |way: &Way| match way {
            Way::OtherName(nearness) => Some(*nearness),
            _ => None,
        };
        let nearest = self.rows.values().filter_map(nearness).max();
        let Some(nearest) = nearest else {
            return Ok(Decision::Absent);
        };
        let mut others = self.ids(|way| nearness(&way).is_some());
        match policy {
            Some(NameConflict::Create) => Ok(Decision::Absent),
            Some(NameConflict::Link) => {
                // The oldest of those whose name is nearest.
                let oldest = self.ids(|way| nearness(&way) == Some(nearest));
                let Some(id) = oldest.first().copied() else {
                    return Ok(Decision::Absent);
                };
                others.retain(|other| *other != id);
                Ok(Decision::Link {
                    id,
                    by: ContactMatch::Email,
                    others,
                })
            }
            None => Err(Failure::permanent(
                ProblemCode::Ambiguous,
                "An e-mail address of the contact stands in Clio under another name. Decide who is \
                 meant, and set `on_name_conflict`, or pass the right contact as `known_id`.",
            )
            .field("/emails")
            .candidates(others.iter().map(|id| id.0))),
        }
    }
}

/// The error for an identifier that leads to somebody who is not asked for.
fn somebody_else(field: &str, ids: &[ContactId]) -> Failure {
    Failure::permanent(
        ProblemCode::Ambiguous,
        "The source id stands for somebody else in Clio: neither the name nor an e-mail address \
         nor a phone number of that contact agrees with the input. Nothing was written. Another \
         client needs a source id of their own. If it is the same one, correct the input, or the \
         contact in Clio.",
    )
    .field(field)
    .candidates(ids.iter().map(|id| id.0))
}
