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

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use clio_host::{Call, CallError, Connection, Host, actions::create_matter, actions::types};
use tokio::sync::Mutex;

use super::OnChange;
use super::client::Client;
use super::edits;
use super::fields::FieldsOf;
use super::identity::{self, Refused};
use super::line::{Line, Status};
use super::places::Places;
use super::progress::Progress;
use super::report::Report;
use super::requests;
use super::settle::Settle;
use super::words::{self, Of};
use crate::case::{Case, Document};
use crate::dry_run::{self, DryRun};
use crate::failure::Failure;
use crate::files::Folder;
use crate::mapping::Note;
use crate::session::Session;
use crate::state::{CaseState, Markers, Member};

/// One sync.
#[derive(Debug)]
pub struct Sync<'a> {
    pub host: &'a Host,
    pub connection: &'a Connection,
    pub case: &'a Case,
    /// The account's marker fields, where it was set up.
    pub markers: Option<Markers>,
    pub folder: &'a Folder,
    /// Whose drafts the case may name.
    pub drafts: Option<&'a Session>,
    pub on_change: OnChange,
    /// Documents in flight. Their requests share the connection's budget.
    pub at_once: usize,
    pub progress: Progress,
    /// Counts the requests to Clio, repetitions by the host not counted.
    pub requests: Arc<AtomicU32>,
    /// The id of this run; each of its calls has it with a number.
    pub correlation: String,
    pub calls: AtomicU32,
    /// Where this is a dry run: what it holds back.
    pub dry_run: Option<DryRun>,
    /// What the mapping lacks.
    pub notes: Vec<Note>,
    pub places: Mutex<Places>,
    /// Say nothing while waiting.
    pub quiet: bool,
}

impl<'a> Sync<'a> {
    /// A sync that says nothing while it works, without marker fields.
    pub fn new(
        host: &'a Host,
        connection: &'a Connection,
        case: &'a Case,
        folder: &'a Folder,
        correlation: String,
    ) -> Self {
        Self {
            host,
            connection,
            case,
            markers: None,
            folder,
            drafts: None,
            on_change: OnChange::Report,
            at_once: 4,
            progress: Progress::Quiet,
            requests: Arc::default(),
            correlation,
            calls: AtomicU32::new(0),
            dry_run: None,
            notes: Vec::new(),
            places: Mutex::default(),
            quiet: true,
        }
    }

    /// A report in which nothing has been tried.
    pub fn untold(&self) -> Report {
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
    pub fn refused(&self, refused: Refused) -> Report {
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
    pub fn check(&self, state: &CaseState) -> Result<Option<Refused>, Failure> {
        Ok(identity::check(self.case, state.record(), state.memory())?)
    }

    /// Takes the case into Clio. Fails only when its memory cannot be written;
    /// what fails in Clio is in the report. Once that is out, what it told is
    /// to be settled.
    pub async fn run(&self, state: &mut CaseState) -> Result<(Report, Settle), Failure> {
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
    ) -> Result<Option<create_matter::ResolveOutcome>, ()> {
        let known = state.record().matter.is_some();
        let Some(request) = requests::resolve(self.case).filter(|_| !known) else {
            return Ok(None);
        };
        self.progress.doing("the practice area");
        self.call().run(request).await.map(Some).map_err(|error| {
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
        resolved: Option<&create_matter::ResolveOutcome>,
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
        let outcome = self.call().run(request).await;
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
    pub(super) fn edited(
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

    /// The line of a record whose call failed, or was to write in a dry run.
    pub(super) fn failed(&self, source_id: String, of: Of<'_>, error: &CallError) -> Line {
        if self.dry_run.is_some() && dry_run::held_back(error) {
            return Line::new(source_id, Status::WouldSend);
        }
        Line::failed(source_id, error, words::of(self.case, of, error))
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

pub(super) fn disposition(disposition: types::Disposition) -> Status {
    match disposition {
        types::Disposition::Created => Status::Created,
        types::Disposition::Linked => Status::Linked,
    }
}
