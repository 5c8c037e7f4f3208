//! The action `matters.create` as a component: types in, types out. All that
//! matters stands in `clio_api::create_matter`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("create-matter");

use clio_api::create_matter as api;
use clio_api::{ContactId, CustomFieldId, MatterId};
use clio_guest::WasiTransport;
use exports::clio::actions::matters as wit;
use exports::clio::actions::types;

struct CreateMatter;

impl wit::Guest for CreateMatter {
    fn create(request: wit::CreateRequest) -> Result<wit::CreateOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        api::create(&mut transport, &asked(request))
            .map(answered)
            .map_err(refuse)
    }

    fn resolve(request: wit::ResolveRequest) -> Result<wit::ResolveOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let request = api::ResolveRequest {
            practice_area: request.practice_area.map(practice_area),
            matter_stage: request.matter_stage.map(named_stage),
        };
        let outcome = api::resolve(&mut transport, &request).map_err(refuse)?;
        Ok(wit::ResolveOutcome {
            practice_area: outcome.practice_area,
            matter_stage: outcome.matter_stage,
        })
    }
}

export!(CreateMatter);

clio_guest::contract_error!(types);
clio_guest::contract_disposition!(types);

fn asked(request: wit::CreateRequest) -> api::CreateRequest {
    api::CreateRequest {
        source_id: request.source_id,
        began: request.began,
        client: ContactId(request.client),
        client_is_new: request.client_is_new.unwrap_or(false),
        title: request.title,
        case_number: request.case_number,
        numbering: request.numbering.map(|numbering| match numbering {
            wit::Numbering::Automatic => api::Numbering::Automatic,
            wit::Numbering::Manual => api::Numbering::Manual,
        }),
        practice_area: request.practice_area.map(practice_area),
        matter_stage: request.matter_stage.map(matter_stage),
        status: request.status.map(|status| match status {
            wit::MatterStatus::Open => api::MatterStatus::Open,
            wit::MatterStatus::Pending => api::MatterStatus::Pending,
            wit::MatterStatus::Closed => api::MatterStatus::Closed,
        }),
        known_id: request.known_id.map(MatterId),
        other_clients: request.other_clients.into_iter().map(ContactId).collect(),
        find_others: request.find_others.unwrap_or(false),
        marker_field: request.marker_field.map(CustomFieldId),
        on_removed: request.on_removed.map(|on_removed| match on_removed {
            wit::OnRemoved::Create => api::OnRemoved::Create,
        }),
    }
}

fn practice_area(named: wit::PracticeArea) -> api::Named {
    match named {
        wit::PracticeArea::Id(id) => api::Named::Id(id),
        wit::PracticeArea::Name(name) => api::Named::Name(name),
    }
}

fn matter_stage(stage: wit::MatterStage) -> api::MatterStage {
    match stage {
        wit::MatterStage::Resolved(id) => api::MatterStage::Resolved(id),
        other => api::MatterStage::Named(named_stage(other)),
    }
}

fn named_stage(stage: wit::MatterStage) -> api::Named {
    match stage {
        wit::MatterStage::Id(id) | wit::MatterStage::Resolved(id) => api::Named::Id(id),
        wit::MatterStage::Name(name) => api::Named::Name(name),
    }
}

fn answered(outcome: api::CreateOutcome) -> wit::CreateOutcome {
    wit::CreateOutcome {
        id: outcome.id.0,
        display_number: outcome.display_number,
        disposition: disposition(outcome.disposition),
        matched_by: outcome.matched_by.map(|by| match by {
            api::MatterMatch::KnownId => wit::MatterMatch::KnownId,
            api::MatterMatch::Marker => wit::MatterMatch::Marker,
            api::MatterMatch::Reference => wit::MatterMatch::Reference,
        }),
        others: outcome.others.into_iter().map(|id| id.0).collect(),
    }
}
