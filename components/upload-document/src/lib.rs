//! The action `documents.upload` as a component: types in, types out. All that
//! matters stands in `clio_api::upload_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("upload-document");

use clio_api::upload_document as api;
use clio_api::{CategoryId, ContactId, DocumentId, FolderId, MatterId};
use clio_guest::WasiTransport;
use exports::clio::actions::documents as wit;
use exports::clio::actions::types;

struct UploadDocument;

impl wit::Guest for UploadDocument {
    fn upload(request: wit::UploadRequest) -> Result<wit::UploadOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        api::upload(&mut transport, &asked(request))
            .map(answered)
            .map_err(refuse)
    }
}

export!(UploadDocument);

clio_guest::contract_error!(types);

fn asked(request: wit::UploadRequest) -> api::UploadRequest {
    api::UploadRequest {
        source_id: request.source_id,
        began: request.began,
        parent: match request.parent {
            wit::Parent::Matter(id) => api::Parent::Matter(MatterId(id)),
            wit::Parent::Folder(id) => api::Parent::Folder(FolderId(id)),
            wit::Parent::Contact(id) => api::Parent::Contact(ContactId(id)),
            wit::Parent::Document(id) => api::Parent::Document(DocumentId(id)),
        },
        folder_path: request.folder_path.unwrap_or_default(),
        name: request.name,
        content: api::DocumentContent {
            source: match request.content.source {
                wit::ContentSource::Inline(bytes) => api::ContentSource::Inline(bytes),
                wit::ContentSource::Url(url) => api::ContentSource::Url(url),
            },
            length: request.content.length,
            media_type: request.content.media_type,
            sha256: request.content.sha256,
        },
        provenance: match request.provenance {
            wit::Provenance::FromPerson => api::Provenance::FromPerson,
            wit::Provenance::Draft(approval) => api::Provenance::Draft(api::Approval {
                approver: approval.approver,
                at: approval.at,
                sha256: approval.sha256,
            }),
        },
        known: request.known.map(known),
        on_change: request.on_change.map(|on_change| match on_change {
            wit::OnChange::Report => api::OnChange::Report,
            wit::OnChange::NewVersion => api::OnChange::NewVersion,
        }),
        category: request.category.map(|category| match category {
            wit::Category::Id(id) => api::Category::Id(CategoryId(id)),
            wit::Category::Name(name) => api::Category::Name(name),
        }),
        received_at: request.received_at,
    }
}

fn known(state: types::DocumentState) -> api::DocumentState {
    api::DocumentState {
        source_id: state.source_id,
        status: match state.status {
            types::DocumentStatus::Absent => api::DocumentStatus::Absent,
            types::DocumentStatus::Incomplete => api::DocumentStatus::Incomplete,
            types::DocumentStatus::Complete => api::DocumentStatus::Complete,
            types::DocumentStatus::Trashed => api::DocumentStatus::Trashed,
            types::DocumentStatus::Moved => api::DocumentStatus::Moved,
        },
        id: state.id.map(DocumentId),
        sha256: state.sha256,
        others: state.others.into_iter().map(DocumentId).collect(),
    }
}

fn answered(outcome: api::UploadOutcome) -> wit::UploadOutcome {
    wit::UploadOutcome {
        id: outcome.id.0,
        disposition: match outcome.disposition {
            api::UploadDisposition::Created => wit::UploadDisposition::Created,
            api::UploadDisposition::Linked => wit::UploadDisposition::Linked,
            api::UploadDisposition::Completed => wit::UploadDisposition::Completed,
            api::UploadDisposition::Changed => wit::UploadDisposition::Changed,
            api::UploadDisposition::NewVersion => wit::UploadDisposition::NewVersion,
            api::UploadDisposition::Moved => wit::UploadDisposition::Moved,
        },
        sent: outcome.sent,
        others: outcome.others.into_iter().map(|id| id.0).collect(),
        folder: outcome.folder.map(|id| id.0),
        category: outcome.category.map(|id| id.0),
    }
}
