//! The steps of one sync, in the order in which they need each other.
//!
//! A new client with a new matter and N documents costs at most 2N + 6
//! requests, and two more with marker fields: one look by marker each for the
//! client and the matter. Custom fields cost three each for the client and the
//! matter; the first document of a folder's path two and one for each folder that
//! is made, the first of a category's name one. The same again costs at most four
//! reads. What this very run created holds nothing yet: the matters of a new
//! client and the documents of a new matter are not looked for. Of a matter that
//! stood there, all documents are looked for at once. Of several, each that is not
//! there is looked for in the whole account before it is sent, for one request:
//! somebody may have moved it.
//! The first run after the client or the matter was created looks for those that
//! another machine created at the same instant, as a first run does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use clio_host::{Call, CallError, Connection, Host, Limits, documents, matters, types};
use futures_util::StreamExt as _;
use tokio::sync::Mutex;

use super::client::Client;
use super::edits;
use super::fields::FieldsOf;
use super::identity::{self, Refused};
use super::places::Places;
use super::progress::Progress;
use super::report::{Line, Report, Status};
use super::requests::{self, Offered};
use super::settle::Settle;
use super::words::{self, Of};
use crate::args::OnChange;
use crate::case::{Case, Document};
use crate::dry_run::{self, DryRun};
use crate::failure::Failure;
use crate::files::{Digest, Folder, LocalFile};
use crate::mapping::Note;
use crate::runner;
use crate::state::{CaseState, Markers, Member};

/// One sync.
#[derive(Debug)]
pub(crate) struct Sync<'a> {
    pub(crate) host: &'a Host,
    pub(crate) connection: &'a Connection,
    pub(crate) case: &'a Case,
    /// The account's marker fields, where it was set up.
    pub(crate) markers: Option<Markers>,
    pub(crate) folder: &'a Folder,
    pub(crate) on_change: OnChange,
    /// Documents in flight. Their requests share the connection's budget.
    pub(crate) at_once: usize,
    pub(crate) progress: Progress,
    /// Counts the requests to Clio, repetitions by the host not counted.
    pub(crate) requests: Arc<AtomicU32>,
    /// The id of this run; each of its calls has it with a number.
    pub(crate) correlation: String,
    pub(crate) calls: AtomicU32,
    /// Where this is a dry run: what it holds back.
    pub(crate) dry_run: Option<DryRun>,
    /// What the mapping lacks.
    pub(crate) notes: Vec<Note>,
    pub(crate) places: Mutex<Places>,
    /// Say nothing while waiting.
    pub(crate) quiet: bool,
}

/// How many matters beside the case's own are looked into for its documents.
const MOST_MATTERS: usize = 10;

/// What is known of the documents before they are uploaded.
enum Standing {
    /// Nothing can stand there: the matter is this run's own.
    NewMatter,
    /// What a look at the matter told, by source id.
    Found(BTreeMap<String, types::DocumentState>),
}

