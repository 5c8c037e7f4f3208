//! A case file that was found in a watched folder, and whether it is whole.
//!
//! Who writes a case and its documents may take a while, and in any order. A case is
//! whole when its file is one without mistakes, the documents that it names are
//! there, and nothing of it has changed between two looks. What is given its name
//! only once it is whole, as a move does, is never seen half.

use std::path::Path;
use std::time::Duration;

use clio_host::read_at_most;
use clio_runner::digest::Digest;
use clio_runner::encoding;
use clio_runner::failure::Failure;
use clio_runner::files::{Entry, Folder};
use clio_runner::home::Home;
use clio_runner::journal::runs::Status;
use clio_runner::sync::{CASE_FILE_BYTES, Mapped};
use tokio::time::Instant;

/// How long nothing of a case changes before it is taken.
pub(super) const SETTLED: Duration = Duration::from_secs(2);
/// The longest pause between two looks at a case whose file stays as it is: its
/// documents may change.
const LONGEST: Duration = Duration::from_secs(10 * 60);
/// The same of one that is not whole: somebody waits for it.
const LONGEST_MISSING: Duration = Duration::from_secs(15);
/// What is still being written is not told as wrong so soon.
const TELL: Duration = Duration::from_secs(8);

/// A case file that lies in a folder.
#[derive(Debug)]
pub(super) struct Found {
    /// The file's name in its folder.
    pub(super) name: String,
    /// As it was listed the last time: length and time.
    listed: (u64, i64),
    look_at: Instant,
    pause: Duration,
    /// What it was at the last look, if it was whole.
    seen: Option<String>,
    /// What it was when it was taken, and its run; none: its result says so.
    pub(super) taken: Option<(String, Option<String>)>,
    /// How its run stood when that was told.
    pub(super) told: Option<(Status, i64)>,
    /// When its run is looked at.
    pub(super) run_at: Instant,
}

/// A case that may be taken.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) source_id: String,
    pub(super) text: String,
    /// Of the case file and of what it names.
    pub(super) mark: String,
}

/// What a look came to.
#[derive(Debug)]
pub(super) enum Look {
    /// It is not its time, or nothing is new.
    Nothing,
    Whole(Whole),
    /// For people: what keeps it from being taken.
    NotTaken(Failure),
}

impl Found {
    pub(super) fn new(entry: &Entry, now: Instant) -> Self {
        Self {
            name: entry.name.clone(),
            listed: (entry.length, entry.modified),
            look_at: now,
            pause: SETTLED,
            seen: None,
            taken: None,
            told: None,
            run_at: now,
        }
    }

    /// Takes note of how it is listed now.
    pub(super) fn listed(&mut self, entry: &Entry, now: Instant) {
        let listed = (entry.length, entry.modified);
        if self.listed != listed {
            self.listed = listed;
            self.look_at = now;
            self.pause = SETTLED;
        }
    }

    /// Whether it or its run is to be looked at.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let has_run = matches!(self.taken, Some((_, Some(_))));
        now >= self.look_at || (has_run && now >= self.run_at)
    }

    /// Where its result is written.
    pub(super) fn result_name(&self) -> String {
        let stem = self.name.strip_suffix(".json").unwrap_or(&self.name);
        format!("{stem}.result.json")
    }

    /// Looks at it, when it is time.
    pub(super) fn look(
        &mut self,
        folder: &Folder,
        home: &Home,
        mapping: Option<&str>,
        now: Instant,
    ) -> Look {
        if now < self.look_at {
            return Look::Nothing;
        }
        let whole = match self.read(folder, home, mapping) {
            Ok(whole) => whole,
            Err(failure) => {
                self.seen = None;
                self.later(now, LONGEST_MISSING);
                return match self.pause >= TELL {
                    true => Look::NotTaken(failure),
                    false => Look::Nothing,
                };
            }
        };
        if self.seen.as_ref() != Some(&whole.mark) {
            self.seen = Some(whole.mark);
            self.pause = SETTLED;
            self.look_at = now + SETTLED;
            return Look::Nothing;
        }
        self.later(now, LONGEST);
        match &self.taken {
            Some((mark, _)) if *mark == whole.mark => Look::Nothing,
            _ => Look::Whole(whole),
        }
    }

    /// Looks again, the later the longer nothing happens.
    fn later(&mut self, now: Instant, longest: Duration) {
        self.look_at = now + self.pause;
        self.pause = (self.pause * 2).min(longest);
    }

    fn read(&self, folder: &Folder, home: &Home, mapping: Option<&str>) -> Result<Whole, Failure> {
        let unreadable =
            |why: String| Failure::usage(why).next("give the file anew; it is looked at again");
        let file = folder
            .file(&self.name)
            .map_err(|error| unreadable(format!("the case file {error}")))?;
        let bytes = read_at_most(file.into_handle(), CASE_FILE_BYTES)
            .map_err(|error| unreadable(format!("the case file cannot be read: {error}")))?;
        let mapped = Mapped::of(&bytes, folder, home, mapping)?.map_err(|mistakes| {
            Failure::usage("the case is not whole, or not right; nothing was sent")
                .details(mistakes.iter().map(ToString::to_string))
                .next("complete it or mend it; it is looked at again")
        })?;
        let case = mapped.case();
        let mut parts = vec![Digest::of(&bytes).to_string()];
        for document in case.documents.iter().filter(|document| document.approved) {
            // What a person decides on a draft has a moment of its own.
            let Some(name) = &document.file else { continue };
            let file = folder.file(name);
            let file = file.map_err(|error| unreadable(format!("{name}: {error}")))?;
            parts.push(name.clone());
            parts.push(format!("{} {}", file.length, file.modified()));
        }
        let source_id = case.source_id.clone();
        let text = encoding::text(&bytes).map_err(unreadable)?;
        Ok(Whole {
            source_id,
            text: text.into_owned(),
            mark: Digest::of(parts.join("\0")).to_string(),
        })
    }
}

/// Whether a file may be a case: any JSON in the watched folder itself, and
/// `case.json` in a folder there.
pub(super) fn may_be_case(name: &str, within: bool) -> bool {
    if within {
        return name == "case.json";
    }
    let path = Path::new(name);
    path.extension()
        .is_some_and(|extension| extension == "json")
        && !name.ends_with(".result.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_no_case() {
        assert!(may_be_case("intake-17.json", false));
        assert!(may_be_case("case.json", true));
        for (name, within) in [
            ("intake-17.result.json", false),
            ("retainer.pdf", false),
            ("data.json", true),
            ("case.result.json", true),
        ] {
            assert!(!may_be_case(name, within), "{name}");
        }
    }
}
