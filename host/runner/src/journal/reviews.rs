//! The journal as a host asks it: what a machine made, and whether a person approved
//! that it goes to a place.

use clio_host::actions::upload_document::{Approval, Parent};
use clio_host::{DraftUpload, Made, Reviews, ReviewsError};

use super::drafts::{Draft, Status};
use super::{Journal, JournalError, instant};
use crate::digest::hex;

impl Reviews for Journal {
    fn is_machine_made(&self, account: &str, made: Made) -> Result<bool, ReviewsError> {
        Ok(self.made_by(account, made).map_err(told)?.is_some())
    }

    fn remember(&self, account: &str, made: Made, by: &str) -> Result<(), ReviewsError> {
        self.remember_made(account, made, by).map_err(told)
    }

    fn approval(&self, upload: &DraftUpload<'_>) -> Result<Option<Approval>, ReviewsError> {
        let found = self.approved_draft(upload).map_err(told)?;
        Ok(found.and_then(|draft| approval(&draft)))
    }

    fn uploaded(&self, upload: &DraftUpload<'_>, document: u64) -> Result<(), ReviewsError> {
        // Also one that was rejected, or whose time was over, meanwhile: it is there.
        let found = self.taken_draft(upload).map_err(told)?;
        found.map_or(Ok(()), |draft| {
            self.draft_uploaded(&draft, document).map_err(told)
        })
    }
}

impl Journal {
    /// The draft that a person approved of what is to be uploaded, which belongs to
    /// its source id from then on.
    fn approved_draft(&self, upload: &DraftUpload<'_>) -> Result<Option<Draft>, JournalError> {
        let found = self.drafts_of_bytes(upload.account, &hex(upload.sha256))?;
        let fits = |draft: &Draft| approval(draft).is_some() && is_place(draft, upload.parent);
        for draft in found.into_iter().filter(fits) {
            let is_its_own = match upload.dry_run {
                true => self.may_take_draft(&draft.id, upload.source_id)?,
                false => self.take_draft(&draft.id, upload.source_id)?,
            };
            if is_its_own {
                return Ok(Some(draft));
            }
        }
        Ok(None)
    }

    /// The draft that belongs to the source id of an upload.
    fn taken_draft(&self, upload: &DraftUpload<'_>) -> Result<Option<Draft>, JournalError> {
        let found = self.drafts_of_bytes(upload.account, &hex(upload.sha256))?;
        for draft in found {
            if is_place(&draft, upload.parent)
                && self.has_taken_draft(&draft.id, upload.source_id)?
            {
                return Ok(Some(draft));
            }
        }
        Ok(None)
    }
}

/// Whether a draft was added for a place: its matter, or the document there that
/// it is a version of. Of a folder or a contact nobody can tell the matter.
pub(crate) fn is_place(draft: &Draft, parent: &Parent) -> bool {
    match (parent, draft.about.version_of) {
        (Parent::Matter(matter), None) => *matter == draft.about.matter,
        (Parent::Document(document), Some(of)) => *document == of,
        _ => false,
    }
}

/// The approval of a draft, if a person gave it and nobody took it back.
pub(crate) fn approval(draft: &Draft) -> Option<Approval> {
    let stands = matches!(draft.status, Status::Approved | Status::Uploaded);
    let decision = draft.decision.as_ref().filter(|it| stands && it.approved)?;
    Some(Approval {
        approver: decision.by.clone(),
        at: instant(decision.at),
        sha256: draft.about.sha256.clone(),
    })
}

fn told(error: JournalError) -> ReviewsError {
    ReviewsError(error.to_string())
}
