//! The jobs, once for all paths that take the contract's Rust types.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use clio_api::{Failure, Transport};
use clio_types::Request;
use clio_types::create_matter::{CreateOutcome, CreateRequest};
use clio_types::detect_documents::{DetectOutcome, DetectRequest, Start, WatchScope};
use clio_types::find_documents::{FindRequest, Scope};
use clio_types::sync_contact::{Contact, Email, Person, SyncOutcome, SyncRequest};
use clio_types::types::DocumentState;
use clio_types::upload_document::{
    Content, ContentSource, Parent, Provenance, UploadOutcome, UploadRequest,
};

use crate::spec::Spec;

/// Bytes of a case's document.
const SIZE: usize = 20 << 10;

/// A request that is also answered natively.
pub(crate) trait Asked: Request {
    fn native<T: Transport>(&self, transport: &mut T) -> Result<Self::Outcome, Failure>;
}

macro_rules! asked {
    ($($request:ty => $outcome:ty, $function:path;)*) => {$(
        impl Asked for $request {
            fn native<T: Transport>(&self, transport: &mut T) -> Result<$outcome, Failure> {
                $function(transport, self)
            }
        }
    )*};
}
asked! {
    FindRequest => Vec<DocumentState>, clio_api::find_documents::find;
    SyncRequest => SyncOutcome, clio_api::sync_contact::sync;
    CreateRequest => CreateOutcome, clio_api::create_matter::create;
    UploadRequest => UploadOutcome, clio_api::upload_document::upload;
    DetectRequest => DetectOutcome, clio_api::detect_documents::detect;
}

/// A path by which an action is called.
pub(crate) trait Runner {
    /// Runs one action. The error says what went wrong.
    async fn run<R: Asked>(&self, request: R) -> Result<R::Outcome, String>;

    /// Uploads with the file as the content.
    async fn upload(&self, request: UploadRequest, file: &Path) -> Result<UploadOutcome, String>;
}

/// What a process's actions have in common.
#[derive(Debug)]
pub(crate) struct Story {
    spec: Spec,
    /// No other process's names.
    run: String,
    cursor: Mutex<Option<String>>,
}

impl Story {
    pub(crate) fn new(spec: &Spec) -> Self {
        let now = UNIX_EPOCH.elapsed().unwrap_or(Duration::ZERO).as_micros();
        Self {
            spec: spec.clone(),
            run: format!("{}-{now:x}", std::process::id()),
            cursor: Mutex::new(None),
        }
    }

    /// Does the job once, as the process's action `i`. A job that fails ends
    /// the process: its figures would be another job's.
    pub(crate) async fn act<R: Runner>(&self, runner: &R, i: usize) {
        let job = self.spec.job.as_str();
        if let Err(error) = self.tried(runner, job, i).await {
            panic!("{job} by {}: {error}", self.spec.path);
        }
    }

    async fn tried<R: Runner>(&self, runner: &R, job: &str, i: usize) -> Result<(), String> {
        let matter = self.spec.peer.matter;
        match job {
            // Refused by the action itself, before any request.
            "nothing" => match runner.run(find(matter, vec![])).await {
                Ok(_) => Err("an empty search was not refused".into()),
                Err(_) => Ok(()),
            },
            "find" => {
                let states = runner.run(find(matter, vec!["bench:doc".into()])).await?;
                states[0]
                    .id
                    .map(|_| ())
                    .ok_or("the document is absent".into())
            }
            // As `find`, but it may well be refused: who waits is measured.
            "wait" => {
                let _ = runner.run(find(matter, vec!["bench:doc".into()])).await;
                Ok(())
            }
            "found" => {
                let contact = contact("Found", "ann.found@example.com".into());
                runner.run(contact).await.map(drop)
            }
            "new" => runner.run(contact("New", self.address(i))).await.map(drop),
            "case" => self.case(runner, i).await,
            "detect" => self.detect(runner).await,
            "upload" => {
                let id = format!("bench:{}-{i}", self.run);
                let content = Content::new(ContentSource::Inline(Vec::new()));
                let request = upload(id, matter, "big.pdf".into(), content);
                let file = self.spec.file.as_deref().ok_or("no file is named")?;
                runner.upload(request, file).await.map(drop)
            }
            other => Err(format!("there is no job {other}")),
        }
    }

    fn address(&self, i: usize) -> String {
        format!("n{}-{i}@example.com", self.run)
    }

    /// A new client, a new matter, and documents in it.
    async fn case<R: Runner>(&self, runner: &R, i: usize) -> Result<(), String> {
        let id = format!("bench:{}-{i}", self.run);
        let client = runner.run(contact("Case", self.address(i))).await?;
        let mut matter = CreateRequest::new(id.clone(), client.id, "Case");
        matter.client_is_new = Some(true);
        let matter = runner.run(matter).await?.id;
        let ids = (0..self.spec.documents).map(|k| format!("{id}-{k}"));
        let states = runner.run(find(matter, ids.collect())).await?;
        for (k, known) in states.into_iter().enumerate() {
            let bytes = vec![k as u8; SIZE];
            let content = Content::new(ContentSource::Inline(bytes));
            let mut request = upload(format!("{id}-{k}"), matter, format!("d{k}.pdf"), content);
            request.known = Some(known);
            runner.run(request).await?;
        }
        Ok(())
    }

    /// The first poll makes the cursor from which all others read on.
    async fn detect<R: Runner>(&self, runner: &R) -> Result<(), String> {
        let kept = self.cursor.lock().map_err(|e| e.to_string())?.clone();
        let start = kept.clone().map_or(Start::Now, Start::Cursor);
        let outcome = runner
            .run(DetectRequest::new(WatchScope::Account, start))
            .await?;
        if kept.is_none() {
            *self.cursor.lock().map_err(|e| e.to_string())? = Some(outcome.cursor);
        }
        Ok(())
    }
}

fn find(matter: u64, source_ids: Vec<String>) -> FindRequest {
    let mut request = FindRequest::new(Scope::Matter(matter));
    request.source_ids = source_ids;
    request
}

fn contact(last_name: &str, address: String) -> SyncRequest {
    let person = Person {
        first_name: Some("Ann".into()),
        last_name: Some(last_name.into()),
        ..Person::default()
    };
    let mut request = SyncRequest::new(format!("bench:{address}"), Contact::Person(person));
    request.emails = vec![Email::new(address)];
    request
}

fn upload(id: String, matter: u64, name: String, content: Content) -> UploadRequest {
    UploadRequest::new(
        id,
        Parent::Matter(matter),
        name,
        content,
        Provenance::FromPerson,
    )
}
