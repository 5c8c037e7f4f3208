//! The actions of `document-automations` as a component: types in, types out.
//! All that matters stands in `clio_api::generate_document`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("generate-document");

use alloc::vec::Vec;

use clio_api::generate_document as api;
use clio_api::{Disposition, MatterId};
use clio_guest::WasiTransport;
use exports::clio::actions::document_automations as wit;
use exports::clio::actions::types;

struct GenerateDocument;

impl wit::Guest for GenerateDocument {
    fn templates(request: wit::TemplatesRequest) -> Result<wit::TemplatesOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let page = api::templates(&mut transport, request.cursor.as_deref()).map_err(refuse)?;
        Ok(wit::TemplatesOutcome {
            templates: page.templates.into_iter().map(template).collect(),
            cursor: page.cursor,
        })
    }

    fn start(request: wit::StartRequest) -> Result<wit::StartOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::StartRequest {
            source_id: request.source_id,
            began: request.began,
            matter: MatterId(request.matter),
            template: request.template,
            filename: request.filename,
            formats: request.formats.into_iter().map(format).collect(),
        };
        let started = api::start(&mut transport, &request).map_err(refuse)?;
        Ok(wit::StartOutcome {
            id: started.automation.id,
            disposition: match started.disposition {
                Disposition::Created => types::Disposition::Created,
                Disposition::Linked => types::Disposition::Linked,
            },
            state: state(started.automation.state),
            documents: documents(started.automation.documents),
            look_again_ms: started.automation.look_again_ms,
            others: started.others,
        })
    }

    fn follow(request: wit::FollowRequest) -> Result<wit::FollowOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let automation = api::follow(&mut transport, request.id).map_err(refuse)?;
        Ok(wit::FollowOutcome {
            id: automation.id,
            state: state(automation.state),
            documents: documents(automation.documents),
            look_again_ms: automation.look_again_ms,
        })
    }
}

export!(GenerateDocument);

clio_guest::contract_error!(types);

fn template(template: api::Template) -> wit::Template {
    wit::Template {
        id: template.id,
        filename: template.filename,
        media_type: template.media_type,
        category: template.category.map(|id| id.0),
        updated_at: template.updated_at,
    }
}

fn format(format: wit::DocumentFormat) -> api::Format {
    match format {
        wit::DocumentFormat::Original => api::Format::Original,
        wit::DocumentFormat::Pdf => api::Format::Pdf,
    }
}

fn state(state: api::State) -> wit::AutomationState {
    match state {
        api::State::NotStarted => wit::AutomationState::NotStarted,
        api::State::Queued => wit::AutomationState::Queued,
        api::State::InProgress => wit::AutomationState::InProgress,
        api::State::Empty => wit::AutomationState::Empty,
        api::State::Failed => wit::AutomationState::Failed,
        api::State::Completed => wit::AutomationState::Completed,
    }
}

fn documents(documents: Vec<api::Generated>) -> Vec<wit::GeneratedDocument> {
    documents
        .into_iter()
        .map(|document| wit::GeneratedDocument {
            id: document.id.0,
            name: document.name,
        })
        .collect()
}
