//! From a verified delivery to the looks that it leads to.
//!
//! Many deliveries lead to one look: a matter that is advanced is told several
//! times, and a bulk edit tells thousands. So a look is due at the next full
//! second or later, and what is told until then shares it. Where many matters
//! were told, one look at the whole account stands in for theirs: it costs no
//! more than one of them.

use std::sync::Arc;
use std::time::Duration;

use clio_runner::failure::Failure;
use clio_runner::journal::inbox::NewInboxRow;
use clio_runner::journal::runs::{Class, NewRun, Run};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{About, Asked, Of, id};
use crate::service::Service;

/// Looks at one account share a lane, whoever adds them: their cursors are the same.
pub(super) const LANE: &str = "detection";

/// With so many looks waiting for a connection, the account is looked at whole.
const MOST_WAITING: u32 = 12;

/// Looks of the same share an instant that is a multiple of this, by the number of
/// looks before: later ones may come later.
const SHARED: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
];

/// When the whole account is looked at in place of hinted looks: at the instants that
/// the action has for those. Each is a look of its own, so that those of a flood of
/// deliveries are one every few seconds, whichever delivery they are for.
const WHOLE_MS: [i64; 5] = [0, 5_000, 30_000, 120_000, 600_000];
const WHOLE_SHARED: Duration = Duration::from_secs(5);

/// Acts on what a verified delivery told. `run` is the delivery's, and `receipt`
/// what `receive-webhook` says: `{"event": …}`. It may be called again for the
/// same run: what it did before is not done twice.
pub(crate) async fn heard(
    service: &Arc<Service>,
    run: &Run,
    receipt: &Value,
) -> Result<(), Failure> {
    let event = &receipt["event"];
    let (Some(about), Some(kind)) = (id(&event["id"]), event["kind"].as_str()) else {
        return Err(Failure::host("what the delivery told names no record"));
    };
    let told = event["told"].as_str().unwrap_or("{}");
    match event["model"].as_str().unwrap_or_default() {
        // What is gone has no status and no new documents.
        "matter" | "document" if kind == "deleted" => Ok(()),
        "matter" => matter(service, run, about, told),
        "document" => {
            let looks = documents(service, run, About::Document(about))?;
            add(service, run, &looks)
        }
        "contact" => contact(service, run, about, kind, told),
        // Nobody asked to be told of others.
        _ => Ok(()),
    }
}

fn matter(service: &Service, run: &Run, matter: u64, told: &str) -> Result<(), Failure> {
    let told: Value = serde_json::from_str(told).unwrap_or_default();
    let stage = told.get("matter_stage");
    let stage = stage.map(|stage| id(&stage["id"]).unwrap_or(0));
    let known = service
        .journal
        .known_matter(&run.connection, &run.owner, matter)?;
    let mut looks = vec![Look::first(&Asked {
        of: Some(Of::Statuses),
        ..Asked::default()
    })];
    // Documents are generated where a matter is advanced. Whoever does not tell the
    // stage may have told that.
    if stage.is_none() || stage != known.stage {
        looks.extend(documents(service, run, About::Matter(matter))?);
    }
    add(service, run, &looks)?;
    // Only now: after a crash in between, the delivery leads to the same looks.
    service
        .journal
        .want_matter(&run.connection, &run.owner, matter, stage)?;
    Ok(())
}

/// The looks for documents that a delivery leads to.
fn documents(service: &Service, run: &Run, about: About) -> Result<Vec<Look>, Failure> {
    let waiting = service
        .journal
        .waiting_runs(&run.connection, "detection", MOST_WAITING)?;
    let asked = |about| Asked {
        of: Some(Of::Documents),
        about,
        look: 0,
    };
    if waiting < MOST_WAITING {
        return Ok(vec![Look::first(&asked(Some(about)))]);
    }
    let (whole, now) = (asked(None), now());
    let look = |(ms, step): (i64, Duration)| Look::at(&whole, now + ms, step.max(WHOLE_SHARED));
    Ok(WHOLE_MS.into_iter().zip(SHARED).map(look).collect())
}

