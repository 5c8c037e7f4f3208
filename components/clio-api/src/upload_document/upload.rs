//! `upload-document.upload`: look, decide, create or take up, fill, finish.
//!
//! A document that is known to be absent costs two requests to Clio and one to
//! storage; one that stands there with the same content costs none beside the
//! look.

use clio_types::types::{DocumentState, ProblemCode};

use super::content::Bytes;
use super::finish::{Finish, finish, has_whole_version, read};
use super::storage::{Put, Slot, put};
use super::wire::{
    self, CategoryBody, NewDocument, ParentBody, Part, PropertyChange, Row, SHA256, SOURCE_ID,
    Version,
};
use super::{
    Category, DocumentStatus, OnChange, Parent, Scope, UploadDisposition, UploadOutcome,
    UploadRequest, check::check, folders, parts, version,
};
use crate::answer::{About, Applied, outcome_unknown};
use crate::client::Client;
use crate::find_documents::{look_for, properties_hidden};
use crate::ids::{CategoryId, DocumentId, FolderId};
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Makes sure that one document stands in Clio, whole, and returns it.
pub fn upload<T: Transport>(
    transport: &mut T,
    request: &UploadRequest,
) -> Result<UploadOutcome, Failure> {
    check(request, transport.origin(), transport.now())?;
    let bytes = Bytes::prepare(transport, request)?;
    Upload {
        client: Client::new(transport),
        request,
        bytes,
        others: Vec::new(),
        folder: None,
        named_category: None,
    }
    .run()
}

struct Upload<'t, 'r, T: Transport> {
    client: Client<'t, T>,
    request: &'r UploadRequest,
    bytes: Bytes<'r, T::Content>,
    others: Vec<u64>,
    /// Where the path of folders led.
    folder: Option<FolderId>,
    /// What the name of a category led to.
    named_category: Option<CategoryId>,
}

impl<T: Transport> Upload<'_, '_, T> {
    fn run(mut self) -> Result<UploadOutcome, Failure> {
        let scope = match self.request.parent {
            Parent::Matter(id) => Scope::Matter(id),
            Parent::Folder(id) => Scope::Folder(id),
            Parent::Contact(id) => Scope::Contact(id),
            Parent::Document(id) => return self.of_document(DocumentId(id)),
        };
        let state = match &self.request.known {
            Some(known) => known.clone(),
            None => self.look(scope)?,
        };
        self.others = state.others;
        match (state.status, state.id.map(DocumentId)) {
            (DocumentStatus::Trashed, Some(id)) => Err(removed(id)),
            (DocumentStatus::Moved, Some(id)) => Ok(self.moved(id)),
            (DocumentStatus::Complete, Some(id)) => {
                self.compare(id, scope, state.sha256.as_deref(), None)
            }
            (DocumentStatus::Incomplete, Some(id)) => self.take_up(id, scope),
            _ => self.create(scope),
        }
    }

    fn look(&mut self, scope: Scope) -> Result<DocumentState, Failure> {
        look_for(&mut self.client, "/parent", scope, &self.request.source_id)
    }

    /// Somebody moved the document: it is left alone.
    fn moved(self, id: DocumentId) -> UploadOutcome {
        self.outcome(id, UploadDisposition::Moved, 0)
    }

    fn outcome(self, id: DocumentId, disposition: UploadDisposition, sent: u64) -> UploadOutcome {
        let mut others = self.others;
        others.retain(|other| *other != id.0);
        UploadOutcome {
            id: id.0,
            disposition,
            sent,
            others,
            folder: self.folder.map(|id| id.0),
            category: self.named_category.map(|id| id.0),
        }
    }

    /// A complete document stands there.
    fn compare(
        mut self,
        id: DocumentId,
        scope: Scope,
        recorded: Option<&str>,
        row: Option<Row>,
    ) -> Result<UploadOutcome, Failure> {
        // Without a recorded digest there is nothing to compare.
        let same = match recorded {
            None => true,
            Some(recorded) => self
                .bytes
                .sha256(self.client.transport)?
                .is_none_or(|sha256| sha256 == recorded),
        };
        if same {
            return Ok(self.outcome(id, UploadDisposition::Linked, 0));
        }
        if self.request.on_change != Some(OnChange::NewVersion) {
            return Ok(self.outcome(id, UploadDisposition::Changed, 0));
        }
        let row = match row {
            Some(row) => row,
            None => self.read(id)?.ok_or_else(|| removed(id))?,
        };
        if row.lies_in(scope) == Some(false) {
            return Ok(self.moved(id));
        }
        self.add_version(row, UploadDisposition::NewVersion)
    }

    /// Reads a document that is to be changed: never one in the trash.
    fn read(&mut self, id: DocumentId) -> Result<Option<Row>, Failure> {
        let row = read(&mut self.client, id)?;
        match &row {
            Some(row) if row.is_trashed() => Err(removed(id)),
            Some(row) if !row.external_properties.is_visible() => Err(properties_hidden()),
            _ => Ok(row),
        }
    }

