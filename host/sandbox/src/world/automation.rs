//! Stage automations: a matter that comes to a stage gets documents, late.
//! Automations by request, in `generation`, make theirs the same way.
//!
//! Everything that happens by itself happens by the sandbox's clock, as a job
//! that is run at the instant it was due.

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{FolderOwner, Object, World};
use crate::switches::AutomationDocuments;

/// How long a document of an automation stays incomplete, when it does at
/// first.
const FILLING: SignedDuration = SignedDuration::from_secs(30);

/// How long the trash keeps.
const TRASH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Generates a document when a matter comes to a stage.
#[derive(Debug, Clone)]
pub(crate) struct Automation {
    pub(crate) stage: u64,
    pub(crate) name: String,
    pub(crate) content: Bytes,
    pub(crate) after: Duration,
}

/// Something that will happen.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    due: Timestamp,
    what: Work,
}

#[derive(Debug, Clone)]
pub(crate) enum Work {
    Generate {
        matter: u64,
        name: String,
        content: Bytes,
    },
    Complete {
        document: u64,
        content: Bytes,
    },
    Purge {
        document: u64,
    },
    /// An automation by request goes on.
    Advance {
        generation: u64,
    },
}

impl World {
    /// Runs the oldest job that is due, if any is, at the instant it was due;
    /// `job_time` stays there.
    pub(crate) fn run_due(&mut self) -> bool {
        let now = self.clock.now();
        let next = self
            .jobs
            .iter()
            .enumerate()
            .filter(|(_, job)| job.due <= now)
            .min_by_key(|(at, job)| (job.due, *at))
            .map(|(at, _)| at);
        let Some(at) = next else {
            return false;
        };
        let job = self.jobs.remove(at);
        self.job_time = Some(job.due);
        self.run(job.what);
        true
    }

    fn run(&mut self, work: Work) {
        match work {
            Work::Generate {
                matter,
                name,
                content,
            } => {
                self.generate(matter, &name, content);
            }
            Work::Advance { generation } => self.advance_generation(generation),
            Work::Complete { document, content } => self.fill_document(document, content),
            Work::Purge { document } => {
                // Restored meanwhile, or restored and trashed again later?
                let due = |at: Timestamp| at.duration_until(self.now()) >= TRASH;
                let gone = self
                    .documents
                    .get(&document)
                    .and_then(|d| d.deleted)
                    .is_some_and(due);
                if gone && let Some(purged) = self.documents.remove(&document) {
                    for version in purged.versions {
                        self.drop_object(&version.uuid);
                    }
                }
            }
        }
    }

    /// Makes a document in a matter, as its automations do; `None` when the
    /// matter is gone.
    pub(crate) fn generate(&mut self, matter: u64, name: &str, content: Bytes) -> Option<u64> {
        let folder = self.root_folder(FolderOwner::Matter(matter))?;
        let document = self.draft_document(folder, name);
        match self.switches.automation_documents {
            AutomationDocuments::Complete => self.fill_document(document, content),
            AutomationDocuments::IncompleteFirst => {
                self.schedule(FILLING, Work::Complete { document, content });
            }
        }
        Some(document)
    }

    pub(crate) fn schedule(&mut self, after: SignedDuration, what: Work) {
        let due = self.now().checked_add(after).unwrap_or(Timestamp::MAX);
        self.jobs.push(Job { due, what });
    }

    /// A matter has come to a stage: its automations will run.
    pub(crate) fn stage_reached(&mut self, matter: u64, stage: u64) {
        let mine: Vec<Automation> = self
            .automations
            .iter()
            .filter(|a| a.stage == stage)
            .cloned()
            .collect();
        for automation in mine {
            let after = SignedDuration::try_from(automation.after).unwrap_or(SignedDuration::MAX);
            self.schedule(
                after,
                Work::Generate {
                    matter,
                    name: automation.name,
                    content: automation.content,
                },
            );
        }
        while self.run_due() {
            self.job_time = None;
        }
    }

    /// To the trash, and gone after thirty days.
    pub(crate) fn trash_document(&mut self, id: u64) {
        let Some(mut document) = self.documents.get(&id).cloned() else {
            return;
        };
        if document.deleted.is_none() {
            document.deleted = Some(self.now());
            self.touch(&mut document.stamp);
            self.put(document);
            self.schedule(TRASH, Work::Purge { document: id });
        }
    }

    /// Completes the newest version of a document with these bytes.
    pub(crate) fn fill_document(&mut self, id: u64, content: Bytes) {
        let Some(mut document) = self.documents.get(&id).cloned() else {
            return;
        };
        let Some(mut version) = document.versions.pop() else {
            return;
        };
        let object = Object::of(content);
        version.size = Some(object.length);
        version.fully_uploaded = true;
        self.put_object(&version.uuid, object);
        self.touch(&mut version.stamp);
        document.versions.push(version);
        if self.switches.final_patch_touches_updated_at {
            self.touch(&mut document.stamp);
        } else {
            self.renew(&mut document.stamp);
        }
        self.put(document);
    }
}