/// Adds looks.
pub(super) fn add(service: &Service, run: &Run, looks: &[Look]) -> Result<(), Failure> {
    let owner = [run.owner.as_str(), run.connection.as_str()];
    let named: Vec<_> = looks.iter().map(|look| look.names(&owner)).collect();
    let runs: Vec<_> = looks
        .iter()
        .zip(&named)
        .map(|(look, names)| look.run(run, names))
        .collect();
    service.journal.add_runs(&runs)?;
    service.wake.notify_one();
    Ok(())
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A look to be.
#[derive(Debug)]
pub(super) struct Look {
    asked: Vec<u8>,
    what: &'static str,
    due: i64,
    at: String,
}

/// The names of a look's lane, and of what it is taken once by.
#[derive(Debug)]
pub(super) struct LookNames<'a> {
    lane: [&'a str; 2],
    once: [&'a str; 5],
}

impl Look {
    /// The first look that a delivery leads to.
    fn first(asked: &Asked) -> Self {
        Self::after(asked, 0)
    }

    /// A look in so many milliseconds, which is the number in `asked` of its kind.
    pub(super) fn after(asked: &Asked, ms: u32) -> Self {
        let look = usize::try_from(asked.look).unwrap_or(usize::MAX);
        let step = SHARED[look.min(SHARED.len() - 1)];
        Self::at(asked, now() + i64::from(ms), step)
    }

    /// A look that is put off.
    pub(super) fn put_off(asked: &Asked, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(0);
        Self::at(asked, now() + by, WHOLE_SHARED)
    }

    fn at(asked: &Asked, due: i64, step: Duration) -> Self {
        let due = shared(due, step);
        Self {
            // Numbers and words are always JSON.
            asked: serde_json::to_vec(asked).unwrap_or_default(),
            what: match asked.of {
                Some(Of::Statuses) => "pull-matters.pull",
                _ => "detect-documents.detect",
            },
            due,
            at: due.to_string(),
        }
    }

    pub(super) fn names<'a>(&'a self, owner: &[&'a str; 2]) -> LookNames<'a> {
        // Written by us, as JSON.
        let asked = std::str::from_utf8(&self.asked).unwrap_or_default();
        LookNames {
            lane: [LANE, owner[0]],
            once: ["look", owner[0], owner[1], asked, &self.at],
        }
    }

    /// The run of a look that another run led to.
    pub(super) fn run<'a>(&'a self, of: &'a Run, names: &'a LookNames<'_>) -> NewRun<'a> {
        NewRun {
            connection: &of.connection,
            owner: &of.owner,
            kind: "detection",
            what: self.what,
            class: Class::Event,
            lane: &names.lane,
            ordered: false,
            once: &names.once,
            due: self.due,
            asked: &self.asked,
        }
    }
}

/// The instant that a look shares with others of the same, in milliseconds: a multiple
/// of `step`. It is never before `due`, so all that lead to it were told before it
/// begins.
fn shared(due: i64, step: Duration) -> i64 {
    let step = i64::try_from(step.as_millis()).unwrap_or(1000);
    due.div_euclid(step)
        .saturating_add(i64::from(due.rem_euclid(step) != 0))
        .saturating_mul(step)
}

/// Puts a changed contact into the inbox.
fn contact(
    service: &Service,
    run: &Run,
    contact: u64,
    kind: &str,
    told: &str,
) -> Result<(), Failure> {
    let told: Value = serde_json::from_str(told).unwrap_or_default();
    let said = json!({"contact": contact, "told": told}).to_string();
    service.journal.add_to_inbox(&NewInboxRow {
        connection: &run.connection,
        owner: &run.owner,
        kind: &format!("contact.{kind}"),
        once: &["delivery", &run.id],
        said: said.as_bytes(),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_of_the_same_share_an_instant_that_is_not_before_any_of_them() {
        let second = Duration::from_secs(1);
        for (due, at) in [(10_000, 10_000), (10_001, 11_000), (10_999, 11_000)] {
            assert_eq!(shared(due, second), at);
        }
        assert_eq!(shared(10_001, Duration::from_secs(60)), 60_000);
        // What is looked for once more may come later, and never before its time.
        let asked = |look| Asked {
            look,
            ..Asked::default()
        };
        for look in 0..9 {
            let before = now() + 5_000;
            let due = Look::after(&asked(look), 5_000).due;
            assert!((before..=before + 60_000).contains(&due), "{look}");
        }
        // The looks of a flood fall together.
        for step in SHARED {
            let step = step.max(WHOLE_SHARED);
            assert_eq!(step.as_millis() % WHOLE_SHARED.as_millis(), 0);
        }
    }
}
