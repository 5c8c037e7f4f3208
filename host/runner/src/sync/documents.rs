//! The documents of a case: looked for at once, uploaded a few at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use clio_host::{CallError, Limits, actions::types, actions::upload_document};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::edits;
use super::line::{Line, Status};
use super::report::Report;
use super::requests::{self, Offered};
use super::run::Sync;
use super::settle::Settle;
use super::words::Of;
use crate::aside::aside;
use crate::case::Document;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::files::LocalFile;
use crate::mapping::Note;
use crate::review::{self, NotReady, Ready};
use crate::runner;
use crate::state::CaseState;

const NO_DRAFT: &str = "There is no draft of that id for this account.";
const LIST: &str = "`clio review list` shows the drafts";

/// How many matters beside the case's own are looked into for its documents.
const MOST_MATTERS: usize = 10;

/// What is known of the documents before they are uploaded.
enum Seen {
    /// Nothing can stand there: the matter is this run's own.
    NewMatter,
    /// What a look at the matter told, by source id.
    Found(BTreeMap<String, types::DocumentState>),
}

impl Sync<'_> {
    /// Uploads the approved documents, a few at a time. One that fails does not
    /// stop the others.
    pub(super) async fn documents(
        &self,
        state: &mut CaseState,
        report: &mut Report,
        settle: &mut Settle,
        matter: u64,
    ) -> Result<(), Failure> {
        let approved: Vec<(usize, &Document)> = self
            .case
            .documents
            .iter()
            .enumerate()
            .filter(|(_, document)| document.approved)
            .collect();
        if approved.is_empty() {
            return Ok(());
        }
        self.progress.doing("the documents");
        let seen = if report.matter.status == Status::Created {
            Seen::NewMatter
        } else {
            match self.states(matter, &approved).await {
                Ok(states) => Seen::Found(states),
                Err(error) => {
                    for (index, document) in approved {
                        let source_id = self.case.document_source_id(document);
                        let line = self.failed(source_id, Of::Document(document), &error);
                        self.progress.done(&line.told());
                        report.documents[index] = line;
                    }
                    return Ok(());
                }
            }
        };
        let elsewhere = self.elsewhere(&report.matter.others, &approved).await;
        let (seen, known) = (&seen, &*state);
        let mut waiting = approved.iter().copied();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.at_once.max(1)
                && let Some((index, document)) = waiting.next()
            {
                running.push(async move {
                    let line = self.document(known, matter, seen, document).await;
                    (index, line)
                });
            }
            let Some((index, line)) = running.next().await else {
                break;
            };
            self.progress.done(&line.told());
            report.documents[index] = line;
        }
        drop(running);
        let elsewhere = match elsewhere {
            Ok(elsewhere) => elsewhere,
            Err(error) => {
                // The matters are told, and what stands in them is looked for
                // once more by the next run.
                settle.matter_not_looked();
                report.notes.push(not_looked_into(&error));
                BTreeMap::new()
            }
        };
        self.remember_documents(state, report, settle, &approved, &elsewhere)
    }

    /// What stands of the documents in a matter, from one look.
    async fn states(
        &self,
        matter: u64,
        documents: &[(usize, &Document)],
    ) -> Result<BTreeMap<String, types::DocumentState>, CallError> {
        let ids = documents
            .iter()
            .map(|(_, document)| self.case.document_source_id(document));
        let request = requests::find(matter, ids.collect());
        Ok(found(self.call().run(request).await?))
    }

    /// The documents of this case in other matters that stand for it, as two
    /// machines made them at the same instant. One request for each matter, and
    /// none where there is no other.
    async fn elsewhere(
        &self,
        matters: &[u64],
        documents: &[(usize, &Document)],
    ) -> Result<BTreeMap<String, Vec<u64>>, CallError> {
        let mut elsewhere: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for matter in matters.iter().take(MOST_MATTERS) {
            for (source_id, state) in self.states(*matter, documents).await? {
                let here = matches!(
                    state.status,
                    types::DocumentStatus::Complete | types::DocumentStatus::Incomplete
                );
                let ids = state.id.filter(|_| here).into_iter().chain(state.others);
                elsewhere.entry(source_id).or_default().extend(ids);
            }
        }
        Ok(elsewhere)
    }

    /// Adds to the documents' lines what else is known of them, and remembers
    /// what was asked.
    fn remember_documents(
        &self,
        state: &mut CaseState,
        report: &mut Report,
        settle: &mut Settle,
        approved: &[(usize, &Document)],
        elsewhere: &BTreeMap<String, Vec<u64>>,
    ) -> Result<(), Failure> {
        let mut asked = Vec::new();
        for (index, document) in approved {
            let line = &mut report.documents[*index];
            if let Some(ids) = elsewhere.get(&line.source_id) {
                line.add_others(ids);
            }
            if line.id.is_some() {
                let members = edits::of_document(self.case, document, state.memory());
                let created = line.status == Status::Created;
                asked.push((*index, document.source_id.clone(), members, created));
            }
        }
        state.update(|record| {
            for (_, source_id, members, created) in &asked {
                let name = edits::document(source_id);
                record.asked.begin(&name, members, *created);
            }
        })?;
        for (index, source_id, members, _) in &asked {
            let (name, line) = (edits::document(source_id), &mut report.documents[*index]);
            self.edited(state, &name, members, line, settle);
        }
        Ok(())
    }

    async fn document(
        &self,
        state: &CaseState,
        matter: u64,
        seen: &Seen,
        document: &Document,
    ) -> Line {
        let source_id = self.case.document_source_id(document);
        let digest = match &document.draft {
            Some(id) => self.draft(id),
            None => Ok(None),
        };
        let (file, sha256) = match digest {
            Ok(Some(sha256)) => (None, sha256),
            Ok(None) => match self.open(document).await {
                Ok((file, sha256)) => (Some(file), sha256),
                Err(why) => return Line::unreadable(source_id, why),
            },
            Err(why) => return Line::not_reviewed(source_id, why, LIST),
        };
        let known = known(seen, &source_id, document);
        if let Some(id) = stands(known.as_ref(), sha256) {
            let others = known.map(|known| known.others).unwrap_or_default();
            return Line::new(source_id, Status::Linked).id(id, others);
        }
        // Clio refuses a name from which it can tell no type, unless one is said.
        let media_type = document
            .media_type
            .as_deref()
            .or(file.as_ref().and_then(|file| file.media_type))
            .or_else(|| mime_guess::from_path(document.name()).first_raw())
            .unwrap_or("application/octet-stream")
            .to_owned();
        let (content, approval) = match file {
            Some(file) => match runner::content(file, Some(&media_type), sha256) {
                Ok(content) => (content, None),
                Err(error) => {
                    return Line::unreadable(source_id, format!("cannot be read: {error}"));
                }
            },
            None => match self.approved(document, matter).await {
                Ok(ready) => {
                    let approval = ready.approval.clone();
                    (ready.content(Some(&media_type)), Some(approval))
                }
                Err(NotReady::Absent) => {
                    return Line::not_reviewed(source_id, NO_DRAFT.to_owned(), LIST);
                }
                Err(NotReady::Refused(why, next)) => {
                    return Line::not_reviewed(source_id, why, next);
                }
                Err(NotReady::Failed(failure)) => {
                    return Line::unreadable(source_id, failure.what().to_owned());
                }
            },
        };
        let length = content.length();
        let limits = Limits::default().with_time_for(length);
        let mut call = self.call().limits(limits);
        let url = match call.add_content(content) {
            Ok(url) => url,
            Err(error) => return Line::unreadable(source_id, format!("cannot be used: {error}")),
        };
        let offered = Offered {
            url,
            length,
            media_type: Some(media_type),
            sha256: sha256.to_string(),
            approval,
        };
        let mut request = requests::upload(
            self.case,
            document,
            state.record(),
            matter,
            offered,
            known,
            self.on_change,
        );
        let places = self.places.lock().await;
        // Held on to while this upload looks for its place.
        let mut held = (!places.fill(&mut request)).then_some(places);
        match call.run(request).await {
            Ok(outcome) => {
                if let Some(places) = &mut held {
                    places.learn(document, &outcome);
                }
                Line::new(source_id, uploaded(outcome.disposition)).id(outcome.id, outcome.others)
            }
            Err(error) => self.failed(source_id, Of::Document(document), &error),
        }
    }

    /// The digest of a draft.
    fn draft(&self, id: &str) -> Result<Option<Digest>, String> {
        let session = self.drafts.ok_or(NO_DRAFT)?;
        let found = session.journal.draft(&session.account.scope, id);
        let found = found.map_err(|error| error.to_string())?.ok_or(NO_DRAFT)?;
        Ok(review::digest(&found.about.sha256))
    }

    /// A draft that a person approved for where it goes.
    async fn approved(&self, document: &Document, matter: u64) -> Result<Ready, NotReady> {
        let (Some(session), Some(id)) = (self.drafts, document.draft.clone()) else {
            return Err(NotReady::Absent);
        };
        let (home, journal) = (session.home.clone(), Arc::clone(&session.journal));
        let (owner, parent) = (
            session.account.scope.clone(),
            requests::parent(document, matter),
        );
        let opened = aside(move || review::ready(&home, &journal, &owner, &id, &parent)).await;
        opened.unwrap_or_else(|failure| Err(NotReady::Failed(failure)))
    }

    /// Opens a document's file and digests it, off the thread that drives the
    /// calls. The file that was digested is the file that is uploaded.
    async fn open(&self, document: &Document) -> Result<(LocalFile, Digest), String> {
        let name = document.file.as_deref().unwrap_or_default();
        let mut file = self.folder.file(name).map_err(|error| error.to_string())?;
        let digested = aside(move || file.sha256().map(|sha256| (file, sha256))).await;
        let digested = digested.map_err(|failure| failure.what().to_owned())?;
        digested.map_err(|error| format!("cannot be read: {error}"))
    }
}

