//! A draft on its way into Clio: its bytes as content of a call, and the approval
//! that the call brings.
//!
//! The host asks the journal once more before the call begins, so that what is said
//! here is for a person to read and is no gate by itself.

use std::sync::Arc;

use clio_host::actions::upload_document::{Approval, Parent};
use clio_host::{ContentReader, LocalContent};

use super::DraftBytes;
use crate::failure::Failure;
use crate::home::Home;
use crate::journal::drafts::{Draft, Status};
use crate::journal::{Journal, instant, reviews};

/// An approved draft.
#[derive(Debug)]
pub struct Ready {
    pub draft: Draft,
    pub approval: Approval,
    bytes: DraftBytes,
}

/// Why a draft is not uploaded. The message holds no client data.
#[derive(Debug)]
pub enum NotReady {
    /// There is none of that id for this account.
    Absent,
    /// Nobody approved that it goes there, or not any more; and what to do next.
    Refused(String, &'static str),
    Failed(Failure),
}

/// The draft of an account, if a person approved that it goes to `parent`. This
/// opens a file.
pub fn ready(
    home: &Home,
    journal: &Arc<Journal>,
    owner: &str,
    id: &str,
    parent: &Parent,
) -> Result<Ready, NotReady> {
    let found = journal.draft(owner, id);
    let found = found.map_err(|error| NotReady::Failed(error.into()))?;
    let draft = found.ok_or(NotReady::Absent)?;
    let approval = reviews::approval(&draft).ok_or_else(|| why(&draft))?;
    if !reviews::is_place(&draft, parent) {
        let next = "name the place that a person approved, or add the draft anew for another";
        return Err(NotReady::Refused(elsewhere(&draft), next));
    }
    let bytes = super::open(home, journal, &draft).map_err(NotReady::Failed)?;
    // Told now, as what it is: on its way it would look like a file that changes.
    if bytes.copy_to(&draft, &mut std::io::sink()).is_err() {
        let why = "The bytes of the draft are not those that were approved, or cannot be read.";
        return Err(NotReady::Refused(why.to_owned(), ADD_ANEW));
    }
    Ok(Ready {
        draft,
        approval,
        bytes,
    })
}

impl Ready {
    /// The queue's own bytes, compared with the digest as they are read.
    pub fn content(self, media_type: Option<&str>) -> LocalContent {
        let length = self.bytes.length();
        let content = LocalContent::from_reader(Arc::new(self.bytes), length);
        let content = match super::digest(&self.draft.about.sha256) {
            Some(sha256) => content.with_sha256(sha256.0),
            None => content,
        };
        match media_type.or(Some(&self.draft.about.media_type)) {
            None | Some("") => content,
            Some(media_type) => content.with_media_type(media_type),
        }
    }
}

impl ContentReader for DraftBytes {
    fn read_at(&self, from: u64, most: usize) -> std::io::Result<Vec<u8>> {
        Self::read_at(self, from, most)
    }
}

const ADD_ANEW: &str = "add the bytes anew with `clio review add`, and have a person approve them";

/// Why a draft is not approved.
fn why(draft: &Draft) -> NotReady {
    let decided = draft.decision.as_ref();
    let at = decided.map_or_else(String::new, |decision| {
        format!(" by {} at {}", decision.by, instant(decision.at))
    });
    match draft.status {
        Status::Rejected => NotReady::Refused(
            format!("The draft was rejected{at}."),
            "`clio review show ID` tells why; add what was mended with `clio review add`",
        ),
        Status::Expired => NotReady::Refused(
            "The draft is expired: its time for a review or an upload is over.".to_owned(),
            ADD_ANEW,
        ),
        _ => NotReady::Refused(
            "The draft waits for a person's review.".to_owned(),
            "`clio review show ID` shows it, and a person approves it with `clio review approve \
             ID`; then run the same again",
        ),
    }
}

fn elsewhere(draft: &Draft) -> String {
    let matter = draft.about.matter;
    match draft.about.version_of {
        None => format!(
            "The draft is for matter {matter} alone, as a document of its own: give the parent as \
             {{\"matter\": {matter}}}."
        ),
        Some(document) => format!(
            "The draft is a version of document {document} in matter {matter}, and nothing else: \
             give the parent as {{\"document\": {document}}}."
        ),
    }
}