    /// Whether a version of the document is whole, be it not the latest.
    fn stands(&mut self, row: &Row) -> Result<bool, Failure> {
        Ok(row.is_complete()
            || row.is_later_version() && has_whole_version(&mut self.client, row.id)?)
    }

    /// The caller names the document that gets a version.
    fn of_document(mut self, id: DocumentId) -> Result<UploadOutcome, Failure> {
        let Some(row) = self.read(id)? else {
            return Err(Failure::permanent(
                ProblemCode::NotFound,
                "The document that should get a version does not exist, or may not be seen.",
            )
            .status(404)
            .field("/parent/document"));
        };
        let conflict = |message| {
            Err(Failure::permanent(ProblemCode::Conflict, message)
                .field("/parent/document")
                .candidates([id.0]))
        };
        let carried = wire::value(&row.external_properties, SOURCE_ID);
        let is_ours = carried == Some(self.request.source_id.as_str());
        if carried.is_some() && !is_ours {
            return conflict(
                "The document carries another source id. Give that one, or another document.",
            );
        }
        if !self.stands(&row)? {
            if is_ours {
                return self.continue_with(row);
            }
            return conflict(
                "Somebody else has not finished uploading the document. Wait until it is whole, or \
                 give another document.",
            );
        }
        let ours = self.bytes.sha256(self.client.transport)?;
        if ours.is_some() && ours == row.sha256() {
            return Ok(self.outcome(id, UploadDisposition::Linked, 0));
        }
        self.add_version(row, UploadDisposition::NewVersion)
    }

    /// An upload was interrupted.
    fn take_up(mut self, id: DocumentId, scope: Scope) -> Result<UploadOutcome, Failure> {
        let Some(row) = self.read(id)? else {
            // It was purged, so nothing of it stands in the way.
            return self.create(scope);
        };
        if wire::value(&row.external_properties, SOURCE_ID) != Some(&self.request.source_id) {
            return Err(Failure::permanent(
                ProblemCode::Conflict,
                "The known document carries another source id. Leave `known` out.",
            )
            .field("/known/id")
            .candidates([id.0]));
        }
        if row.lies_in(scope) == Some(false) {
            return Ok(self.moved(id));
        }
        if self.stands(&row)? {
            let recorded = row.sha256().map(str::to_owned);
            return self.compare(id, scope, recorded.as_deref(), Some(row));
        }
        self.continue_with(row)
    }

    /// Completes the upload of a document that this source id began.
    ///
    /// Its first version was made with our source id. Nothing says whose a later
    /// one is, so that one is left alone and gets a successor.
    fn continue_with(mut self, row: Row) -> Result<UploadOutcome, Failure> {
        let id = row.id;
        let disposition = UploadDisposition::Completed;
        if row.is_later_version() {
            return self.add_version(row, disposition);
        }
        let begun = row.version();
        let sha256 = self.bytes.sha256(self.client.transport)?.map(str::to_owned);
        let changes = version::changes(&row, &self.request.source_id, sha256.as_deref());

        // Where the recorded digest is ours, the bytes may be there, and only the last step is missing. Not so of
        // what may have gone in parts: Clio takes those it was told of for all
        // there are, and would complete a document that lacks its end.
        if self.bytes.fit_one_part()
            && sha256.is_some()
            && sha256.as_deref() == row.sha256()
            && let Some(uuid) = &begun.uuid
            && finish(&mut self.client, id, uuid, &changes, true)? == Finish::Done
        {
            return Ok(self.outcome(id, disposition, 0));
        }
        self.bytes.begin(self.client.transport)?;
        // Parts that were sent before may be of another content.
        if self.bytes.parts().is_some() {
            return self.add_version(row, disposition);
        }
        match self.fill(id, &begun)? {
            None | Some(Put::Expired) => self.add_version(row, disposition),
            Some(ended) => self.finish(id, &begun, &changes, &ended, disposition),
        }
    }

    /// Sends the bytes to a version's place. `None`: it names none.
    fn fill(&mut self, id: DocumentId, version: &Version) -> Result<Option<Put>, Failure> {
        if let Some(buffered) = self.bytes.parts() {
            return parts::send(&mut self.client, id, version, buffered);
        }
        let Some(slot) = Slot::of(version) else {
            return Ok(None);
        };
        put(self.client.transport, &slot, &mut self.bytes).map(Some)
    }

    /// The first part, of a content that goes in parts.
    fn first_part(&mut self) -> Option<Part> {
        let first = self.bytes.parts()?;
        Some(parts::announce(1, first))
    }

    fn add_version(
        mut self,
        row: Row,
        disposition: UploadDisposition,
    ) -> Result<UploadOutcome, Failure> {
        // An unreadable source leaves nothing half-made.
        let sha256 = self.bytes.sha256(self.client.transport)?.map(str::to_owned);
        self.bytes.begin(self.client.transport)?;
        let changes = version::changes(&row, &self.request.source_id, sha256.as_deref());
        let part = self.first_part();
        let version = version::add(&mut self.client, self.request, &row, part)?;
        let ended = self.fill(row.id, &version)?;
        let ended = ended.ok_or_else(|| version::no_place(row.id))?;
        self.finish(row.id, &version, &changes, &ended, disposition)
    }

