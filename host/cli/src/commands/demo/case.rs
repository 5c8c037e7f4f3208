//! The demo's chapters. Each acts through the same code as the commands do, and
//! then looks into the sandbox's account and trace for what it claims.

use std::fs;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clio_host::{Connection, Host, actions::detect_documents};
use clio_sandbox::{Control, DocumentState, Exchange, NewAutomation, Origin as Listener, Snapshot};
use jiff::Timestamp;

use super::files::GENERATED;
use super::narrator::Narrator;
use clio_runner::call_failure;
use clio_runner::case::Case;
use clio_runner::correlation;
use clio_runner::failure::Failure;
use clio_runner::files::Folder;
use clio_runner::home::Home;
use clio_runner::journal::Journal;
use clio_runner::lock::{Lock, Patience};
use clio_runner::state::{CaseState, Memory};
use clio_runner::sync::line::Status;
use clio_runner::sync::progress::Progress;
use clio_runner::sync::report::Report;
use clio_runner::sync::run::Sync;
use clio_runner::table::Table;

/// How late the firm's automation is.
const LATE: Duration = Duration::from_secs(120);
/// How long the demo lets pass for it: it may also take a while to finish.
const PASSES: Duration = Duration::from_secs(300);
/// The stage whose automation generates a document.
const STAGE: &str = "Retained";
/// An action that is given longer than this in a demo hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that the chapters need.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) tell: Narrator,
    pub(super) control: Control,
    pub(super) host: Host,
    pub(super) connection: Connection,
    pub(super) case_folder: PathBuf,
    pub(super) home: Home,
}

impl Story {
    /// Tells it all.
    pub(super) async fn told(&self) -> Result<(), Failure> {
        self.firm()?;
        let (folder, case) = self.case()?;
        self.goes_in(&folder, &case).await?;
        self.goes_in_again(&folder, &case).await?;
        let cursor = self.moves(&case).await?;
        self.detected(cursor).await?;
        self.account()
    }

    /// Requests to Clio since the beginning.
    pub(super) fn requests(&self) -> usize {
        self.api_exchanges().len()
    }

    fn firm(&self) -> Result<(), Failure> {
        self.tell.chapter("1. A firm's account")?;
        let account = self.control.snapshot();
        for area in &account.practice_areas {
            let stages = account
                .stages
                .iter()
                .filter(|stage| stage.practice_area == area.id);
            let names: Vec<&str> = stages.map(|stage| stage.name.as_str()).collect();
            self.tell.fact(&format!(
                "{}, with the stages {}",
                area.name,
                names.join(", ")
            ))?;
        }
        for stage in account.stages.iter().filter(|stage| stage.name == STAGE) {
            self.control.add_stage_automation(NewAutomation {
                stage: stage.id,
                name: GENERATED.0.to_owned(),
                content: Some(GENERATED.1.to_vec()),
                after: LATE,
            });
        }
        let minutes = LATE.as_secs() / 60;
        self.tell.fact(&format!(
            "A matter that comes to {STAGE} gets {:?} from Clio, {minutes} minutes later.",
            GENERATED.0
        ))?;
        let empty = account.contacts.is_empty()
            && account.matters.is_empty()
            && account.documents.is_empty();
        self.tell
            .claim("no contacts, no matters, no documents", empty)
    }

    fn case(&self) -> Result<(Folder, Case), Failure> {
        let unreadable = |error| Failure::host(format!("the demo's case cannot be read: {error}"));
        let folder = Folder::open(&self.case_folder).map_err(unreadable)?;
        let text = fs::read(self.case_folder.join("case.json")).map_err(unreadable)?;
        let case = Case::parse(&text, &folder).map_err(|mistakes| {
            Failure::host("the demo's case is not right")
                .details(mistakes.iter().map(ToString::to_string))
        })?;
        Ok((folder, case))
    }

