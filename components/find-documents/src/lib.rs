//! The action `document-states.find` as a component: types in, types out. All
//! that matters stands in `clio_api::upload_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("find-documents");

use alloc::vec::Vec;

use clio_api::upload_document as api;
use clio_api::{ContactId, FolderId, MatterId};
use clio_guest::WasiTransport;
use exports::clio::actions::document_states as wit;
use exports::clio::actions::types;

struct FindDocuments;

impl wit::Guest for FindDocuments {
    fn find(request: wit::FindRequest) -> Result<Vec<types::DocumentState>, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let states = api::find(&mut transport, &asked(request)).map_err(refuse)?;
        Ok(states.into_iter().map(answered).collect())
    }
}

export!(FindDocuments);

clio_guest::contract_error!(types);

fn asked(request: wit::FindRequest) -> api::FindRequest {
    api::FindRequest {
        scope: match request.scope {
            wit::Scope::Matter(id) => api::Scope::Matter(MatterId(id)),
            wit::Scope::Folder(id) => api::Scope::Folder(FolderId(id)),
            wit::Scope::Contact(id) => api::Scope::Contact(ContactId(id)),
        },
        source_ids: request.source_ids,
    }
}

fn answered(state: api::DocumentState) -> types::DocumentState {
    types::DocumentState {
        source_id: state.source_id,
        status: match state.status {
            api::DocumentStatus::Absent => types::DocumentStatus::Absent,
            api::DocumentStatus::Incomplete => types::DocumentStatus::Incomplete,
            api::DocumentStatus::Complete => types::DocumentStatus::Complete,
            api::DocumentStatus::Trashed => types::DocumentStatus::Trashed,
            api::DocumentStatus::Moved => types::DocumentStatus::Moved,
        },
        id: state.id.map(|id| id.0),
        sha256: state.sha256,
        others: state.others.into_iter().map(|id| id.0).collect(),
    }
}