/// That the documents in another matter of the case could not be looked for.
fn not_looked_into(error: &CallError) -> Note {
    Note {
        code: "documents_not_looked_for",
        at: "/documents".to_owned(),
        message: format!(
            "another matter stands for this case, and its documents could not be listed ({}): the \
             next run looks again",
            error.code()
        ),
    }
}

/// What a look at the matter is worth. Of one document it was a look at the whole
/// account. Of several, those that are not there may lie elsewhere.
fn found(states: Vec<types::DocumentState>) -> BTreeMap<String, types::DocumentState> {
    let several = states.len() > 1;
    states
        .into_iter()
        .filter(|state| !several || state.status != types::DocumentStatus::Absent)
        .map(|state| (state.source_id.clone(), state))
        .collect()
}

/// What may be told to the upload, so that it need not look itself.
fn known(seen: &Seen, source_id: &str, document: &Document) -> Option<types::DocumentState> {
    let state = match seen {
        Seen::NewMatter => Some(requests::absent(source_id)),
        Seen::Found(states) => states.get(source_id).cloned(),
    };
    // A folder may lie outside of the matter, where nobody looked: then only
    // what was seen counts, and not that nothing was.
    state.filter(|it| document.folder.is_none() || it.status != types::DocumentStatus::Absent)
}