    async fn goes_in(&self, folder: &Folder, case: &Case) -> Result<(), Failure> {
        self.tell
            .chapter("2. A case goes in: clio sync case.json")?;
        let report = self.sync(folder, case).await?;
        self.tell.fact(&report.render())?;
        let account = self.control.snapshot();
        let approved = case
            .documents
            .iter()
            .filter(|document| document.approved)
            .count();
        self.tell.claim(
            "one client and one matter, in the practice area and stage that the case names",
            account.contacts.len() == 1 && self.matter_is_right(&account, case),
        )?;
        self.tell.claim(
            &format!("{approved} documents, complete, byte for byte those of the case"),
            self.documents_are_right(&account, folder, case),
        )?;
        let drafts = case.documents.len() - approved;
        self.tell.claim(
            "the draft that nobody approved stayed out",
            drafts == 1 && report.count(Status::NotApproved) == drafts,
        )?;
        let trace = self.control.trace();
        let to_storage = |exchange: &&Exchange| exchange.origin == Listener::Storage;
        let storage: Vec<&Exchange> = trace.iter().filter(to_storage).collect();
        self.tell.claim(
            "the access token went to Clio, and never to its storage",
            storage.len() == approved
                && trace
                    .iter()
                    .all(|exchange| exchange.authorization != to_storage(&exchange)),
        )?;
        self.tell.claim(
            "Clio knew every parameter and every field that was sent",
            self.control.ignored().is_empty(),
        )
    }

    fn matter_is_right(&self, account: &Snapshot, case: &Case) -> bool {
        let [matter] = account.matters.as_slice() else {
            return false;
        };
        let area = account
            .practice_areas
            .iter()
            .find(|area| Some(area.id) == matter.practice_area);
        let stage = account
            .stages
            .iter()
            .find(|stage| Some(stage.id) == matter.stage);
        area.map(|area| &area.name) == case.matter.case_type.as_ref()
            && stage.map(|stage| &stage.name) == case.matter.stage.as_ref()
            && account
                .contacts
                .iter()
                .any(|contact| contact.id == matter.client)
    }

    fn documents_are_right(&self, account: &Snapshot, folder: &Folder, case: &Case) -> bool {
        let approved: Vec<_> = case
            .documents
            .iter()
            .filter(|document| document.approved)
            .collect();
        let stands = |document: &&clio_runner::case::Document| {
            let digest = folder
                .file(document.file.as_deref().unwrap_or_default())
                .ok()
                .and_then(|mut file| file.sha256().ok());
            let digest = digest.map(|digest| digest.to_string());
            account.documents.iter().any(|there| {
                there.name == document.name()
                    && there.complete
                    && there.latest().and_then(|version| version.sha256.clone()) == digest
            })
        };
        account.documents.len() == approved.len() && approved.iter().all(stands)
    }

    async fn goes_in_again(&self, folder: &Folder, case: &Case) -> Result<(), Failure> {
        self.tell.chapter("3. The same case again")?;
        let before = self.control.snapshot();
        let sent = self.requests();
        let report = self.sync(folder, case).await?;
        self.tell.fact(&report.render())?;
        let exchanges = self.api_exchanges().split_off(sent);
        self.tell.claim(
            &format!(
                "nothing was written: {} requests, all of them reads",
                exchanges.len()
            ),
            exchanges.iter().all(|exchange| exchange.method == "GET") && exchanges.len() <= 6,
        )?;
        self.tell.claim(
            "the account is what it was",
            self.control.snapshot() == before,
        )
    }

    /// Moves the matter to the stage with the automation; returns the cursor
    /// that was taken before.
    async fn moves(&self, case: &Case) -> Result<String, Failure> {
        self.tell
            .chapter(&format!("4. A person moves the matter to {STAGE}"))?;
        let start = self.detect(detect_documents::Start::Now).await?;
        self.tell.claim(
            "from here on new documents are watched for; those of the case are not new",
            start.documents.is_empty(),
        )?;
        let account = self.control.snapshot();
        let Some(matter) = account.matters.first() else {
            return self
                .tell
                .claim("the matter stands", false)
                .map(|()| String::new());
        };
        let there = |stage: &&clio_sandbox::StageState| {
            stage.name == STAGE && Some(stage.practice_area) == matter.practice_area
        };
        let stage = account.stages.iter().find(there).map(|stage| stage.id);
        self.control.set_stage(matter.id, stage.unwrap_or_default());
        let moved = self.control.snapshot();
        self.tell.claim(
            &format!(
                "the matter is at {STAGE}, and no longer at {}",
                stage_name(case)
            ),
            moved
                .matters
                .iter()
                .all(|moved| moved.stage == stage && stage != matter.stage),
        )?;
        let early = self
            .detect(detect_documents::Start::Cursor(start.cursor))
            .await?;
        self.tell
            .claim("no document is new yet", early.documents.is_empty())?;
        self.control.advance(PASSES);
        let minutes = PASSES.as_secs() / 60;
        self.tell
            .fact(&format!("{minutes} minutes pass, on the sandbox's clock."))?;
        let generated = self.generated();
        self.tell.claim(
            "Clio has generated a document",
            generated.is_some_and(|document| document.complete),
        )?;
        Ok(early.cursor)
    }