    fn create(mut self, scope: Scope) -> Result<UploadOutcome, Failure> {
        const WHAT: &str = "create the document";
        let sha256 = self.bytes.sha256(self.client.transport)?.map(str::to_owned);
        self.bytes.begin(self.client.transport)?;
        let category = self.category()?;
        let parent = self.place(scope)?;
        let mut external_properties = vec![PropertyChange::Create {
            name: SOURCE_ID,
            value: self.request.source_id.clone(),
        }];
        external_properties.extend(sha256.map(|value| PropertyChange::Create {
            name: SHA256,
            value,
        }));
        let body = NewDocument {
            name: self.request.name.trim(),
            parent: ParentBody::of(parent),
            content_type: self.request.content.media_type.as_deref(),
            document_category: category.map(|id| CategoryBody { id }),
            received_at: self.request.received_at.as_deref(),
            external_properties,
            multiparts: self.first_part().map(|part| [part]),
        };
        let query = Query::new("documents.json").fields(body.fields());
        let row = match self.client.post::<_, Row>(WHAT, query, &body) {
            Ok(row) => row,
            Err(error) if error.applied == Applied::Unknown => {
                let state = match self.look(scope) {
                    Ok(state) => state,
                    Err(_) => return Err(unknown(error)),
                };
                let (DocumentStatus::Incomplete, Some(id)) = (state.status, state.id) else {
                    return Err(unknown(error));
                };
                match self.read(DocumentId(id))? {
                    Some(row) => row,
                    None => return Err(unknown(error)),
                }
            }
            Err(error) => {
                return Err(match error.about {
                    About::Unknown | About::Parent if error.status() == Some(404) => {
                        error.at("/parent").into()
                    }
                    _ => error.into(),
                });
            }
        };
        if wire::value(&row.external_properties, SOURCE_ID) != Some(&self.request.source_id) {
            return Err(Failure::permanent(
                ProblemCode::UnexpectedAnswer,
                "Clio noted the document, but does not show its source id, so that it could not \
                 be found again. Nothing was uploaded. Look at the document in Clio.",
            )
            .field("/source_id")
            .candidates([row.id.0]));
        }
        // A document that was found after a lost answer need not show its URL
        // again.
        let version = row.version();
        match self.fill(row.id, &version)? {
            None => self.add_version(row, UploadDisposition::Created),
            Some(ended) => self.finish(row.id, &version, &[], &ended, UploadDisposition::Created),
        }
    }

    /// The document category that was asked for.
    fn category(&mut self) -> Result<Option<CategoryId>, Failure> {
        match &self.request.category {
            None => Ok(None),
            Some(Category::Id(id)) => Ok(Some(CategoryId(*id))),
            Some(Category::Name(name)) => {
                self.named_category = Some(folders::category(&mut self.client, name)?);
                Ok(self.named_category)
            }
        }
    }

    /// Where a new document goes.
    fn place(&mut self, scope: Scope) -> Result<Scope, Failure> {
        let path = self.request.folder_path.as_deref().unwrap_or_default();
        if path.is_empty() {
            return Ok(scope);
        }
        let folder = folders::ensure(&mut self.client, scope, path)?;
        self.folder = Some(folder);
        Ok(Scope::Folder(folder.0))
    }

    fn finish(
        mut self,
        id: DocumentId,
        version: &Version,
        changes: &[PropertyChange],
        ended: &Put,
        disposition: UploadDisposition,
    ) -> Result<UploadOutcome, Failure> {
        if *ended == Put::Expired {
            return Err(not_there(
                "The upload URL was over before the bytes arrived.",
            ));
        }
        let sent = self.bytes.sent();
        let uuid = version.uuid.as_deref().unwrap_or_default();
        match finish(&mut self.client, id, uuid, changes, false)? {
            Finish::Done => Ok(self.outcome(id, disposition, sent)),
            Finish::NoBytes => Err(not_there("The bytes did not arrive in storage.")),
        }
    }
}

fn unknown(error: crate::answer::ApiError) -> Failure {
    let mut failure = outcome_unknown("create the document", error);
    failure
        .problem
        .message
        .push_str(" Leave `known` out then: it may be outdated.");
    failure
}

fn not_there(why: &str) -> Failure {
    Failure::transient(
        ProblemCode::UploadIncomplete,
        format!("{why} Try again later, without `known`: the upload is taken up."),
    )
}

fn removed(id: DocumentId) -> Failure {
    Failure::permanent(
        ProblemCode::Removed,
        "The document lies in the trash, or was removed in Clio. Restore it there, or give another \
         source id.",
    )
    .candidates([id.0])
}