impl Sync<'_> {
    /// A report in which nothing has been tried.
    pub(crate) fn untold(&self) -> Report {
        Report {
            source_id: self.case.source_id.clone(),
            contact: Line::new(self.case.client_source_id(), Status::NotTried),
            matter: Line::new(&self.case.source_id, Status::NotTried),
            fields: Vec::new(),
            documents: self
                .case
                .documents
                .iter()
                .map(|document| self.untried(document))
                .collect(),
            notes: self.notes.clone(),
            requests: 0,
            correlation_id: Some(self.correlation.clone()),
            would_send: Vec::new(),
        }
    }

    /// The report of a case whose identifiers stand for somebody else: nothing
    /// was sent for it.
    pub(crate) fn refused(&self, refused: Refused) -> Report {
        let mut report = self.untold();
        match refused {
            Refused::Client(why) => {
                report.contact = Line::refused(self.case.client_source_id(), why);
            }
            Refused::Matter(why) => report.matter = Line::refused(&self.case.source_id, why),
        }
        report
    }

    /// What of the case cannot be what its identifiers stood for.
    pub(crate) fn check(&self, state: &CaseState) -> Result<Option<Refused>, Failure> {
        Ok(identity::check(self.case, state.record(), state.memory())?)
    }

    /// Takes the case into Clio. Fails only when its memory cannot be written;
    /// what fails in Clio is in the report. Once that is out, what it told is
    /// to be settled.
    pub(crate) async fn run(&self, state: &mut CaseState) -> Result<(Report, Settle), Failure> {
        let mut report = self.untold();
        let mut settle = Settle::default();
        self.steps(state, &mut report, &mut settle).await?;
        report.requests = self.requests.load(Ordering::Relaxed);
        if let Some(dry_run) = &self.dry_run {
            report.would_send = dry_run.would_send();
            report.follow();
        }
        Ok((report, settle))
    }

    fn untried(&self, document: &Document) -> Line {
        let status = if document.approved {
            Status::NotTried
        } else {
            Status::NotApproved
        };
        Line::new(self.case.document_source_id(document), status)
    }

    async fn steps(
        &self,
        state: &mut CaseState,
        report: &mut Report,
        settle: &mut Settle,
    ) -> Result<(), Failure> {
        let Ok(resolved) = self.resolve(state, report).await else {
            return Ok(());
        };
        let Some(client) = self.client(state, report, settle).await? else {
            return Ok(());
        };
        let matter = self
            .matter(state, report, settle, &client, resolved.as_ref())
            .await?;
        let Some(matter) = matter else { return Ok(()) };
        self.fields(state, report, FieldsOf::Matter(matter)).await?;
        self.documents(state, report, settle, matter).await
    }

    /// Looks up the practice area and the stage, so that a wrong one is told
    /// before a client is created for nothing. A matter that an earlier run
    /// left has passed this.
    async fn resolve(
        &self,
        state: &CaseState,
        report: &mut Report,
    ) -> Result<Option<matters::ResolveOutcome>, ()> {
        let known = state.record().matter.is_some();
        let Some(request) = requests::resolve(self.case).filter(|_| !known) else {
            return Ok(None);
        };
        self.progress.doing("the practice area");
        self.call()
            .resolve_matter(request)
            .await
            .map(Some)
            .map_err(|error| {
                report.matter = self.failed(self.case.source_id.clone(), Of::Matter, &error);
                self.progress.done(&report.matter.told());
            })
    }

    async fn matter(
        &self,
        state: &mut CaseState,
        report: &mut Report,
        settle: &mut Settle,
        client: &Client,
        resolved: Option<&matters::ResolveOutcome>,
    ) -> Result<Option<u64>, Failure> {
        self.progress.doing("the matter");
        let look_again = state.record().look_again;
        let client = requests::MatterClient {
            id: client.id,
            is_new: report.contact.status == Status::Created,
            others: client.others.clone(),
        };
        let request = requests::matter(self.case, state.record(), client, resolved, self.markers);
        let source_id = request.source_id.clone();
        let members = edits::of_matter(self.case, state.memory());
        let outcome = self.call().create_matter(request).await;
        let id = match outcome {
            Ok(outcome) => {
                let status = disposition(outcome.disposition);
                let created = status == Status::Created;
                report.matter = Line::new(source_id, status).id(outcome.id, outcome.others);
                report.matter.display_number = outcome.display_number;
                state.update(|record| {
                    record.matter = Some(outcome.id);
                    record.look_again |= created;
                    record.asked.begin(edits::MATTER, &members, created);
                })?;
                self.edited(state, edits::MATTER, &members, &mut report.matter, settle);
                if look_again && !created {
                    settle.matter_looked();
                }
                Some(outcome.id)
            }
            Err(error) => {
                report.matter = self.failed(source_id, Of::Matter, &error);
                None
            }
        };
        self.progress.done(&report.matter.told());
        Ok(id)
    }

    /// Says in a line what the case file has changed since.
    fn edited(
        &self,
        state: &CaseState,
        name: &str,
        members: &[Member],
        line: &mut Line,
        settle: &mut Settle,
    ) {
        let asked = &state.record().asked;
        let edited: Vec<Member> = asked.edited(name, members).cloned().collect();
        line.edited(&edited);
        settle.record(name, edited);
    }

    /// Uploads the approved documents, a few at a time. One that fails does not
    /// stop the others.
    async fn documents(
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
        let standing = if report.matter.status == Status::Created {
            Standing::NewMatter
        } else {
            match self.standing(matter, &approved).await {
                Ok(states) => Standing::Found(states),
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
        let (seen, known) = (&standing, &*state);
        let mut lines = futures_util::stream::iter(approved.iter().copied())
            .map(|(index, document)| async move {
                let line = self.document(known, matter, seen, document).await;
                (index, line)
            })
            .buffer_unordered(self.at_once);
        while let Some((index, line)) = lines.next().await {
            self.progress.done(&line.told());
            report.documents[index] = line;
        }
        drop(lines);
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
    async fn standing(
        &self,
        matter: u64,
        documents: &[(usize, &Document)],
    ) -> Result<BTreeMap<String, types::DocumentState>, CallError> {
        let ids = documents
            .iter()
            .map(|(_, document)| self.case.document_source_id(document));
        let request = requests::find(matter, ids.collect());
        Ok(found(self.call().find_documents(request).await?))
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
            for (source_id, state) in self.standing(*matter, documents).await? {
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
        standing: &Standing,
        document: &Document,
    ) -> Line {
        let source_id = self.case.document_source_id(document);
        let (file, sha256) = match self.open(document).await {
            Ok(opened) => opened,
            Err(why) => return Line::unreadable(source_id, why),
        };
        let known = known(standing, &source_id, document);
        if let Some(id) = stands(known.as_ref(), sha256) {
            let others = known.map(|known| known.others).unwrap_or_default();
            return Line::new(source_id, Status::Linked).id(id, others);
        }
        let media_type = document
            .media_type
            .clone()
            .or(file.media_type.map(str::to_owned));
        let length = file.length;
        let limits = Limits::default().with_time_for(length);
        let mut call = self.call().limits(limits);
        let content = match runner::content(file, media_type.as_deref(), sha256) {
            Ok(content) => content,
            Err(error) => return Line::unreadable(source_id, format!("cannot be read: {error}")),
        };
        let url = match call.add_content(content) {
            Ok(url) => url,
            Err(error) => return Line::unreadable(source_id, format!("cannot be used: {error}")),
        };
        let offered = Offered {
            url,
            length,
            media_type,
            sha256: sha256.to_string(),
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
        match call.upload_document(request).await {
            Ok(outcome) => {
                if let Some(places) = &mut held {
                    places.learn(document, &outcome);
                }
                Line::new(source_id, uploaded(outcome.disposition)).id(outcome.id, outcome.others)
            }
            Err(error) => self.failed(source_id, Of::Document(document), &error),
        }
    }

    /// The line of a record whose call failed, or was to write in a dry run.
    pub(super) fn failed(&self, source_id: String, of: Of<'_>, error: &CallError) -> Line {
        if self.dry_run.is_some() && dry_run::held_back(error) {
            return Line::new(source_id, Status::WouldSend);
        }
        Line::failed(source_id, error, words::of(self.case, of, error))
    }

    /// Opens a document's file and digests it, off the thread that drives the
    /// calls. The file that was digested is the file that is uploaded.
    async fn open(&self, document: &Document) -> Result<(LocalFile, Digest), String> {
        let mut file = self
            .folder
            .file(&document.file)
            .map_err(|error| error.to_string())?;
        let digested = tokio::task::spawn_blocking(move || {
            let sha256 = file.sha256()?;
            std::io::Result::Ok((file, sha256))
        });
        match digested.await {
            Ok(Ok(digested)) => Ok(digested),
            Ok(Err(error)) => Err(format!("cannot be read: {error}")),
            Err(_) => Err("cannot be read: its reader ended early".to_owned()),
        }
    }

    pub(super) fn call(&self) -> Call {
        let requests = Arc::clone(&self.requests);
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let call = self
            .host
            .call(self.connection)
            .correlation(format!("{}/{number}", self.correlation))
            .on_stats(move |stats| {
                requests.fetch_add(stats.traffic.api_requests, Ordering::Relaxed);
            });
        match &self.dry_run {
            Some(dry_run) => dry_run.of(call),
            None => call,
        }
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
fn known(
    standing: &Standing,
    source_id: &str,
    document: &Document,
) -> Option<types::DocumentState> {
    let seen = match standing {
        Standing::NewMatter => Some(requests::absent(source_id)),
        Standing::Found(states) => states.get(source_id).cloned(),
    };
    // A folder may lie outside of the matter, where nobody looked: then only
    // what was seen counts, and not that nothing was.
    seen.filter(|seen| document.folder.is_none() || seen.status != types::DocumentStatus::Absent)
}

/// The id of a document that stands there complete with the same content.
fn stands(known: Option<&types::DocumentState>, sha256: Digest) -> Option<u64> {
    let known = known.filter(|known| known.status == types::DocumentStatus::Complete)?;
    known
        .id
        .filter(|_| known.sha256 == Some(sha256.to_string()))
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

pub(super) fn disposition(disposition: types::Disposition) -> Status {
    match disposition {
        types::Disposition::Created => Status::Created,
        types::Disposition::Linked => Status::Linked,
    }
}

fn uploaded(disposition: documents::UploadDisposition) -> Status {
    match disposition {
        documents::UploadDisposition::Created => Status::Created,
        documents::UploadDisposition::Linked => Status::Linked,
        documents::UploadDisposition::Completed => Status::Completed,
        documents::UploadDisposition::Changed => Status::Changed,
        documents::UploadDisposition::NewVersion => Status::NewVersion,
        documents::UploadDisposition::Moved => Status::Moved,
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
        let told = known(&Standing::NewMatter, "i:1/a", &document(None)).unwrap();
        assert_eq!(told, requests::absent("i:1/a"));
    }

    // CASES I9
    #[test]
    fn of_several_documents_none_is_called_absent() {
        let absent = requests::absent;
        assert_eq!(found(vec![absent("i:1/a")]).len(), 1);
        assert!(found(vec![absent("i:1/a"), absent("i:1/b")]).is_empty());
    }

    #[test]
    fn a_folder_that_nobody_looked_into_is_not_called_empty() {
        assert_eq!(
            known(&Standing::NewMatter, "i:1/a", &document(Some(7))),
            None
        );
        let seen = state(DocumentStatus::Incomplete, None);
        let found = Standing::Found([("i:1/a".to_owned(), seen.clone())].into());
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
