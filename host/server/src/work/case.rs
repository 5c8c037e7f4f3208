//! Carries out the sync of a case.
//!
//! A case is asked for by its case file's text, which is kept sealed, and by where
//! its documents lie: in the folder of what was posted with it ([`posted`]), or in a
//! folder that is watched. What was begun is taken up by the next attempt.
//!
//! [`posted`]: super::posted

use std::path::PathBuf;
use std::sync::Arc;

use clio_runner::case::Mistake;
use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::files::Folder;
use clio_runner::journal::runs::{Class, NewRun, Run};
use clio_runner::sync::progress::{Listener, Progress};
use clio_runner::sync::report::Report;
use clio_runner::sync::{self, How, Mapped, OnChange};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::posted;
use crate::outcome::Outcome;
use crate::service::Service;

/// The kind of these runs.
pub(crate) const KIND: &str = "case";
/// Documents of a case that are uploaded at once.
const AT_ONCE: usize = 4;

/// What a run is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// The case's identifier, as the case file says it.
    pub(crate) source_id: String,
    /// The text of the case file.
    pub(crate) case: String,
    pub(crate) files: Files,
    /// What the same files that were posted with it have in common.
    #[serde(default)]
    pub(crate) content: String,
    /// Whether a document that stands in Clio with other content gets a version.
    pub(crate) new_version: bool,
}

/// Where a case's documents lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Files {
    /// They were posted with it: the name of their folder.
    Posted(String),
    Watched {
        folder: PathBuf,
        /// The folder in it, where the case has one of its own.
        within: Option<String>,
    },
}

impl Files {
    pub(crate) fn open(&self, service: &Service) -> Result<Folder, Failure> {
        match self {
            Self::Posted(name) => posted::open(&service.home, name),
            Self::Watched { folder, within } => {
                let unreadable = |why: String| {
                    let what = format!("the folder {} cannot be opened: {why}", folder.display());
                    Failure::new(Exit::Transient, what).next("make it readable; it is tried again")
                };
                let opened = Folder::open(folder).map_err(|error| unreadable(error.to_string()))?;
                let Some(within) = within else {
                    return Ok(opened);
                };
                opened
                    .folder(within)
                    .map_err(|error| unreadable(error.to_string()))
            }
        }
    }
}

/// The run of a case for an account. `once`: what is the same is taken once.
pub(crate) fn new_run<'a>(
    connection: &'a str,
    owner: &'a str,
    lane: &'a [&'a str],
    once: &'a [&'a str],
    class: Class,
    asked: &'a [u8],
) -> NewRun<'a> {
    NewRun {
        connection,
        owner,
        kind: KIND,
        // The case's own identifier is the caller's, and stays sealed.
        what: "sync",
        class,
        lane,
        // A later case file of a case is not overtaken by an earlier one.
        ordered: true,
        once,
        due: 0,
        asked,
    }
}

pub(super) async fn carry_out(
    service: &Arc<Service>,
    run: &Run,
    asked: Value,
) -> Result<Outcome, Failure> {
    let asked = read(asked)?;
    let folder = asked.files.open(service)?;
    let session = service.session_in(&run.connection, run.class).await?;
    if let Some(outcome) = service.another_account(run, &session.account.owner)? {
        return Ok(outcome);
    }
    // As it is by now: a mapping that was mended is why a case is tried again.
    let mapping = service.mapping(&run.connection);
    let mapped = Mapped::of(
        asked.case.as_bytes(),
        &folder,
        &service.home,
        mapping.as_deref(),
    )?;
    let mapped = match mapped {
        Ok(mapped) => mapped,
        Err(mistakes) => return Ok(wrong(&mistakes)),
    };
    let mistakes = mapped.mistakes(&session, &service.rehearsal).await?;
    if !mistakes.is_empty() {
        return Ok(wrong(&mistakes));
    }
    let how = How {
        on_change: match asked.new_version {
            true => OnChange::NewVersion,
            false => OnChange::Report,
        },
        // Another process works on the case: the turn is somebody else's meanwhile.
        no_wait: true,
        at_once: AT_ONCE,
        correlation: Some(run.id.clone()),
        quiet: true,
        ..How::default()
    };
    let (teller, id, connection) = (service.clone(), run.id.clone(), run.connection.clone());
    let listener = Listener(Box::new(move |says| teller.tell(&id, &connection, says)));
    let progress = Progress::To(listener);
    let ended = sync::case(&session, &mapped, &folder, how, progress, None, None).await?;
    let outcome = outcome(&ended.report);
    let failed = ended.report.failure().is_some();
    match ended.settle().await {
        // That is the failure that the report tells.
        Err(_) if failed => Ok(outcome),
        settled => settled.map(|()| outcome),
    }
}

pub(crate) fn read(asked: Value) -> Result<Asked, Failure> {
    serde_json::from_value(asked)
        .map_err(|_| Failure::host("what the case was asked with cannot be read"))
}

/// What a report comes to.
fn outcome(report: &Report) -> Outcome {
    let told = json!(report);
    let Some(failure) = report.failure() else {
        return Outcome::Done(told);
    };
    let told = json!({
        "message": failure.what(), "details": failure.all_details(),
        "next": failure.next_step(), "report": told,
    });
    let code = report.code();
    match failure.exit() {
        Exit::Transient => Outcome::Again {
            code,
            told,
            after: report.retry_after(),
        },
        _ => Outcome::Failed { code, told },
    }
}

/// What a case file with mistakes comes to. Nothing was sent.
fn wrong(mistakes: &[Mistake]) -> Outcome {
    let details: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    Outcome::Failed {
        code: "invalid_input".to_owned(),
        told: json!({
            "message": "the case file is not right; nothing was sent", "details": details,
            "next": "mend the case file, and hand it in again",
        }),
    }
}
