//! Looks for new documents, and brings them out.
//!
//! The cursor of `detect-documents` is kept in the journal and moved by compare
//! and swap, in one transaction with the events of what was found and the look
//! that follows.

use clio_host::actions::detect_documents::{
    DetectOutcome, DetectRequest, Hint, Hinted, NewDocument, Start, WatchScope,
};
use clio_runner::journal::events::{CursorMove, Found, NewEvent};
use clio_runner::journal::runs::Run;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::heard::Look;
use super::out::{Draft, draft};
use super::{About, Asked, Ended, Looked, Looking, refuses};
use crate::service::Service;

/// What the cursor is remembered as.
pub(super) const CURSOR: &str = "detect-documents.cursor";
/// The most calls of one run: a long scan lets others have their turn.
const MOST_CALLS: u32 = 5;
/// How far back it is looked from the last look where its cursor is no longer taken.
const LOST_MS: i64 = 24 * 3600 * 1000;
/// How far back it is looked where a delivery came before any look: Clio repeats one
/// for about so long.
const LATE_MS: i64 = 3600 * 1000;

/// The cursor as it is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    cursor: String,
    /// When it was moved, in milliseconds since 1970.
    at: i64,
}

/// Looks, and says how much was found.
pub(super) async fn look(of: &Looking<'_>, asked: &Asked) -> Result<Looked, Ended> {
    let mut about = asked.about.map(|about| Hint {
        about: match about {
            About::Matter(matter) => Hinted::Matter(matter),
            About::Document(document) => Hinted::Document(document),
        },
        look: Some(asked.look),
    });
    let (mut new, mut waiting, mut dropped) = (0, 0, 0);
    let mut more = true;
    for _ in 0..MOST_CALLS {
        let (version, kept) = kept(of)?;
        // Without a cursor the account is looked at whole first.
        let hint = about.filter(|_| kept.is_some());
        let outcome = detect(of, asked, kept, hint).await?;
        let next = outcome.look_again_ms;
        new += found(of, version, &outcome, asked, next)?;
        waiting = outcome.waiting;
        dropped += outcome.dropped;
        if hint.is_some() {
            about = None;
        }
        more = outcome.more || about.is_some();
        if !more {
            break;
        }
    }
    let told = json!({"new": new, "waiting": waiting, "dropped": dropped});
    Ok(Looked { told, more })
}

fn kept(of: &Looking<'_>) -> Result<(i64, Option<Kept>), Ended> {
    let kept = of.service.journal.kept(CURSOR, &of.names())?;
    Ok(kept.map_or((0, None), |kept| {
        // Written by us. What cannot be read is as one that is no longer taken.
        let read = serde_json::from_slice(&kept.value).unwrap_or_default();
        (kept.version, Some(read))
    }))
}

async fn detect(
    of: &Looking<'_>,
    asked: &Asked,
    kept: Option<Kept>,
    hint: Option<Hint>,
) -> Result<DetectOutcome, Ended> {
    let run = of.run;
    let since = |at: i64| Start::Since(super::statuses::instant(at));
    let lost = since(kept.as_ref().map_or(run.created, |kept| kept.at) - LOST_MS);
    let start = match kept {
        Some(kept) => Start::Cursor(kept.cursor),
        None if asked.of.is_some() => since(run.created - LATE_MS),
        None => Start::Now,
    };
    let call = |start, hint| {
        let mut request = DetectRequest::new(WatchScope::Account, start);
        request.hint = hint;
        of.call().run(request)
    };
    match call(start, hint).await {
        // Each document is an event once, so what was told before is not told
        // again.
        Err(error) if refuses(&error, "/start/cursor") => Ok(call(lost, None).await?),
        outcome => Ok(outcome?),
    }
}

/// Writes what a call found, and returns how much of it is new.
fn found(
    of: &Looking<'_>,
    version: i64,
    outcome: &DetectOutcome,
    asked: &Asked,
    next: Option<u32>,
) -> Result<usize, Ended> {
    let (service, run) = (of.service, of.run);
    let drafts: Result<Vec<Draft>, _> = outcome
        .documents
        .iter()
        .map(|document| told(service, run, document))
        .collect();
    let drafts = drafts?;
    let out: Vec<_> = drafts.iter().map(|draft| draft.names(run)).collect();
    let out: Vec<Vec<_>> = drafts
        .iter()
        .zip(&out)
        .map(|(draft, names)| draft.runs(run, names))
        .collect();
    let ids: Vec<String> = outcome
        .documents
        .iter()
        .map(|document| document.id.to_string())
        .collect();
    let once: Vec<[&str; 2]> = ids.iter().map(|id| ["document", id.as_str()]).collect();
    let events: Vec<NewEvent<'_>> = drafts
        .iter()
        .zip(&once)
        .zip(&out)
        .map(|((draft, once), out)| draft.event(once, out))
        .collect();

    let next = next.map(|ms| {
        let asked = Asked {
            look: asked.look + 1,
            ..asked.clone()
        };
        Look::after(&asked, ms)
    });
    let names = of.names();
    let look_names = next.as_ref().map(|look| look.names(&names));
    let next: Vec<_> = next
        .iter()
        .zip(&look_names)
        .map(|(look, names)| look.run(run, names))
        .collect();
    let kept = Kept {
        cursor: outcome.cursor.clone(),
        at: Timestamp::now().as_millisecond(),
    };
    let added = service.journal.add_found(&Found {
        connection: &run.connection,
        owner: &run.owner,
        cursor: CursorMove {
            kind: CURSOR,
            name: &names,
            read: version,
            value: &serde_json::to_vec(&kept).unwrap_or_default(),
        },
        events: &events,
        matters: &[],
        runs: &next,
    })?;
    super::out::added(service, run, &added);
    Ok(added.len())
}

fn told(service: &Service, run: &Run, document: &NewDocument) -> Result<Draft, Ended> {
    let data = serde_json::to_value(document).unwrap_or_default();
    let of = match document.matter {
        Some(matter) => format!("matter/{matter}"),
        None => format!("document/{}", document.id),
    };
    Ok(draft(service, run, "document.new", &of, &data)?)
}