    async fn detected(&self, cursor: String) -> Result<(), Failure> {
        self.tell
            .chapter("5. The new document comes out: detect-documents")?;
        let found = self.detect(detect_documents::Start::Cursor(cursor)).await?;
        let generated = self.generated().map(|document| document.id);
        let told: Vec<u64> = found.documents.iter().map(|document| document.id).collect();
        for document in &found.documents {
            self.tell
                .fact(&format!("new: {}, document {}", document.name, document.id))?;
        }
        self.tell.claim(
            "it is told, and it alone",
            generated.is_some_and(|generated| told == [generated]),
        )?;
        let again = self
            .detect(detect_documents::Start::Cursor(found.cursor))
            .await?;
        self.tell.claim(
            "asked again, it is not told again",
            again.documents.is_empty(),
        )
    }

    /// What stands in the account at the end.
    fn account(&self) -> Result<(), Failure> {
        self.tell.chapter("What stands in the account")?;
        let account = self.control.snapshot();
        let mut table = Table::new(["record", "id", "name"]);
        for contact in &account.contacts {
            table.row([
                "contact".to_owned(),
                contact.id.to_string(),
                contact.name.clone(),
            ]);
        }
        for matter in &account.matters {
            let name = format!("{}: {}", matter.display_number, matter.description);
            table.row(["matter".to_owned(), matter.id.to_string(), name]);
        }
        for document in &account.documents {
            table.row([
                "document".to_owned(),
                document.id.to_string(),
                document.name.clone(),
            ]);
        }
        self.tell.fact(&table.render())?;
        let stands = (
            account.contacts.len(),
            account.matters.len(),
            account.documents.len(),
        );
        self.tell.claim(
            "one contact, one matter, four documents",
            stands == (1, 1, 4),
        )
    }

    /// The document of the firm's automation.
    fn generated(&self) -> Option<DocumentState> {
        let documents = self.control.snapshot().documents;
        documents
            .into_iter()
            .find(|document| document.name == GENERATED.0)
    }

    fn api_exchanges(&self) -> Vec<Exchange> {
        let mut trace = self.control.trace();
        trace.retain(|exchange| exchange.origin == Listener::Api);
        trace
    }

    async fn sync(&self, folder: &Folder, case: &Case) -> Result<Report, Failure> {
        let origin = self.connection.origin().to_string();
        let journal = Arc::new(Journal::of(&self.home)?);
        let memory = Memory::new(journal, &origin);
        let patience = Patience {
            no_wait: true,
            quiet: true,
        };
        let path = memory.case_lock(&case.source_id);
        let lock = Lock::take(&path, "the demo's case", patience).await?;
        let mut state = CaseState::read(&memory, lock, &case.source_id, Timestamp::now())?;
        state.update(|_| {})?;
        let sync = Sync {
            // The report follows at once; only a person watches a bar before it.
            progress: Progress::of_stderr(
                !std::io::stderr().is_terminal(),
                case.documents.len() + 2,
            ),
            ..Sync::new(
                &self.host,
                &self.connection,
                case,
                folder,
                correlation::new()?,
            )
        };
        let ran = sync.run(&mut state).await;
        sync.progress.end();
        let (report, settle) = ran?;
        settle.write(case, &mut state, true).await?;
        Ok(report)
    }

    async fn detect(
        &self,
        start: detect_documents::Start,
    ) -> Result<detect_documents::DetectOutcome, Failure> {
        let scope = detect_documents::WatchScope::Account;
        let request = detect_documents::DetectRequest {
            scope,
            start,
            max_pages: None,
            hint: None,
        };
        let call = self.host.call(&self.connection).deadline(PATIENCE);
        call.run(request)
            .await
            .map_err(|error| call_failure::of_run(&error))
    }
}

fn stage_name(case: &Case) -> &str {
    case.matter.stage.as_deref().unwrap_or("its first stage")
}