/// The id of a document that stands there complete with the same content.
fn stands(known: Option<&types::DocumentState>, sha256: Digest) -> Option<u64> {
    let known = known.filter(|known| known.status == types::DocumentStatus::Complete)?;
    known
        .id
        .filter(|_| known.sha256 == Some(sha256.to_string()))
}

fn uploaded(disposition: upload_document::UploadDisposition) -> Status {
    match disposition {
        upload_document::UploadDisposition::Created => Status::Created,
        upload_document::UploadDisposition::Linked => Status::Linked,
        upload_document::UploadDisposition::Completed => Status::Completed,
        upload_document::UploadDisposition::Changed => Status::Changed,
        upload_document::UploadDisposition::NewVersion => Status::NewVersion,
        upload_document::UploadDisposition::Moved => Status::Moved,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use types::{DocumentState, DocumentStatus};

    fn document(folder: Option<u64>) -> Document {
        let mut document = serde_json::json!({"source_id": "a", "file": "a.pdf"});
        if let Some(folder) = folder {
            document["folder"] = folder.into();
        }
        serde_json::from_value(document).unwrap()
    }

    fn state(status: DocumentStatus, sha256: Option<&str>) -> DocumentState {
        DocumentState {
            source_id: "i:1/a".to_owned(),
            status,
            id: Some(9),
            sha256: sha256.map(str::to_owned),
            others: Vec::new(),
        }
    }

    #[test]
    fn of_a_new_matter_it_is_known_that_nothing_stands_there() {
        let told = known(&Seen::NewMatter, "i:1/a", &document(None)).unwrap();
        assert_eq!(told, requests::absent("i:1/a"));
    }

    #[test]
    fn a_folder_that_nobody_looked_into_is_not_called_empty() {
        assert_eq!(known(&Seen::NewMatter, "i:1/a", &document(Some(7))), None);
        let seen = state(DocumentStatus::Incomplete, None);
        let found = Seen::Found([("i:1/a".to_owned(), seen.clone())].into());
        assert_eq!(known(&found, "i:1/a", &document(Some(7))), Some(seen));
    }

    #[test]
    fn only_a_complete_document_of_the_same_bytes_needs_no_call() {
        let digest = Digest([0xab; 32]);
        let same = digest.to_string();
        let complete = DocumentStatus::Complete;
        assert_eq!(stands(Some(&state(complete, Some(&same))), digest), Some(9));
        for other in [
            state(complete, Some("00")),
            state(complete, None),
            state(DocumentStatus::Incomplete, Some(&same)),
            state(DocumentStatus::Trashed, Some(&same)),
        ] {
            assert_eq!(stands(Some(&other), digest), None, "{other:?}");
        }
        assert_eq!(stands(None, digest), None);
    }
}
