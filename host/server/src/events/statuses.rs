//! Looks at the status of matters, and brings out what changed.
//!
//! Deliveries come late, twice and in any order, so none of them is taken at its
//! word: the matters that changed since the last look are read, and the status
//! that stands there is told where another one was known, or where a delivery
//! asked for one that was never told. The last write wins.

use std::collections::BTreeMap;

use clio_host::actions::pull_matters::{Filter, Matter, PullOutcome, PullRequest};
use clio_host::actions::types::MatterStatus;
use clio_runner::journal::events::{CursorMove, Found, NewEvent};
use clio_runner::journal::matters::KnownStatus;
use clio_runner::journal::runs::Run;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::out::{Draft, draft};
use super::{Ended, Looked, Looking, refuses};
use crate::service::Service;

/// What the cursor is remembered as.
const CURSOR: &str = "pull-matters.cursor";
/// The most pages of one run.
const MOST_PAGES: u32 = 20;
/// What a look reads once more, for a matter may be shown late.
const OVERLAP_MS: i64 = 10 * 60 * 1000;
/// How far back the first look goes.
const FIRST_MS: i64 = 2 * 3600 * 1000;

/// Where the next look goes on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// What changed since is read, by Clio's clock. Absent: there was no look yet.
    since: Option<String>,
    /// Within a look: the cursor of its next page, and what it began with.
    page: Option<String>,
    from: Option<String>,
    /// When its first page was read.
    read_at: Option<String>,
    /// Whether it is the first of all: what stands there is noted, and told only
    /// where a delivery asked for it.
    first: bool,
}

/// An instant as Clio's actions take it, from milliseconds since 1970.
pub(super) fn instant(at: i64) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{at:.0}")
}

/// Less the overlap.
fn before(since: &str) -> Option<String> {
    let since: Timestamp = since.parse().ok()?;
    Some(instant(since.as_millisecond() - OVERLAP_MS))
}

/// Looks, and says how much was found.
pub(super) async fn look(of: &Looking<'_>) -> Result<Looked, Ended> {
    let (mut read, mut new) = (0, 0);
    for _ in 0..MOST_PAGES {
        let kept = of.service.journal.kept(CURSOR, &of.names())?;
        let (version, mut kept): (i64, Kept) = kept.map_or_else(Default::default, |kept| {
            let read = serde_json::from_slice(&kept.value).unwrap_or_default();
            (kept.version, read)
        });
        if kept.page.is_none() {
            kept.first = kept.since.is_none();
            kept.from = match &kept.since {
                Some(since) => before(since),
                None => Some(instant(of.run.created - FIRST_MS)),
            };
        }
        let page = match pull(of, &kept).await {
            Err(Ended::Call(error)) if kept.page.is_some() && refuses(&error, "/cursor") => {
                // Clio no longer takes the page: the look begins again.
                kept.page = None;
                pull(of, &kept).await?
            }
            page => page?,
        };
        if kept.page.is_none() {
            kept.read_at.clone_from(&page.read_at);
        }
        let first = kept.first;
        let last = page.cursor.is_none();
        kept.page.clone_from(&page.cursor);
        if last {
            // Where Clio tells no time, the next look reads the same again.
            kept.since = kept.read_at.take().or(kept.since).or(kept.from.take());
            kept.first = false;
        }
        read += page.matters.len();
        new += found(of, (version, &kept), &page.matters, first, last)?;
        if last {
            let told = json!({"read": read, "new": new});
            return Ok(Looked { told, more: false });
        }
    }
    let told = json!({"read": read, "new": new});
    Ok(Looked { told, more: true })
}

async fn pull(of: &Looking<'_>, kept: &Kept) -> Result<PullOutcome, Ended> {
    let mut filter = Filter::default();
    filter.updated_since.clone_from(&kept.from);
    let request = PullRequest {
        filter: Some(filter),
        custom_fields: Some(Vec::new()),
        cursor: kept.page.clone(),
        ..PullRequest::default()
    };
    Ok(of.call().run(request).await?)
}

/// A status that is to be told.
#[derive(Debug)]
struct Told {
    matter: u64,
    status: String,
    before: Option<String>,
    updated_at: Option<String>,
}

/// Writes what a page tells, and returns how many of it are new.
fn found(
    of: &Looking<'_>,
    (version, kept): (i64, &Kept),
    matters: &[Matter],
    first: bool,
    last: bool,
) -> Result<usize, Ended> {
    let (service, run) = (of.service, of.run);
    let mut known: BTreeMap<u64, KnownStatus> = BTreeMap::new();
    let mut all = Vec::new();
    for matter in matters {
        let Some(status) = matter.status.map(word) else {
            continue;
        };
        let was = service
            .journal
            .known_matter(&run.connection, &run.owner, matter.id)?;
        let changed = was.status.as_deref() != Some(status);
        let noted_only = first && was.status.is_none();
        let tell = (changed && !noted_only) || (was.wanted && !was.told);
        if changed || tell {
            let status = status.to_owned();
            let row = KnownStatus {
                matter: matter.id,
                status: status.clone(),
                told: tell,
            };
            known.insert(matter.id, row);
            if tell {
                all.push(Told {
                    matter: matter.id,
                    status,
                    before: was.status.filter(|_| changed),
                    updated_at: matter.updated_at.clone(),
                });
            }
        }
    }
    if last {
        // A delivery may ask late for what an earlier look has noted.
        for (matter, status) in service
            .journal
            .wanted_matters(&run.connection, &run.owner)?
        {
            known.entry(matter).or_insert_with(|| {
                all.push(Told {
                    matter,
                    status: status.clone(),
                    before: None,
                    updated_at: None,
                });
                KnownStatus {
                    matter,
                    status,
                    told: true,
                }
            });
        }
    }
    // As they were written, as far as Clio tells.
    all.sort_by(|one, other| one.updated_at.cmp(&other.updated_at));
    let drafts: Result<Vec<Draft>, Ended> =
        all.iter().map(|told| event(service, run, told)).collect();
    let drafts = drafts?;
    let out: Vec<_> = drafts.iter().map(|draft| draft.names(run)).collect();
    let out: Vec<Vec<_>> = drafts
        .iter()
        .zip(&out)
        .map(|(draft, names)| draft.runs(run, names))
        .collect();
    let events: Vec<NewEvent<'_>> = drafts
        .iter()
        .zip(&out)
        .map(|(draft, out)| draft.event(&[], out))
        .collect();
    let known: Vec<KnownStatus> = known.into_values().collect();
    let added = service.journal.add_found(&Found {
        connection: &run.connection,
        owner: &run.owner,
        cursor: CursorMove {
            kind: CURSOR,
            name: &of.names(),
            read: version,
            value: &serde_json::to_vec(kept).unwrap_or_default(),
        },
        events: &events,
        matters: &known,
        runs: &[],
    })?;
    super::out::added(service, run, &added);
    Ok(added.len())
}

fn event(service: &Service, run: &Run, told: &Told) -> Result<Draft, Ended> {
    let mut data = json!({"matter": told.matter, "status": told.status});
    if let Some(before) = &told.before {
        data["before"] = before.as_str().into();
    }
    if let Some(at) = &told.updated_at {
        data["updated_at"] = at.as_str().into();
    }
    let of = format!("matter/{}", told.matter);
    Ok(draft(service, run, "matter.status", &of, &data)?)
}

fn word(status: MatterStatus) -> &'static str {
    status.name()
}
