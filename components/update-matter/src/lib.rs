//! The action `matter_changes.update` as a component: types in, types out. All
//! that matters stands in `clio_api::create_matter`.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

clio_guest::generate!("update-matter");

use clio_api::MatterId;
use clio_api::create_matter as api;
use clio_guest::WasiTransport;
use exports::clio::actions::matter_changes as wit;
use exports::clio::actions::types;

struct UpdateMatter;

impl wit::Guest for UpdateMatter {
    fn update(request: wit::UpdateRequest) -> Result<wit::UpdateOutcome, types::Error> {
        let mut transport = WasiTransport::connect().map_err(refuse)?;
        let outcome = api::update(&mut transport, &asked(request)).map_err(refuse)?;
        Ok(wit::UpdateOutcome {
            etag: outcome.etag,
            changed: outcome.changed,
        })
    }
}

export!(UpdateMatter);

clio_guest::contract_error!(types);

fn asked(request: wit::UpdateRequest) -> api::UpdateRequest {
    api::UpdateRequest {
        matter: MatterId(request.matter),
        etag: request.etag,
        status: request.status.map(|status| match status {
            wit::Status::Open => api::MatterStatus::Open,
            wit::Status::Pending => api::MatterStatus::Pending,
            wit::Status::Closed => api::MatterStatus::Closed,
        }),
        description: request.description,
        practice_area: request.practice_area.map(|area| match area {
            wit::AreaRef::Id(id) => api::Named::Id(id),
            wit::AreaRef::Name(name) => api::Named::Name(name),
        }),
        matter_stage: request.matter_stage.map(|stage| match stage {
            wit::StageRef::Id(id) => api::Named::Id(id),
            wit::StageRef::Name(name) => api::Named::Name(name),
        }),
        responsible_attorney: request.responsible_attorney.map(attorney),
        originating_attorney: request.originating_attorney.map(attorney),
    }
}

fn attorney(attorney: wit::Attorney) -> api::Attorney {
    match attorney {
        wit::Attorney::Id(id) => api::Attorney::Id(id),
        wit::Attorney::Clear => api::Attorney::Clear,
    }
}
