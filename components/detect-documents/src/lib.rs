//! The action `new-documents.detect` as a component: types in, types out. All
//! that matters stands in `clio_api::detect_documents`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("detect-documents");

use clio_api::detect_documents as api;
use clio_api::{CategoryId, DocumentId, FolderId, MatterId};
use clio_guest::WasiTransport;
use exports::clio::actions::new_documents as wit;
use exports::clio::actions::types;

struct DetectDocuments;

impl wit::Guest for DetectDocuments {
    fn detect(request: wit::DetectRequest) -> Result<wit::DetectOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        api::detect(&mut transport, &asked(request))
            .map(answered)
            .map_err(refuse)
    }
}

export!(DetectDocuments);

clio_guest::contract_error!(types);

fn asked(request: wit::DetectRequest) -> api::DetectRequest {
    api::DetectRequest {
        scope: match request.scope {
            wit::WatchScope::Account => api::WatchScope::Account,
            wit::WatchScope::Matter(id) => api::WatchScope::Matter(MatterId(id)),
            wit::WatchScope::Folder(id) => api::WatchScope::Folder(FolderId(id)),
            wit::WatchScope::Category(id) => api::WatchScope::Category(CategoryId(id)),
        },
        start: match request.start {
            wit::Start::Now => api::Start::Now,
            wit::Start::Beginning => api::Start::Beginning,
            wit::Start::Since(instant) => api::Start::Since(instant),
            wit::Start::Cursor(cursor) => api::Start::Cursor(cursor),
        },
        max_pages: request.max_pages,
        hint: request.hint.map(|hint| api::Hint {
            about: match hint.about {
                wit::Hinted::Matter(id) => api::Hinted::Matter(MatterId(id)),
                wit::Hinted::Document(id) => api::Hinted::Document(DocumentId(id)),
            },
            look: hint.look.unwrap_or(0),
        }),
    }
}

fn answered(outcome: api::DetectOutcome) -> wit::DetectOutcome {
    wit::DetectOutcome {
        documents: outcome
            .documents
            .into_iter()
            .map(|document| wit::NewDocument {
                id: document.id.0,
                name: document.name,
                matter: document.matter.map(|id| id.0),
                contact: document.contact.map(|id| id.0),
                folder: document.folder.map(|id| id.0),
                category: document.category.map(|id| id.0),
                media_type: document.media_type,
                size: document.size,
                created_at: document.created_at,
                source_id: document.source_id,
            })
            .collect(),
        cursor: outcome.cursor,
        more: outcome.more,
        look_again_ms: outcome.look_again_ms,
        waiting: outcome.waiting,
        dropped: outcome.dropped,
    }
}
